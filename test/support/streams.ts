import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { REJECTION_REASONS } from '../../src/event/event.js'
import { HEADLINE_METRICS } from '../../src/metrics/metrics.js'
import type { Pipeline } from '../../src/ingest/pipeline.js'
import type { Board } from '../../src/store/board.js'
import { Oracle, type OracleEvent, type OracleMetric } from './oracle.js'
import type { Random } from './random.js'
import { BAD_LINES, lineOf, randomEvent, type StreamShape } from './shop.js'

const DAY_MS = 86_400_000

export const SHAPE: StreamShape = {
  startMs: 1_700_000_000_000,
  items: 120,
  customers: 80,
  stepMs: 20_000,
  disorderMs: 26 * 3_600_000
}

/** A random stream as text, and what must come of it up to each line's end. */
export interface Stream {
  readonly text: string
  readonly outcomes: readonly {
    readonly end: number
    readonly outcome: string
    readonly event: OracleEvent | null
  }[]
}

export function randomStream(random: Random, lines: number, shape = SHAPE): Stream {
  const parts: string[] = []
  const outcomes: Stream['outcomes'][number][] = []
  let newest = shape.startMs
  let end = 0
  for (let number = 0; number < lines + 2; number++) {
    // The last two agree about the time: how a stream that ends undecided is taken has tests of its own.
    const isLast = number >= lines
    const isStray = !isLast && random.oneIn(40)
    const bad = !isLast && random.oneIn(8) ? random.pick(BAD_LINES) : null
    const from = isStray ? newest + random.int(5 * DAY_MS) : newest
    const event =
      bad === null ? { ...randomEvent(random, shape, from), ...(isLast ? { ms: newest } : {}) } : null
    if (event !== null && !isStray) newest = Math.max(newest, event.ms)
    const line = `${event === null ? (bad?.[0] ?? '') : lineOf(random, event)}${random.oneIn(9) ? '\r' : ''}\n`
    parts.push(line)
    end += Buffer.byteLength(line)
    outcomes.push({ end, outcome: bad?.[1] ?? 'accepted', event })
  }
  return { text: parts.join(''), outcomes }
}

/** The memory budget has cost nothing. */
const EXACT = { other: 0n, isEdgeBlurred: false, lacksEarly: false }

/** What a board must say when everything up to its offset is in it, and nothing else. */
export function expectedAt(stream: Stream, offset: number) {
  const oracle = new Oracle()
  const counts: Record<string, number> = {}
  const included = stream.outcomes.filter(({ end }) => end <= offset)
  for (const { outcome, event } of included) {
    counts[outcome] = (counts[outcome] ?? 0) + 1
    if (event !== null) oracle.add(event)
  }
  const rankings = HEADLINE_METRICS.map(({ name, headline }) => {
    const { items, sum, rows } = oracle.rank(name as OracleMetric, headline.windowMinutes)
    return { ...EXACT, items, sum, rows: rows.slice(0, 100).map(([itemId, value]) => ({ itemId, value })) }
  })
  return {
    nowMs: oracle.accepted === 0 ? null : oracle.now,
    counts: {
      lines: included.length,
      blank: counts['blank'] ?? 0,
      accepted: oracle.accepted,
      late: oracle.late,
      unpriced: oracle.unpriced,
      anonymous: oracle.anonymous,
      rejected: Object.fromEntries(REJECTION_REASONS.map((reason) => [reason, counts[reason] ?? 0]))
    },
    active: [oracle.active(5), oracle.active(60), oracle.active(1440)],
    headlines:
      oracle.accepted === 0 ? rankings.map(() => ({ ...EXACT, items: 0, sum: 0n, rows: [] })) : rankings
  }
}

export function actual({ nowMs, counts, activeCustomers, headlines }: Board) {
  const { fiveMinutes, hour, day } = activeCustomers
  // How many lines the scanner handed over is its own affair: an oracle cannot say.
  const { lines, blank, accepted, late, unpriced, anonymous, rejected } = counts
  return {
    nowMs,
    counts: { lines, blank, accepted, late, unpriced, anonymous, rejected },
    active: [fiveMinutes, hour, day],
    headlines
  }
}

/** Waits for boards: until one satisfies the condition. */
export async function until(pipeline: Pipeline, isMet: (board: Board) => boolean): Promise<Board> {
  for (;;) {
    const board = pipeline.boards.read()
    if (board !== null && isMet(board)) return board
    // Not at every turn: that would take a processor from the pipeline, and tap keeps a record of each promise.
    await Promise.race([delay(1), pipeline.done])
  }
}

/** Every board that is seen until the pipeline ends, however it ends. */
export async function boardsOf(pipeline: Pipeline): Promise<Board[]> {
  const boards: Board[] = []
  let isDone = false
  const end = () => (isDone = true)
  const ended = pipeline.done.then(end, end)
  while (!isDone) {
    const board = pipeline.boards.read()
    if (board !== null && board !== boards.at(-1)) boards.push(board)
    await nextTurn()
  }
  await ended
  return boards
}
