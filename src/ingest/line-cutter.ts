import { MAX_EXCERPT_BYTES } from '../base/limits.js'
import { MAX_LINE_BYTES } from '../event/limits.js'

const LINE_FEED = 10
/** A line whose end has not come within this is oversized, whatever follows: a BOM and a CR are not part of it. */
export const DISCARD_FROM = MAX_LINE_BYTES + 5
/** What is kept of a discarded line: an excerpt, and enough behind it to cut it between characters. */
const KEPT_BYTES = MAX_EXCERPT_BYTES + 4

/** What is to be dispatched: the first `length` bytes of the slot, standing for [offset, end) of the source. */
export interface Cut {
  readonly length: number
  readonly offset: number
  readonly end: number
  readonly oversized: boolean
}

/**
 * Cuts what is read into whole lines: a state machine without I/O.
 *
 *                    no line feed, over 1 MiB
 *      ┌──────────┐ ─────────────────────────► ┌────────────┐
 *      │ carrying │                            │ discarding │
 *      └──────────┘ ◄───────────────────────── └────────────┘
 *                     the line feed has come
 *
 * While carrying, `carry` holds the beginning of a line whose end has not come.
 * While discarding it holds the excerpt alone, so a line of any length takes no
 * memory.
 *
 * Use: while `hasLines()`, dispatch `takeLines(slot)`; else read a chunk into
 * the slot at `room()` and call `push`: null when there is nothing to dispatch
 * yet. At the end of a source that cannot grow, `finish`.
 */
export class LineCutter {
  #carry = Buffer.alloc(4096)
  #carried = 0
  /** Byte of the source at which the carried or discarded line begins. */
  #lineAt: number
  /** Byte of the source that is read next. */
  #readAt: number
  #discarding = false
  /** Bytes of the carry that are whole lines: what came in one chunk with the end of a discarded line. */
  #whole = 0

  /** `offset`: byte of the source at which a line begins and from which is read. */
  constructor(offset = 0) {
    this.#lineAt = offset
    this.#readAt = offset
  }

  /** Byte of the source that is to be read next. */
  get readAt(): number {
    return this.#readAt
  }

  /** Where in a slot the next chunk is to be read to: the carry goes before it. */
  room(): number {
    return this.#carried
  }

  /** Takes `count` (at least 1) bytes read into `slot` at `room()`. */
  push(slot: Buffer, count: number): Cut | null {
    const from = this.room()
    const read = slot.subarray(from, from + count)
    if (this.#discarding) return this.#discard(slot, read)
    const last = read.lastIndexOf(LINE_FEED)
    this.#readAt += count
    if (last < 0) {
      this.#keep(read)
      if (this.#carried >= DISCARD_FROM) {
        this.#discarding = true
        this.#carried = KEPT_BYTES
      }
      return null
    }
    this.#carry.copy(slot, 0, 0, this.#carried)
    const length = from + last + 1
    const cut = { length, offset: this.#lineAt, end: this.#lineAt + length, oversized: false }
    this.#lineAt = cut.end
    this.#carried = 0
    this.#keep(read.subarray(last + 1))
    return cut
  }

  /** Whether there are whole lines already that were read but not cut. */
  hasLines(): boolean {
    return this.#whole > 0
  }

  /** Cuts the lines that `hasLines` speaks of. */
  takeLines(slot: Buffer): Cut {
    const length = this.#whole
    this.#carry.copy(slot, 0, 0, length)
    const cut = { length, offset: this.#lineAt, end: this.#lineAt + length, oversized: false }
    this.#lineAt = cut.end
    this.#carry.copyWithin(0, length, this.#carried)
    this.#carried -= length
    this.#whole = 0
    return cut
  }

  /** Takes the end of the source for the end of the last line; null when nothing is carried. */
  finish(slot: Buffer): Cut | null {
    return this.#carried === 0 ? null : this.#cutCarry(slot, this.#readAt)
  }

  #discard(slot: Buffer, read: Buffer): Cut | null {
    const first = read.indexOf(LINE_FEED)
    this.#readAt += read.length
    if (first < 0) return null
    const rest = read.subarray(first + 1)
    const cut = this.#cutCarry(slot, this.#readAt - rest.length)
    this.#keep(rest)
    this.#whole = rest.lastIndexOf(LINE_FEED) + 1
    return cut
  }

  #cutCarry(slot: Buffer, end: number): Cut {
    this.#carry.copy(slot, 0, 0, this.#carried)
    const cut = { length: this.#carried, offset: this.#lineAt, end, oversized: this.#discarding }
    this.#discarding = false
    this.#carried = 0
    this.#lineAt = end
    return cut
  }

  #keep(bytes: Buffer): void {
    const needed = this.#carried + bytes.length
    if (needed > this.#carry.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#carry.length * 2))
      this.#carry.copy(larger, 0, 0, this.#carried)
      this.#carry = larger
    }
    bytes.copy(this.#carry, this.#carried)
    this.#carried = needed
  }
}
