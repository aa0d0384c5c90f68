import { createLineParser, type LineParserOptions } from '../event/parse-line.js'
import { MAX_AHEAD_MS } from '../base/limits.js'
import { Pacer } from './pacer.js'

const LINE_FEED = 10

/** Whole lines that are due together, [start, end) of a cut, after a wait. */
export interface DueLines {
  readonly start: number
  readonly end: number
  /** Before they are due; ms, as of when they are asked for. */
  readonly waitMs: number
}

/** Lines in the rhythm of their timestamps. One that is no event, or will be rejected as ahead of the machine's clock, is due with the one before it. */
export class PacedLines {
  readonly #pacer: Pacer
  readonly #parseLine

  constructor(
    parser: LineParserOptions,
    speed: number,
    maxGapMs?: number,
    pacer = new Pacer(speed, maxGapMs)
  ) {
    this.#pacer = pacer
    this.#parseLine = createLineParser(parser)
  }

  /** Parts of a cut, one after the other: what is due already comes together. Ask for the next when one was played. */
  *parts(bytes: Buffer): Generator<DueLines, void, undefined> {
    let start = 0
    let waitMs = 0
    for (let line = 0; line < bytes.length;) {
      const feed = bytes.indexOf(LINE_FEED, line)
      const next = feed < 0 ? bytes.length : feed + 1
      const lineBytes = bytes.subarray(line, feed < 0 ? next : feed)
      const lineWaitMs = this.#waitMs(lineBytes)
      if (lineWaitMs > 0 && line > start) {
        yield { start, end: line, waitMs }
        start = line
        waitMs = this.#waitMs(lineBytes)
      } else if (lineWaitMs > 0) {
        waitMs = lineWaitMs
      }
      line = next
    }
    if (start < bytes.length) yield { start, end: bytes.length, waitMs }
  }

  /**
   * What the wall clock is while lines are played: event time as far as it has
   * been played, never ahead of the machine's clock, so that what is ahead of that is
   * rejected as ever; epoch ms, 0 before the first event.
   */
  wallMs(): number {
    return Math.min(this.#pacer.playedMs() ?? 0, Date.now())
  }

  /** Takes whole lines that are counted without being waited for: it is as late as the latest of them. */
  skip(bytes: Buffer): void {
    for (let line = 0; line < bytes.length;) {
      const feed = bytes.indexOf(LINE_FEED, line)
      const end = feed < 0 ? bytes.length : feed
      const timestampMs = this.#timeOf(bytes.subarray(line, end))
      if (timestampMs !== null) this.#pacer.skipTo(timestampMs)
      line = end + 1
    }
  }

  #waitMs(line: Buffer): number {
    const timestampMs = this.#timeOf(line)
    return timestampMs === null ? 0 : this.#pacer.waitMs(timestampMs)
  }

  /** Null of a line that has no part in the rhythm. */
  #timeOf(line: Buffer): number | null {
    const verdict = this.#parseLine(line)
    if (verdict.outcome !== 'accepted') return null
    const { timestampMs } = verdict.event
    return timestampMs > Date.now() + MAX_AHEAD_MS ? null : timestampMs
  }
}
