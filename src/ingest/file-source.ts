import { closeSync, fstatSync, readSync, statSync, type BigIntStats } from 'node:fs'
import { FootfallError, describeError } from '../base/errors.js'
import type { SourcePosition } from '../store/commit.js'
import { MAGIC_BYTES, certainCompressionOf } from './compression.js'
import { COMPARED_BYTES, behindLineFeed, bytesAt, isAt, placeOf, positionOf } from './source-identity.js'
import type { Source, Standing } from './source.js'

/** A file that has lost its name is left when nothing has come for so long: whoever writes to it may not know yet; ms. */
const LEFT_AFTER_MS = 500

/** A regular file of text, read by position. */
export class FileSource implements Source {
  readonly growing: boolean
  readonly #name: string
  readonly #descriptor: number
  #position = 0
  /** The last bytes before the position. */
  #before: Buffer = Buffer.alloc(0)
  #wasCut = false
  /** Since when it has had no name and brought nothing, ms; null: it has its name. */
  #silentSince: number | null = null
  /** Its number among the sources of a history. */
  #generation = 0

  constructor(name: string, descriptor: number) {
    this.#name = name
    this.#descriptor = descriptor
    this.growing = name !== '-'
  }

  /** As the file system knows it. */
  get found(): BigIntStats {
    return fstatSync(this.#descriptor, { bigint: true })
  }

  /** Byte that is read next. */
  get position(): number {
    return this.#position
  }

  get generation(): number {
    return this.#generation
  }

  get descriptor(): number {
    return this.#descriptor
  }

  read(target: Buffer, at: number, count: number): number {
    return this.#attempt(() => {
      // Standard input is read on from where it stands, as whoever handed it over left it.
      const got = readSync(this.#descriptor, target, at, count, this.growing ? this.#position : null)
      if (!this.growing) {
        this.#position += got
        return got
      }
      if (this.#position < MAGIC_BYTES) this.#refuseCompressed()
      // Looked at after reading: what was overwritten before is noticed, and what was read is not taken.
      this.#wasCut ||= !this.#isAsBefore()
      if (this.#wasCut || got === 0) return 0
      this.#position += got
      this.#remember(target.subarray(at, at + got))
      this.#silentSince = null
      return got
    })
  }

  size(): number {
    return fstatSync(this.#descriptor).size
  }

  standing(): Standing {
    if (!this.growing) return 'ended'
    if (this.#wasCut) return 'cut'
    if (this.#hasItsName()) {
      this.#silentSince = null
      return 'growing'
    }
    this.#silentSince ??= performance.now()
    return performance.now() - this.#silentSince < LEFT_AFTER_MS ? 'growing' : 'replaced'
  }

  resume(positions: readonly SourcePosition[]): number {
    if (!this.growing) return 0
    return this.#attempt(() => {
      const { offset, generation } = placeOf(this.#name, this.#descriptor, positions)
      this.#goTo(offset, generation)
      return offset
    })
  }

  /** Goes on where a position of this very file says; the byte. */
  resumeAt({ offset, generation }: SourcePosition): number {
    return this.#attempt(() => {
      const from = behindLineFeed(this.#descriptor, offset)
      this.#goTo(from, generation)
      return from
    })
  }

  /** Whether a position is of this file. */
  isAt(position: SourcePosition): boolean {
    return this.#attempt(() => isAt(this.#name, this.#descriptor, position))
  }

  /** Its first bytes, up to so many as are compared. */
  head(): Buffer {
    return this.#attempt(() => bytesAt(this.#descriptor, 0, COMPARED_BYTES))
  }

  /** Begins at byte 0, as a source that is not known yet. */
  begin(generation: number): void {
    this.#goTo(0, generation)
  }

  /** Null, too, when what was read is not there any more: another run will not find it. */
  positionAt(offset: number): SourcePosition | null {
    return this.#attempt(() => {
      this.#wasCut ||= this.growing && !this.#isAsBefore()
      if (!this.growing || this.#wasCut) return null
      return positionOf(this.#name, this.#descriptor, offset, this.#generation)
    })
  }

  close(): void {
    // Standard input is not this thread's to close.
    if (this.#descriptor !== 0) closeSync(this.#descriptor)
  }

  /** A failure to read is told with its place. */
  #attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw error instanceof FootfallError ? error : readError(this.#name, this.#position, error)
    }
  }

  #goTo(offset: number, generation: number): void {
    this.#position = offset
    this.#generation = generation
    const length = Math.min(offset, COMPARED_BYTES)
    this.#before = bytesAt(this.#descriptor, offset - length, length)
  }

  /** Looked at as it is read: what is followed may have been empty as it was opened. */
  #refuseCompressed(): void {
    const compression = certainCompressionOf(bytesAt(this.#descriptor, 0, MAGIC_BYTES))
    if (compression === null) return
    throw new FootfallError(
      'source',
      `cannot follow ${this.#name}: it is compressed (${compression}), and footfall serve follows text that grows; footfall replay reads it`
    )
  }

  #isAsBefore(): boolean {
    const { length } = this.#before
    return bytesAt(this.#descriptor, this.#position - length, length).equals(this.#before)
  }

  #remember(read: Buffer): void {
    const last =
      read.length >= COMPARED_BYTES
        ? read.subarray(-COMPARED_BYTES)
        : Buffer.concat([this.#before, read]).subarray(-COMPARED_BYTES)
    this.#before = Buffer.from(last)
  }

  /** Where no file has the name, the next one is not there yet: whatever still comes, comes to this one. */
  #hasItsName(): boolean {
    const named = statSync(this.#name, { bigint: true, throwIfNoEntry: false })
    if (named === undefined) return true
    const { dev, ino } = this.found
    return named.dev === dev && named.ino === ino
  }
}

export function readError(name: string, position: number, error: unknown): FootfallError {
  return new FootfallError('source', `cannot read ${name} at byte ${position}: ${describeError(error)}`, {
    cause: error
  })
}
