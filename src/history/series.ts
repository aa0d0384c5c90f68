import { bucketOf, nextBucket, type Granularity } from '../base/civil-date.js'
import { FootfallError } from '../base/errors.js'
import { metricNumber, type MetricName } from '../metrics/metrics.js'
import { bucketsOf, isSealed } from './buckets.js'
import type { Database } from './database.js'
import { estimate } from './distinct-count.js'
import { OTHER_ITEM, UNKNOWN_ITEMS, type SeriesBucket, type SeriesQuestion } from './history.js'
import type { LiveDays } from './live-days.js'
import { metricColumn } from './schema.js'
import { storedSketches } from './sketches.js'
import type { StoredState } from './state.js'

/** Half-open, in first days of buckets. */
interface Span {
  readonly from: number
  readonly to: number
}

/** Answers a series: what the tier has and the live minutes, added up by bucket. */
export async function readSeries(
  database: Database,
  { floors }: StoredState,
  question: SeriesQuestion,
  live: LiveDays
): Promise<readonly SeriesBucket[]> {
  const { metric, granularity } = question
  if (metric === 'customers' && question.itemId !== null) {
    throw new FootfallError('usage', 'customers are counted for the whole shop, not for an item')
  }
  const floor = floors[granularity]
  const span = await spanOf(database, question, live, floor)
  if (span === null) return []
  const { values, folded, partial } = await contentsOf(database, question, span, live)
  const series: SeriesBucket[] = []
  for (let start = span.from; start < span.to; start = nextBucket(granularity, start)) {
    const expired = floor !== null && start < floor
    series.push({
      start,
      value: expired ? 0n : (values.get(start) ?? 0n),
      sealed: isSealed(granularity, start, live.oldestLiveDay),
      expired,
      folded: (folded.has(start) || partial.has(start)) && !values.has(start),
      partial: partial.has(start)
    })
  }
  return series
}

/** What is asked for, where that is left open all that there is; null when there is nothing. */
async function spanOf(
  database: Database,
  { granularity, fromDay, toDay }: SeriesQuestion,
  live: LiveDays,
  floor: number | null
): Promise<Span | null> {
  const [[storedFirst, storedLast] = []] = await database.rows(
    `SELECT min(bucket), max(bucket) FROM "${granularity}"`
  )
  let first = typeof storedFirst === 'number' ? storedFirst : Infinity
  let last = typeof storedLast === 'number' ? storedLast : -Infinity
  for (const bucket of bucketsOf(granularity, live.days.days)) {
    if (bucket < first && bucket >= (floor ?? -Infinity)) first = bucket
    if (bucket > last) last = bucket
  }
  if (first > last) return null
  return {
    from: fromDay === null ? first : bucketOf(granularity, fromDay),
    to: toDay ?? nextBucket(granularity, last)
  }
}

interface Contents {
  readonly values: ReadonlyMap<number, bigint>
  /** Where an item without a value may be among those that were folded together. */
  readonly folded: ReadonlySet<number>
  /** Where any item may have a part in those that there was no memory for. */
  readonly partial: ReadonlySet<number>
}

const NOWHERE: ReadonlySet<number> = new Set()

async function contentsOf(
  database: Database,
  { metric, granularity, itemId }: SeriesQuestion,
  span: Span,
  live: LiveDays
): Promise<Contents> {
  if (metric === 'customers') {
    return { values: await customerValues(database, granularity, span), folded: NOWHERE, partial: NOWHERE }
  }
  const asked = { metric, granularity }
  if (itemId === null) {
    return { values: await amounts(database, asked, null, span, live), folded: NOWHERE, partial: NOWHERE }
  }
  const unknown = await amounts(database, asked, UNKNOWN_ITEMS, span, live)
  const partial = new Set([...unknown].filter(([, value]) => value > 0n).map(([bucket]) => bucket))
  const item = await itemNumber(database, itemId)
  // What is not known is in no tail.
  if (item === null) return { values: new Map(), folded: NOWHERE, partial }
  return {
    values: await amounts(database, asked, item, span, live),
    folded: await foldedBuckets(database, asked, span),
    partial
  }
}

interface Asked {
  readonly metric: MetricName
  readonly granularity: Granularity
}

async function foldedBuckets(
  database: Database,
  { metric, granularity }: Asked,
  span: Span
): Promise<ReadonlySet<number>> {
  const rows = await database.rows(`
    SELECT bucket FROM "${granularity}"
    WHERE item = ${OTHER_ITEM} AND bucket >= ${span.from} AND bucket < ${span.to}
    GROUP BY bucket HAVING sum(${metricColumn(metric)}) > 0`)
  return new Set(rows.map(([bucket]) => Number(bucket)))
}

/** `item`: its number; null for the whole shop. */
async function amounts(
  database: Database,
  { metric, granularity }: Asked,
  item: number | null,
  span: Span,
  live: LiveDays
): Promise<Map<number, bigint>> {
  const values = new Map<number, bigint>()
  const rows = await database.rows(`
    SELECT bucket, sum(${metricColumn(metric)}) FROM "${granularity}"
    WHERE bucket >= ${span.from} AND bucket < ${span.to}${item === null ? '' : ` AND item = ${item}`}
    GROUP BY bucket`)
  for (const [bucket, sum] of rows) values.set(Number(bucket), sum as bigint)

  const { days, items, amounts } = live.days
  const column = amounts[metricNumber(metric)] ?? new BigUint64Array(0)
  bucketsOf(granularity, days).forEach((bucket, row) => {
    if (item !== null && items[row] !== item) return
    values.set(bucket, (values.get(bucket) ?? 0n) + (column[row] ?? 0n))
  })
  return values
}

async function customerValues(
  database: Database,
  granularity: Granularity,
  span: Span
): Promise<Map<number, bigint>> {
  const stored = await storedSketches(database, granularity, span.from, span.to)
  return new Map([...stored].map(([bucket, registers]) => [bucket, BigInt(Math.round(estimate(registers)))]))
}

/** The number of an item; null when there is none of that id. */
async function itemNumber(database: Database, itemId: string): Promise<number | null> {
  const [row] = await database.rows('SELECT number FROM items WHERE item_id = ?', [itemId])
  return row === undefined ? null : Number(row[0])
}
