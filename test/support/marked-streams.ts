import type { Test } from 'tap'
import { METRICS } from '../../src/metrics/metrics.js'
import type { Ranking } from '../../src/store/board.js'
import { takeChanges } from '../../src/store/changes.js'
import type { Capacity } from '../../src/store/layout.js'
import { restore } from '../../src/store/restore.js'
import { Bench, HISTORY, expected, plain } from './kernel-bench.js'
import { Ledger } from './ledger.js'
import { Oracle, amountOf, type OracleEvent, type OracleMetric } from './oracle.js'
import type { Random } from './random.js'
import { randomEvent, type StreamShape } from './shop.js'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const START = Date.UTC(2026, 0, 5)
/** Room for a list of each metric and ten minutes, what a batch may need, and little more. */
export const FEW_CELLS = 42 * 1200
/** India: days begin within an hour. */
const HALF_HOURS = { ...HISTORY, offsetMinutes: Int32Array.of(330) }
/** Many items, out of order over most of the live window. */
export const SHAPE: StreamShape = {
  startMs: START,
  items: 5000,
  customers: 400,
  stepMs: 20_000,
  disorderMs: 20 * HOUR
}

/** Whether an answer says that it is not exact. */
export function isMarked({ other, isEdgeBlurred, lacksEarly }: Ranking): boolean {
  return other > 0n || isEdgeBlurred || lacksEarly
}

/** Compares an answer with the oracle: it may only differ where it says so. Returns whether it says so. */
function compareMarked(
  t: Test,
  ranking: Ranking,
  oracle: Oracle,
  metric: OracleMetric,
  minutes: number
): boolean {
  const wanted = expected(oracle, metric, minutes)
  const what = `${metric} in ${minutes} min`
  if (!isMarked(ranking)) t.strictSame(plain(ranking), wanted, what)
  // Sums are exact, unless the window is another one.
  if (ranking.isEdgeBlurred) t.ok(ranking.sum >= wanted.sum, what)
  else if (!ranking.lacksEarly) t.equal(ranking.sum, wanted.sum, what)
  return isMarked(ranking)
}

class Tally {
  marked = 0
  exact = 0
  /** Of those marked, how many are of the last hour alone, and how many of a metric of which nothing has been merged or collapsed. */
  markedHours = 0
  markedEarly = 0

  compare(t: Test, bench: Bench, oracle: Oracle, random: Random): void {
    bench.kernel.publish()
    const { headlines, losses, activeCustomers } = bench.boards.read()!
    const add = (ranking: Ranking, metric: OracleMetric, minutes: number): boolean => {
      const isMarked = compareMarked(t, ranking, oracle, metric, minutes)
      const isEarly = losses.collapsedTo === null && !losses.merged.some((of) => of.metric === metric)
      if (isMarked) this.marked++
      else this.exact++
      if (isMarked && isEarly) this.markedEarly++
      return isMarked
    }
    if (add(headlines[0]!, 'views', 60)) this.markedHours++
    add(headlines[1]!, 'cart_adds', 1440)
    add(headlines[2]!, 'revenue', 1440)
    const metric = random.int(METRICS.length)
    const minutes = random.pick([1, 30, 59, 60, 61, 90, 600, 720, 1439, 1440])
    add(bench.rankWindow(metric, minutes).ranking, METRICS[metric]!.name, minutes)
    const { customersTo } = losses
    if (customersTo === null || customersTo <= oracle.minute() - 1439) {
      t.equal(activeCustomers.day, oracle.active(1440))
    } else t.ok(activeCustomers.day <= oracle.active(1440))
  }
}

/** What a metric came to on each local day. */
function sumsByDay(
  events: readonly OracleEvent[],
  metric: OracleMetric,
  offset: number
): Map<number, bigint> {
  const sums = new Map<number, bigint>()
  for (const event of events) {
    const day = Math.floor((Math.floor(event.ms / MINUTE) + offset) / 1440)
    sums.set(day, (sums.get(day) ?? 0n) + amountOf(event, metric))
  }
  return sums
}

function ledgerSums(ledger: Ledger, metric: string): Map<number, bigint> {
  const sums = new Map<number, bigint>()
  for (const [key, amount] of ledger.daysOf(metric)) {
    const day = Number(key.split(' ')[0])
    sums.set(day, (sums.get(day) ?? 0n) + amount)
  }
  return sums
}

const sorted = (sums: Map<number, bigint>) =>
  [...sums].filter(([, sum]) => sum > 0n).sort(([a], [b]) => a - b)

/** Like a random event, but without jumps, and on every tenth minute only: few lists that are long. */
export function tenthMinute(random: Random, shape: StreamShape, newestMs: number): OracleEvent {
  const event = randomEvent(random, shape, newestMs)
  const ms = Math.min(event.ms, newestMs + random.int(shape.stepMs))
  return {
    ...event,
    ms: Math.max(newestMs, ms) === ms ? ms : Math.floor(ms / (10 * MINUTE)) * 10 * MINUTE + (ms % MINUTE)
  }
}

/** Runs a stream through a store of little room, with commits and restarts, and compares all along. */
export function runStream(
  t: Test,
  random: Random,
  shape: StreamShape,
  capacity: Partial<Capacity>,
  {
    batches,
    size,
    next = randomEvent,
    every = 4
  }: { batches: number; size: number; next?: typeof randomEvent; every?: number }
) {
  const make = () => new Bench({ history: HALF_HOURS, capacity })
  let bench = make()
  const oracle = new Oracle()
  const ledger = new Ledger()
  const tally = new Tally()
  const events: OracleEvent[] = []
  let newest = shape.startMs
  const drain = () => {
    ledger.commit(takeChanges(bench.store))
    bench.kernel.dropFold()
  }
  for (let batch = 0; batch < batches; batch++) {
    const more = Array.from({ length: size }, () => {
      const event = next(random, shape, newest)
      newest = Math.max(newest, event.ms)
      return event
    })
    for (const event of more) oracle.add(event)
    events.push(...more)
    t.equal(bench.apply(more), 0)
    if (!random.oneIn(every)) continue
    tally.compare(t, bench, oracle, random)
    drain()
    if (!random.oneIn(2)) continue
    bench = make()
    restore(bench.store, bench.kernel, ledger.restored())
    tally.compare(t, bench, oracle, random)
  }
  bench.kernel.publish()
  const { losses, items } = bench.boards.read()!
  // Two events days later, of no item, push everything out.
  const last = {
    kind: 'page_visit',
    ms: newest + 3 * DAY,
    item: '',
    customer: '',
    cents: null,
    quantity: 1n
  } as const
  t.equal(bench.apply([last, last]), 0)
  drain()
  events.push(last, last)
  for (const { name } of METRICS) {
    // The last two have not left.
    const left = events.filter(({ ms }) => ms < last.ms)
    t.strictSame(sorted(ledgerSums(ledger, name)), sorted(sumsByDay(left, name, 330)), `${name} by day`)
  }
  return { losses, items, tally }
}
