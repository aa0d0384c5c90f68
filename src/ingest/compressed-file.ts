import { readSync } from 'node:fs'
import type { SourcePosition } from '../store/commit.js'
import type { Compression } from './compression.js'
import { Decompressed } from './decompressed.js'
import { readError, type FileSource } from './file-source.js'
import { RecentReads } from './recent-reads.js'
import {
  COMPARED_BYTES,
  generationAfter,
  hashOf,
  isCalled,
  positionWith,
  refuseShorterThan
} from './source-identity.js'
import type { Source, Standing } from './source.js'

/** Read of the compressed file at a time; bytes. */
const CHUNK_BYTES = 64 * 1024
/** Read at a time where it is only compared; bytes. */
const SKIPPED_BYTES = 256 * 1024

/**
 * A regular file that is compressed. All bytes and offsets are those of what it
 * holds; only what cannot be decompressed is told by its compressed byte. It is
 * known again as other files are, by what it holds: a run that goes on with it
 * decompresses it from its beginning, since there is no other way.
 */
export class CompressedFile implements Source {
  readonly growing = true
  readonly #name: string
  readonly #file: FileSource
  readonly #compression: Compression
  readonly #recentReads: number
  #content: Decompressed
  #recent: RecentReads
  #compressedAt = 0
  #position = 0
  #head: Buffer = Buffer.alloc(0)
  #generation = 0
  /** Told when everything before it has been read. */
  #failure: Error | null = null

  constructor(name: string, file: FileSource, compression: Compression, recentReads: number) {
    this.#name = name
    this.#file = file
    this.#compression = compression
    this.#recentReads = recentReads
    this.#content = this.#open()
    this.#recent = this.#keepRecent()
  }

  /** Fills the target, unless the end comes first. */
  async read(target: Buffer, at: number, count: number): Promise<number> {
    let got = 0
    while (got < count && this.#failure === null) {
      try {
        const more = await this.#content.read(target, at + got, count - got)
        if (more === 0) break
        got += more
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error))
      }
    }
    if (got === 0) {
      if (this.#failure !== null) throw this.#failure
      return 0
    }
    this.#remember(target.subarray(at, at + got))
    return got
  }

  size(): number {
    const compressedBytes = this.#file.size()
    if (this.#compressedAt === 0) return compressedBytes
    return Math.round((this.#position / this.#compressedAt) * Math.max(compressedBytes, this.#compressedAt))
  }

  standing(): Standing {
    return 'growing'
  }

  async resume(positions: readonly SourcePosition[]): Promise<number> {
    this.#generation = generationAfter(positions)
    const { found } = this.#file
    const called = positions
      .filter((position) => position.offset > 0 && isCalled(this.#name, found, position))
      .sort((a, b) => a.offset - b.offset)
    const known = await this.#furthestOf(called)
    if (known === null || known.offset !== this.#position) this.#rewind()
    if (known === null) return 0
    await this.#skipTo(known.offset)
    this.#generation = known.generation
    return known.offset
  }

  positionAt(offset: number): SourcePosition {
    const place = { offset, generation: this.#generation }
    const length = Math.min(COMPARED_BYTES, offset)
    const tail = this.#recent.before(offset, length)
    if (tail.length < length) throw new RangeError(`what is before byte ${offset} is not kept any more`)
    return positionWith(this.#name, this.#file.descriptor, place, this.#head.subarray(0, length), tail)
  }

  close(): void {
    this.#content.close()
    this.#file.close()
  }

  /** Of these positions, in the order of their offsets, the last one at which it holds what was counted; reads as far as it has to. */
  async #furthestOf(called: readonly SourcePosition[]): Promise<SourcePosition | null> {
    let known: SourcePosition | null = null
    for (const position of called) {
      const isThere = await this.#skipTo(position.offset)
      if (!isThere) {
        if (known === null) refuseShorterThan(this.#name, this.#position, this.#head, called)
        break
      }
      if (this.#isAt(position)) known = position
    }
    return known
  }

  #isAt({ head, tailBytes, tailHash, offset }: SourcePosition): boolean {
    return (
      this.#head.subarray(0, head.length).equals(head) &&
      hashOf(this.#recent.before(offset, tailBytes)) === tailHash
    )
  }

  /** Reads up to the byte `offset`; false when the end comes first. */
  async #skipTo(offset: number): Promise<boolean> {
    const skipped = Buffer.alloc(SKIPPED_BYTES)
    while (this.#position < offset) {
      const got = await this.read(skipped, 0, Math.min(skipped.length, offset - this.#position))
      if (got === 0) return false
    }
    return true
  }

  #rewind(): void {
    this.#content.close()
    this.#content = this.#open()
    this.#recent = this.#keepRecent()
    this.#position = 0
    this.#head = Buffer.alloc(0)
    this.#failure = null
  }

  #open(): Decompressed {
    this.#compressedAt = 0
    return new Decompressed(this.#name, this.#compression, this.#chunks())
  }

  #keepRecent(): RecentReads {
    return new RecentReads(this.#recentReads, COMPARED_BYTES)
  }

  #remember(bytes: Buffer): void {
    this.#position += bytes.length
    this.#recent.push(bytes, this.#position)
    if (this.#head.length < COMPARED_BYTES) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, COMPARED_BYTES - this.#head.length)])
    }
  }

  *#chunks(): Generator<Buffer, void, undefined> {
    for (let at = 0; ;) {
      // Each one its own: it may be read while the next one is.
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const got = this.#readCompressed(chunk, at)
      if (got === 0) return
      at += got
      this.#compressedAt = at
      yield chunk.subarray(0, got)
    }
  }

  #readCompressed(chunk: Buffer, at: number): number {
    try {
      return readSync(this.#file.descriptor, chunk, 0, chunk.length, at)
    } catch (error) {
      throw readError(this.#name, at, error)
    }
  }
}
