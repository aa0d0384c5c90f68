/** Sizes that are remembered; while a source grows and is not read, older ones are kept rather than newer. */
const MOST_SIZES = 1000

/** A size within this after the one before is not remembered: the lag is told that exactly; ms. */
const APART_MS = 50

/**
 * For how long what is at the end of the answers has been waiting: since when
 * the source has been known to be longer than what they include.
 *
 * ```
 *   size │            ┌───────  now
 *        │      ┌─────┘
 *        │ ┌────┘ ◀── offset: passed at this time, which is how long ago the oldest
 *        └─┴─────────────────▶    byte that is missing was there at the latest
 * ```
 */
export class SourceLag {
  readonly #sizes: { readonly bytes: number; readonly atMs: number }[] = []

  /** The source has been seen to have `bytes`, up to `offset` of which is answered; null: it is a stream. */
  note(bytes: number | null, offset: number, nowMs: number): void {
    const last = this.#sizes.at(-1)
    // Another file, or one that was cut off.
    if (bytes === null || (last !== undefined && bytes < last.bytes)) this.#sizes.length = 0
    if (bytes === null) return
    while (this.#sizes[0] !== undefined && this.#sizes[0].bytes <= offset) this.#sizes.shift()
    const newest = this.#sizes.at(-1)
    if (bytes <= offset || (newest !== undefined && bytes === newest.bytes)) return
    const isSoon = newest !== undefined && nowMs - newest.atMs < APART_MS
    if (isSoon || this.#sizes.length >= MOST_SIZES) return
    this.#sizes.push({ bytes, atMs: nowMs })
  }

  /** Seconds; 0 where `offset` has come to all that was seen. */
  seconds(offset: number, nowMs: number): number {
    const oldest = this.#sizes.find(({ bytes }) => bytes > offset)
    return oldest === undefined ? 0 : Math.max(0, nowMs - oldest.atMs) / 1000
  }
}
