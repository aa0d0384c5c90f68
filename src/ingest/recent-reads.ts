const LINE_FEED = 10

/**
 * What was read last of a source that cannot be read again at will: a commit
 * asks for the bytes before a line's end, some reads after they came. Between
 * two line feeds only the last of them can be asked for, however far these are
 * apart: so a line of any length takes no memory.
 */
export class RecentReads {
  readonly #most: number
  readonly #comparedBytes: number
  /** The bytes before the first of the reads, as many as are compared. */
  #older: Buffer = Buffer.alloc(0)
  /** One after the other, but for what was left out in the middle of a line. */
  readonly #reads: { end: number; bytes: Buffer; readonly hasFeed: boolean }[] = []

  /** `most`: reads with a line feed that are kept; 0: none are. `comparedBytes`: as many are asked for before an offset. */
  constructor(most: number, comparedBytes: number) {
    this.#most = most
    this.#comparedBytes = comparedBytes
  }

  /** Takes a copy of what was read up to the byte `end`. */
  push(bytes: Buffer, end: number): void {
    if (this.#most === 0) return
    const hasFeed = bytes.includes(LINE_FEED)
    const last = this.#reads.at(-1)
    if (last !== undefined && !hasFeed && !last.hasFeed) {
      last.bytes = this.#tail(last.bytes, bytes)
      last.end = end
      return
    }
    this.#reads.push({ end, bytes: Buffer.from(bytes), hasFeed })
    while (this.#reads.filter((read) => read.hasFeed).length > this.#most) {
      const oldest = this.#reads.shift()
      if (oldest !== undefined) this.#older = this.#tail(this.#older, oldest.bytes)
    }
  }

  /** Up to `length` bytes before the offset; fewer where there are not so many, or they are not kept. */
  before(offset: number, length: number): Buffer {
    const first = this.#reads[0]
    if (first === undefined || length === 0 || offset < first.end - first.bytes.length) return Buffer.alloc(0)
    const parts: Buffer[] = []
    let at = offset
    for (const { end, bytes } of this.#reads.toReversed()) {
      const start = end - bytes.length
      if (start >= at) continue
      // What is asked for is longer ago, or was left out.
      if (end < at) return Buffer.alloc(0)
      parts.unshift(bytes.subarray(0, at - start))
      at = start
      if (at <= offset - length) break
    }
    return Buffer.concat([this.#older, ...parts]).subarray(-length)
  }

  /** What is asked for at the most of one read and the next; a copy, which holds no more. */
  #tail(bytes: Buffer, next: Buffer): Buffer {
    const kept = Math.max(0, this.#comparedBytes - next.length)
    const before = kept === 0 ? [] : [bytes.subarray(-kept)]
    return Buffer.concat([...before, next.subarray(-this.#comparedBytes)])
  }
}
