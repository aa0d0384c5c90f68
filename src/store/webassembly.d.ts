/**
 * The part of the WebAssembly JavaScript API (W3C, 2.0, with threads) that the
 * store uses. TypeScript declares it with the DOM only, which Node has not.
 */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: true })
    readonly buffer: SharedArrayBuffer
  }
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a handle without members
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } })
    readonly exports: Readonly<Record<string, unknown>>
  }
}
