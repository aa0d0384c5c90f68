import { previousBucket } from '../base/civil-date.js'
import { METRICS } from '../metrics/metrics.js'
import type { DayRows } from '../store/changes.js'
import { bucketsOf, isSealed } from './buckets.js'
import { int32, uint32, uint64, type Column, type Database } from './database.js'
import { NO_ITEM, OTHER_ITEM, type TopAnswer, type TopQuestion, type TopRow } from './history.js'
import type { LiveDays } from './live-days.js'
import { metricColumn } from './schema.js'
import type { StoredState } from './state.js'

/** Ranks the items of a bucket, its tier's rows and live minutes together. */
export async function readTopItems(
  database: Database,
  { floors }: StoredState,
  question: TopQuestion,
  live: LiveDays
): Promise<TopAnswer> {
  const { granularity, bucket, limit } = question
  const floor = floors[granularity] ?? -Infinity
  const previousStart = previousBucket(granularity, bucket)
  const kept = { now: bucket >= floor, before: previousStart >= floor }
  const { sum } = await stage(database, question, live.days, kept)
  const [[items, other] = []] = await database.rows(`
    SELECT count(*) FILTER (${IS_ITEM}), coalesce(sum(value) FILTER (item = ${OTHER_ITEM}), 0) FROM bucket_values`)
  const rows = kept.now ? await topRows(database, limit) : []
  return {
    rows,
    totalItems: Number(items),
    sum,
    other: other as bigint,
    sealed: isSealed(granularity, bucket, live.oldestLiveDay),
    expired: !kept.now,
    previousStart
  }
}

const IS_ITEM = `item NOT IN (${NO_ITEM}, ${OTHER_ITEM})`

/**
 * Makes `bucket_values` and `previous_values` (item, value), each item once, values above 0.
 * Values have 64 bits where the sum of all of them fits, which is twice as fast to rank as 128.
 *
 * @returns the sum of the bucket.
 */
async function stage(
  database: Database,
  { metric, granularity, bucket }: TopQuestion,
  days: DayRows,
  kept: { readonly now: boolean; readonly before: boolean }
): Promise<{ readonly sum: bigint }> {
  const previous = previousBucket(granularity, bucket)
  const column = METRICS.findIndex(({ name }) => name === metric)
  await database.run(
    'CREATE OR REPLACE TEMP TABLE live_values (bucket INTEGER, item UINTEGER, value UBIGINT)'
  )
  await database.append(
    'live_values',
    rowsOf(days, column, bucketsOf(granularity, days.days), [previous, bucket])
  )
  const stageBucket = async (table: string, start: number, isKept: boolean): Promise<bigint> => {
    const values = `(
      SELECT item, ${metricColumn(metric)} AS value FROM "${granularity}" WHERE bucket = ${start} AND ${isKept}
      UNION ALL SELECT item, value FROM live_values WHERE bucket = ${start} AND ${isKept})`
    const [[found] = []] = await database.rows(`SELECT coalesce(sum(value), 0) FROM ${values}`)
    const sum = found as bigint
    await database.run(`
      CREATE OR REPLACE TEMP TABLE ${table} AS
      SELECT item, sum(value)::${sum < 2n ** 64n ? 'UBIGINT' : 'HUGEINT'} AS value
      FROM ${values} WHERE value > 0 GROUP BY item`)
    return sum
  }
  const sum = await stageBucket('bucket_values', bucket, kept.now)
  await stageBucket('previous_values', previous, kept.before)
  return { sum }
}

/** Bucket, item and amount of the rows that are in one of some buckets and have an amount. */
function rowsOf(
  { items, amounts }: DayRows,
  metric: number,
  buckets: Int32Array,
  wanted: readonly number[]
): Column[] {
  const values = amounts[metric] ?? new BigUint64Array(0)
  const found = {
    buckets: new Int32Array(values.length),
    items: new Uint32Array(values.length),
    values: new BigUint64Array(values.length)
  }
  let count = 0
  for (let row = 0; row < values.length; row++) {
    const [bucket = 0, value = 0n] = [buckets[row], values[row]]
    if (value === 0n || !wanted.includes(bucket)) continue
    found.buckets[count] = bucket
    found.items[count] = items[row] ?? 0
    found.values[count] = value
    count++
  }
  return [
    int32(found.buckets.subarray(0, count)),
    uint32(found.items.subarray(0, count)),
    uint64(found.values.subarray(0, count))
  ]
}

const NAMES = '(SELECT number AS item, item_id FROM items)'

/** The first rows; names are only looked up for items whose value reaches that of the last one. */
async function topRows(database: Database, limit: number): Promise<readonly TopRow[]> {
  const items = `SELECT item, value FROM bucket_values WHERE ${IS_ITEM}`
  await database.run(`
    CREATE OR REPLACE TEMP TABLE top AS
    WITH reaching AS MATERIALIZED (
      ${items} AND value >= (SELECT min(value) FROM (${items} ORDER BY value DESC LIMIT ${limit}))
    )
    SELECT item, item_id, r.value, p.value AS previous
    FROM reaching r JOIN ${NAMES} USING (item) LEFT JOIN previous_values p USING (item)
    ORDER BY r.value DESC, item_id LIMIT ${limit}`)
  const rows = await database.rows(`
    WITH tied AS MATERIALIZED (
      SELECT item, value FROM previous_values WHERE ${IS_ITEM} AND value IN (SELECT previous FROM top)
    ), equal AS (
      SELECT top.item, count(*) AS ahead FROM (SELECT item_id, value FROM tied JOIN ${NAMES} USING (item)) t
        JOIN top ON t.value = top.previous AND t.item_id < top.item_id GROUP BY top.item
    )
    SELECT item_id, top.value, previous, coalesce(equal.ahead, 0) FROM top LEFT JOIN equal USING (item)
    ORDER BY top.value DESC, item_id`)
  const ahead = await itemsAhead(
    database,
    rows.flatMap(([, , previous]) => (typeof previous === 'bigint' ? [previous] : []))
  )
  const [[hasFolded] = []] = await database.rows(
    `SELECT count(*) > 0 FROM previous_values WHERE item = ${OTHER_ITEM}`
  )
  // An item's rank before: items of greater values, then those of its own value whose ids come first.
  return rows.map(([itemId, value, previous, equal]) => ({
    itemId: String(itemId),
    value: value as bigint,
    previous: (previous ?? (hasFolded === true ? null : 0n)) as bigint | null,
    previousRank: typeof previous === 'bigint' ? (ahead.get(previous) ?? 0) + Number(equal) + 1 : null
  }))
}

/** How many items had more than each of these values; one pass, which a join by `>` would not be. */
async function itemsAhead(database: Database, values: readonly bigint[]): Promise<Map<bigint, number>> {
  if (values.length === 0) return new Map()
  const counts = values.map((value) => `count(*) FILTER (value > ${value})`)
  const [row = []] = await database.rows(`SELECT ${counts.join(', ')} FROM previous_values WHERE ${IS_ITEM}`)
  return new Map(values.map((value, place) => [value, Number(row[place])]))
}
