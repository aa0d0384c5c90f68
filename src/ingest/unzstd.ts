import { ZSTDDecoder } from 'zstddec/stream'
import { corruptError, trailingError, truncatedError, type Chunks } from './compression.js'

/** Decompressed at a time; bytes. */
const CHUNK_BYTES = 256 * 1024

/** Of the reference implementation in C, compiled to WebAssembly (zstd.h). */
interface Zstd {
  readonly memory: WebAssembly.Memory
  malloc(size: number): number
  free(at: number): void
  ZSTD_createDCtx(): number
  ZSTD_freeDCtx(context: number): void
  /** 0 at the end of a frame, above 0 within one, below 0 (as i32) minus an error's number. */
  ZSTD_decompressStream(context: number, output: number, input: number): number
}

/** zstd_errors.h */
const UNKNOWN_PREFIX = 10
const ERRORS: Readonly<Record<number, string>> = {
  14: 'unsupported parameter in a frame’s header',
  16: 'its window is over 128 MiB (zstd --long), more than is read',
  20: 'corrupted block',
  22: 'wrong checksum',
  32: 'it needs a dictionary',
  64: 'not enough memory'
}

/**
 * Decompresses Zstandard, frame after frame; frames to be skipped are. Checksums
 * are compared. Windows of up to 128 MiB are taken, as by the tool `zstd`.
 */
export async function* unzstd(name: string, chunks: Chunks): AsyncGenerator<Buffer, void, undefined> {
  const stream = new ZstdStream(await loadZstd())
  let given = 0
  try {
    for await (const chunk of chunks) {
      for (const made of stream.take(chunk)) yield made
      given += chunk.length
    }
    if (!stream.isBetweenFrames) throw truncatedError(name, 'zstd', given)
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error
    const at = given + stream.takenBytes
    if (error.number === UNKNOWN_PREFIX) throw trailingError(name, 'zstd', at)
    throw corruptError(name, 'zstd', at, ERRORS[error.number] ?? `error ${error.number}`)
  } finally {
    stream.close()
  }
}

class ZstdError extends Error {
  readonly number: number

  constructor(number: number) {
    super(`zstd error ${number}`)
    this.number = number
  }
}

/**
 * What is called directly here the package calls itself in `decodeStreaming`,
 * which hears of no error and would go round for ever.
 */
async function loadZstd(): Promise<Zstd> {
  let found: Zstd | null = null
  class Opened extends ZSTDDecoder {
    override _init(result: Parameters<ZSTDDecoder['_init']>[0]): void {
      found = (result as unknown as { instance: { exports: Zstd } }).instance.exports
      super._init(result)
    }
  }
  await new Opened().init()
  loaded ??= found
  if (loaded === null) throw new Error('zstd was loaded by somebody else')
  return loaded
}

/** The package loads it once. */
let loaded: Zstd | null = null

/**
 * One stream. Input and output are structs of C, 12 bytes each:
 * address u32 │ size u32 │ position u32
 */
class ZstdStream {
  readonly #zstd: Zstd
  readonly #context: number
  readonly #input: number
  readonly #output: number
  readonly #made: number
  #source = 0
  #sourceBytes = 0
  isBetweenFrames = true
  /** Bytes of the last chunk that have been taken. */
  takenBytes = 0

  constructor(zstd: Zstd) {
    this.#zstd = zstd
    this.#context = zstd.ZSTD_createDCtx()
    this.#input = zstd.malloc(12)
    this.#output = zstd.malloc(12)
    this.#made = zstd.malloc(CHUNK_BYTES)
  }

  *take(chunk: Buffer): Generator<Buffer, void, undefined> {
    this.#reserve(chunk.length)
    this.#bytes().set(chunk, this.#source)
    this.takenBytes = 0
    for (let isFull = false; this.takenBytes < chunk.length || isFull;) {
      this.#setStruct(this.#input, this.#source, chunk.length, this.takenBytes)
      this.#setStruct(this.#output, this.#made, CHUNK_BYTES, 0)
      const left = this.#zstd.ZSTD_decompressStream(this.#context, this.#output, this.#input)
      // The memory may have grown: it is looked at anew.
      const view = this.#view()
      this.takenBytes = view.getUint32(this.#input + 8, true)
      if (left < 0) throw new ZstdError(-left)
      const made = view.getUint32(this.#output + 8, true)
      this.isBetweenFrames = left === 0
      // What is full may hold something back, but for the end of a frame.
      isFull = made === CHUNK_BYTES && left !== 0
      if (made > 0) yield Buffer.from(this.#bytes().subarray(this.#made, this.#made + made))
    }
    this.takenBytes = 0
  }

  close(): void {
    this.#zstd.ZSTD_freeDCtx(this.#context)
    for (const at of [this.#input, this.#output, this.#made, this.#source]) this.#zstd.free(at)
  }

  /** The module's own memory, which no other thread sees; whenever it grows it is another buffer. */
  #bytes(): Buffer {
    const { buffer } = this.#zstd.memory
    return Buffer.from(buffer)
  }

  #view(): DataView {
    const { buffer } = this.#zstd.memory
    return new DataView(buffer)
  }

  #reserve(size: number): void {
    if (size <= this.#sourceBytes) return
    this.#zstd.free(this.#source)
    this.#source = this.#zstd.malloc(size)
    this.#sourceBytes = size
  }

  #setStruct(at: number, address: number, size: number, position: number): void {
    const view = this.#view()
    view.setUint32(at, address, true)
    view.setUint32(at + 4, size, true)
    view.setUint32(at + 8, position, true)
  }
}
