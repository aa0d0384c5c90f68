/** The free slots. Taking one when all are in use waits: the back-pressure of the pipeline. */
export class SlotQueue {
  readonly #free: number[]
  readonly #waiting: { resolve: (slot: number) => void; reject: (error: Error) => void }[] = []
  #failure: Error | null = null

  constructor(slots: number) {
    this.#free = Array.from({ length: slots }, (_, slot) => slot)
  }

  take(): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const slot = this.#free.pop()
    if (slot !== undefined) return Promise.resolve(slot)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  give(slot: number): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next.resolve(slot)
  }

  /** From now on nothing can be taken. */
  fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure)
  }
}
