import type { OracleEvent } from './oracle.js'
import type { Random } from './random.js'
import { BAD_LINES, lineOf, randomEvent, type StreamShape } from './shop.js'
import type { Stream } from './streams.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export interface SplitLine {
  readonly text: string
  readonly outcome: string
  readonly event: OracleEvent | null
}

/**
 * Lines of a shop in the order in which they came. None is a day ahead of those before
 * it: whether one is right that is, its own part of the stream would decide.
 */
export function shopLines(random: Random, count: number, shape: StreamShape): SplitLine[] {
  const lines: SplitLine[] = []
  let newest = shape.startMs
  for (let number = 0; number < count; number++) {
    const bad = random.oneIn(10) ? random.pick(BAD_LINES) : null
    if (bad !== null) {
      lines.push({ text: `${bad[0]}\n`, outcome: bad[1], event: null })
      continue
    }
    if (random.oneIn(60)) newest += random.int(5 * HOUR_MS)
    const found = randomEvent(random, shape, newest)
    const event = { ...found, ms: Math.min(found.ms, newest + shape.stepMs) }
    newest = Math.max(newest, event.ms)
    lines.push({ text: `${lineOf(random, event)}\n`, outcome: 'accepted', event })
  }
  return lines
}

/** Ways to part a stream; each says which part a line goes to. */
export const SPLITS: Readonly<
  Record<string, (random: Random, parts: number) => (line: SplitLine, number: number) => number>
> = {
  'at random': (random, parts) => () => random.int(parts),
  'by customer':
    (_, parts) =>
    ({ event }) =>
      Buffer.from(event?.customer ?? '').reduce((sum, byte) => sum + byte, 0) % parts,
  'in blocks': (_, parts) => (_line, number) => Math.floor(number / 50) % parts,
  'most to one': (random, parts) => () => (random.oneIn(4) ? random.int(parts) : 0),
  'one stays behind': (random, parts) => (_line, number) => random.int(number < 500 ? parts : parts - 1)
}

/**
 * Parts a stream as it is wanted, but for lines that are over a day ahead of their part:
 * it would hold them until it has another one. They go to the part that is furthest ahead.
 */
export class Parting {
  readonly #newest: number[]

  constructor(parts: number) {
    this.#newest = new Array<number>(parts).fill(-Infinity)
  }

  partOf({ event }: SplitLine, wanted: number): number {
    if (event === null) return wanted
    const newest = this.#newest[wanted]!
    const isAhead = newest > -Infinity && event.ms > newest + DAY_MS
    const part = isAhead ? this.#newest.indexOf(Math.max(...this.#newest)) : wanted
    this.#newest[part] = Math.max(this.#newest[part]!, event.ms)
    return part
  }
}

/** The lines as one stream, whatever part of it an answer says it has. */
export function unionOf(lines: readonly SplitLine[]): Stream {
  return {
    text: lines.map(({ text }) => text).join(''),
    outcomes: lines.map(({ outcome, event }) => ({ end: 0, outcome, event }))
  }
}
