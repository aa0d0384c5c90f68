import { FootfallError } from '../base/errors.js'
import type { Failure } from './messages.js'

/** What has been asked of another thread and not been answered, by number. */
export class Asked {
  readonly #waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void }
  >()
  #nextId = 0
  #ended: FootfallError | null = null

  /** Questions without an answer. */
  get size(): number {
    return this.#waiting.size
  }

  /** Posts a question under a number of its own. Rejects as it is refused, or when the other thread has ended. */
  ask(post: (id: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended)
        return
      }
      const id = this.#nextId++
      this.#waiting.set(id, { resolve, reject })
      post(id)
    })
  }

  answer(id: number, answer: unknown): void {
    this.#waiting.get(id)?.resolve(answer)
    this.#waiting.delete(id)
  }

  refuse(id: number, { code, message }: Failure): void {
    this.#waiting.get(id)?.reject(new FootfallError(code, message))
    this.#waiting.delete(id)
  }

  /** From now on nothing is answered; the first failure is the one that is told. */
  end(failure: FootfallError): void {
    this.#ended ??= failure
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
