import { closeSync, constants, fstatSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { FootfallError, describeError } from '../base/errors.js'
import type { Rejection } from './messages.js'

/**
 * The dead-letter file: a JSON object a rejected line, in the order of the
 * source. Each run appends to it, as each goes on where the last one stopped; what
 * was read after the last commit before a crash is read, and written, again.
 */
export class DeadLetters {
  readonly #path: string
  readonly #source: string
  readonly #descriptor: number

  /** Throws a FootfallError when the file cannot be written. */
  constructor(path: string, source: string) {
    this.#path = path
    this.#source = source
    this.#descriptor = this.#attempt(() =>
      openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600)
    )
    this.#refuseSource()
    this.#endLastLine()
  }

  write(rejections: readonly Rejection[]): void {
    if (rejections.length === 0) return
    const lines = rejections.map(
      ({ offset, reason, detail, excerpt }) =>
        `${JSON.stringify({ source: this.#source, offset, reason, detail, excerpt })}\n`
    )
    this.#attempt(() => {
      writeFileSync(this.#descriptor, lines.join(''))
    })
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  /** A run that was killed may have left half a line. */
  #endLastLine(): void {
    this.#attempt(() => {
      const { size } = fstatSync(this.#descriptor)
      const last = Buffer.alloc(1)
      if (size === 0 || readSync(this.#descriptor, last, 0, 1, size - 1) === 0) return
      if (last.toString() !== '\n') writeFileSync(this.#descriptor, '\n')
    })
  }

  /** A source that is its own dead-letter file would never end. */
  #refuseSource(): void {
    const source = statSync(this.#source, { throwIfNoEntry: false })
    const own = fstatSync(this.#descriptor)
    if (source === undefined || source.dev !== own.dev || source.ino !== own.ino) return
    closeSync(this.#descriptor)
    throw new FootfallError(
      'usage',
      `${this.#source} is the dead-letter file itself; give another --data-dir`
    )
  }

  #attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw new FootfallError(
        'output',
        `cannot write dead letters to ${this.#path}: ${describeError(error)}`,
        {
          cause: error
        }
      )
    }
  }
}
