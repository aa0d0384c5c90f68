import { previousBucket } from '../base/civil-date.js'
import { METRICS } from '../metrics/metrics.js'
import { bucketsOf } from './buckets.js'
import { int32, text, uint32, uint64, type Database } from './database.js'
import {
  NO_ITEM,
  OTHER_ITEM,
  type TopAnswer,
  type TopQuestion,
  type TopRow,
  type Uncommitted
} from './history.js'
import { metricColumn } from './schema.js'
import type { StoredState } from './state.js'
import { isSealed } from './uncommitted.js'

/** Ranks the items of a bucket, stored and not yet stored together. */
export async function readTopItems(
  database: Database,
  { floors }: StoredState,
  question: TopQuestion,
  uncommitted: Uncommitted
): Promise<TopAnswer> {
  const { granularity, bucket, limit } = question
  const floor = floors[granularity] ?? -Infinity
  const previousStart = previousBucket(granularity, bucket)
  const kept = { now: bucket >= floor, before: previousStart >= floor }
  await stage(database, question, uncommitted, kept)
  const [[items, sum, other] = []] = await database.rows(`
    SELECT count(*) FILTER (${IS_ITEM}), coalesce(sum(value), 0),
      coalesce(sum(value) FILTER (item = ${OTHER_ITEM}), 0) FROM bucket_values`)
  const rows = kept.now ? await topRows(database, limit) : []
  return {
    rows,
    totalItems: Number(items),
    sum: sum as bigint,
    other: other as bigint,
    sealed: isSealed(granularity, bucket, uncommitted.oldestLiveDay),
    expired: !kept.now,
    previousStart
  }
}

const IS_ITEM = `item NOT IN (${NO_ITEM}, ${OTHER_ITEM})`

/** Makes `bucket_values` and `previous_values` (item, value), each item once, values above 0, and `new_names`. */
async function stage(
  database: Database,
  { metric, granularity, bucket }: TopQuestion,
  { days, newItems }: Uncommitted,
  kept: { readonly now: boolean; readonly before: boolean }
): Promise<void> {
  const previous = previousBucket(granularity, bucket)
  const amounts = days.amounts[METRICS.findIndex(({ name }) => name === metric)] ?? new BigUint64Array(0)
  const wanted: number[] = []
  const buckets = bucketsOf(granularity, days.days)
  buckets.forEach((found, row) => {
    if ((found === bucket || found === previous) && amounts[row] !== 0n) wanted.push(row)
  })
  await database.run('CREATE OR REPLACE TEMP TABLE new_names (number UINTEGER, item_id VARCHAR)')
  await database.run('CREATE OR REPLACE TEMP TABLE unstored (bucket INTEGER, item UINTEGER, value UBIGINT)')
  await database.append('new_names', [
    uint32(Uint32Array.from(newItems.ids, (_, place) => newItems.first + place)),
    text(newItems.ids)
  ])
  await database.append('unstored', [
    int32(Int32Array.from(wanted, (row) => buckets[row] ?? 0)),
    uint32(Uint32Array.from(wanted, (row) => days.items[row] ?? 0)),
    uint64(BigUint64Array.from(wanted, (row) => amounts[row] ?? 0n))
  ])
  for (const [table, start, isKept] of [
    ['bucket_values', bucket, kept.now],
    ['previous_values', previous, kept.before]
  ] as const) {
    await database.run(`
      CREATE OR REPLACE TEMP TABLE ${table} AS
      SELECT item, sum(value) AS value FROM (
        SELECT item, ${metricColumn(metric)} AS value FROM "${granularity}" WHERE bucket = ${start}
        UNION ALL SELECT item, value FROM unstored WHERE bucket = ${start}
      ) WHERE value > 0 AND ${isKept} GROUP BY item`)
  }
}

const NAMES = '(SELECT number AS item, item_id FROM items UNION ALL SELECT number, item_id FROM new_names)'

/** The first rows; names are only looked up for items whose value reaches that of the last one. */
async function topRows(database: Database, limit: number): Promise<readonly TopRow[]> {
  const reached = `
    SELECT min(value) FROM (SELECT value FROM bucket_values WHERE ${IS_ITEM} ORDER BY value DESC LIMIT ${limit})`
  await database.run(`
    CREATE OR REPLACE TEMP TABLE top AS
    SELECT item, item_id, v.value, p.value AS previous
    FROM bucket_values v JOIN ${NAMES} USING (item) LEFT JOIN previous_values p USING (item)
    WHERE ${IS_ITEM} AND v.value >= (${reached})
    ORDER BY v.value DESC, item_id LIMIT ${limit}`)
  const greater = `
    SELECT top.item, count(*) AS ahead FROM top JOIN previous_values p ON p.value > top.previous
    WHERE p.${IS_ITEM} GROUP BY top.item`
  const equal = `
    SELECT top.item, count(*) AS ahead
    FROM (SELECT item, item_id, value FROM previous_values JOIN ${NAMES} USING (item)
      WHERE ${IS_ITEM} AND value IN (SELECT previous FROM top)) p
    JOIN top ON p.value = top.previous AND p.item_id < top.item_id GROUP BY top.item`
  const rows = await database.rows(`
    SELECT item_id, value, previous, coalesce(g.ahead, 0) + coalesce(e.ahead, 0) + 1
    FROM top LEFT JOIN (${greater}) g USING (item) LEFT JOIN (${equal}) e USING (item)
    ORDER BY value DESC, item_id`)
  return rows.map(([itemId, value, previous, rank]) => ({
    itemId: String(itemId),
    value: value as bigint,
    previous: (previous ?? 0n) as bigint,
    previousRank: previous === null ? null : Number(rank)
  }))
}
