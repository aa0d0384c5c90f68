import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
  type Stats
} from 'node:fs'
import { FootfallError, describeError } from '../base/errors.js'
import { MAX_WAITING_LETTERS } from '../base/limits.js'
import { rotateLetters } from './letter-files.js'
import type { DeadLetterState, DeadLetterSetup, Rejection } from './messages.js'

/** So many are made into text before they are written. */
const LETTERS_AT_ONCE = 1000
const LINE_FEED = 10

/**
 * The dead-letter file: a JSON object a rejected line, in the order of the
 * source. Each run appends to it, as each goes on where the last one stopped; what
 * was read after the last commit before a crash is read, and written, again. A file
 * that is full is set aside under another name (`letter-files.ts`).
 *
 * While it cannot be written, letters wait, up to MAX_WAITING_LETTERS; those
 * beyond are counted and given up, so that ingest goes on.
 */
export class DeadLetters {
  readonly #path: string
  readonly #maxBytes: number
  readonly #source: string
  /** Null after a failure: it is opened anew. */
  #file: { readonly descriptor: number; sizeBytes: number; letters: number | null } | null
  /** Letters in the old files, the newest first; null where they have not been counted. */
  #oldLetters: (number | null)[] = []
  /** Whole lines that are to be written first. */
  #waiting: string[] = []
  #written = 0
  #dropped = 0
  #givenUp = 0
  #error: string | null = null

  /** `source`: the name that letters carry. Throws a FootfallError when the file cannot be written. */
  constructor({ path, maxBytes }: DeadLetterSetup, source: string) {
    this.#path = path
    this.#maxBytes = maxBytes
    this.#source = source
    try {
      this.#file = this.#open()
    } catch (error) {
      throw new FootfallError('output', this.#describe(error), { cause: error })
    }
    this.#refuseSource(fstatSync(this.#file.descriptor))
  }

  get state(): DeadLetterState {
    return {
      written: this.#written,
      unwritten: this.#waiting.length + this.#givenUp,
      dropped: this.#dropped,
      error: this.#error
    }
  }

  /** Never throws: when they cannot be written, the state says so. */
  write(rejections: readonly Rejection[]): void {
    for (let from = 0; from < rejections.length; from += LETTERS_AT_ONCE) {
      for (const { offset, reason, detail, excerpt } of rejections.slice(from, from + LETTERS_AT_ONCE)) {
        this.#waiting.push(`${JSON.stringify({ source: this.#source, offset, reason, detail, excerpt })}\n`)
      }
      this.retry()
    }
  }

  /** Writes what waits, if anything does. */
  retry(): void {
    if (this.#waiting.length === 0) return
    try {
      this.#writeWaiting()
      this.#error = null
    } catch (error) {
      this.#error = this.#describe(error)
      this.#giveUpFile()
      this.#givenUp += this.#waiting.splice(MAX_WAITING_LETTERS).length
    }
  }

  close(): void {
    this.retry()
    if (this.#file !== null) closeSync(this.#file.descriptor)
    this.#file = null
  }

  /** As many letters at once as the file has room for. */
  #writeWaiting(): void {
    let begin = 0
    try {
      while (begin < this.#waiting.length) {
        const file = (this.#file ??= this.#open())
        let end = begin
        let sizeBytes = file.sizeBytes
        for (; end < this.#waiting.length; end++) {
          sizeBytes += Buffer.byteLength(this.#waiting[end] ?? '')
          if (sizeBytes > this.#maxBytes && (end > begin || file.sizeBytes > 0)) break
        }
        if (end === begin) {
          this.#rotate(file.letters)
          continue
        }
        writeWhole(file.descriptor, Buffer.from(this.#waiting.slice(begin, end).join('')))
        file.sizeBytes = sizeBytes
        file.letters = file.letters === null ? null : file.letters + end - begin
        this.#written += end - begin
        begin = end
      }
    } finally {
      this.#waiting.splice(0, begin)
    }
  }

  #rotate(letters: number | null): void {
    const known = [letters, ...this.#oldLetters]
    // Should it fail half-way, nobody knows which is where.
    this.#oldLetters = []
    this.#oldLetters = rotateLetters(this.#path, known, (dropped) => (this.#dropped += dropped))
    if (this.#file !== null) closeSync(this.#file.descriptor)
    this.#file = null
  }

  /** Half a letter that a full disk has left is taken back, where that is possible. */
  #giveUpFile(): void {
    const file = this.#file
    this.#file = null
    if (file === null) return
    try {
      ftruncateSync(file.descriptor, file.sizeBytes)
    } catch {
      // Then its line is ended when the file is opened again.
    }
    closeSync(file.descriptor)
  }

  #open(): { descriptor: number; sizeBytes: number; letters: number | null } {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND
    const descriptor = openSync(this.#path, flags, 0o600)
    try {
      const { size } = fstatSync(descriptor)
      const isNew = size === 0
      const added = endLastLine(descriptor, size)
      return { descriptor, sizeBytes: size + added, letters: isNew ? 0 : null }
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  /** A source that is its own dead-letter file would never end. */
  #refuseSource(own: Stats): void {
    const source = statSync(this.#source, { throwIfNoEntry: false })
    if (source === undefined || source.dev !== own.dev || source.ino !== own.ino) return
    this.close()
    throw new FootfallError(
      'usage',
      `${this.#source} is the dead-letter file itself; give another --data-dir`
    )
  }

  #describe(error: unknown): string {
    return `cannot write dead letters to ${this.#path}: ${describeError(error)}`
  }
}

/** A run that was killed may have left half a line; how many bytes end it. */
function endLastLine(descriptor: number, size: number): number {
  const last = Buffer.alloc(1)
  if (size === 0 || readSync(descriptor, last, 0, 1, size - 1) === 0 || last[0] === LINE_FEED) return 0
  writeWhole(descriptor, Buffer.from([LINE_FEED]))
  return 1
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at)
}
