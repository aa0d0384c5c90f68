import { createLineParser, type LineParserOptions } from '../event/parse-line.js'
import { Pacer } from './pacer.js'

const LINE_FEED = 10

/** Whole lines that are due together, [start, end) of a cut, after a wait. */
export interface DueLines {
  readonly start: number
  readonly end: number
  /** Before they are due; ms, as of when they are asked for. */
  readonly waitMs: number
}

/** Lines in the rhythm of their timestamps. One that is no event is due with the one before it. */
export class PacedLines {
  readonly #pacer: Pacer
  readonly #parseLine

  constructor(speed: number, parser: LineParserOptions, pacer = new Pacer(speed)) {
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
      const verdict = this.#parseLine(bytes.subarray(line, feed < 0 ? next : feed))
      const lineWaitMs = verdict.outcome === 'accepted' ? this.#pacer.waitMs(verdict.event.timestampMs) : 0
      if (lineWaitMs > 0 && line > start) {
        yield { start, end: line, waitMs }
        start = line
        waitMs = verdict.outcome === 'accepted' ? this.#pacer.waitMs(verdict.event.timestampMs) : 0
      } else if (lineWaitMs > 0) {
        waitMs = lineWaitMs
      }
      line = next
    }
    if (start < bytes.length) yield { start, end: bytes.length, waitMs }
  }
}
