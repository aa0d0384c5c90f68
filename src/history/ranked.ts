import { metricNumber, type MetricName } from '../metrics/metrics.js'
import type { DayRows } from '../store/changes.js'
import { int32, marked, markedText, uint32, uint64, type Column, type Database } from './database.js'
import type { TopRow } from './history.js'
import { IS_ITEM, IS_OTHER, metricColumn } from './schema.js'
import type { Piece } from './pieces.js'

/** What is ranked: a metric over a stretch of days, beside the one before. */
export interface Ranked {
  readonly metric: MetricName
  /** Of both stretches, each day in one at most. */
  readonly pieces: readonly Piece[]
  /** Buckets that begin before this day are of the stretch before. */
  readonly boundary: number
}

export interface Staged {
  /** Items with a value above 0 in the stretch. */
  readonly items: number
  /** The stretch's. */
  readonly sum: bigint
  /** What is folded into `(other)` in it, and in the one before. */
  readonly other: bigint
  readonly otherBefore: bigint
}

/**
 * Makes `ranked` (item, value, previous): what each item has in the stretch and in
 * the one before, tiers' rows and live minutes together. Values have 64 bits where
 * all of them fit, which are faster to rank than 128.
 */
export async function stage(
  database: Database,
  { metric, pieces, boundary }: Ranked,
  days: DayRows
): Promise<Staged> {
  const column = metricNumber(metric)
  await database.run(
    'CREATE OR REPLACE TEMP TABLE live_values (bucket INTEGER, item UINTEGER, value UBIGINT)'
  )
  await database.append('live_values', rowsOf(days, column, pieces))
  const stored = pieces.map(
    ({ tier, from, to }) => `
    SELECT bucket, item, ${metricColumn(metric)} AS value FROM "${tier}"
      WHERE bucket >= ${from} AND bucket < ${to}`
  )
  const values = `(${[...stored, 'SELECT bucket, item, value FROM live_values'].join(' UNION ALL ')})`
  for (const type of ['UBIGINT', 'HUGEINT'] as const) {
    await database.run(`
      CREATE OR REPLACE TEMP TABLE ranked AS
      SELECT item, TRY_CAST(coalesce(sum(value) FILTER (bucket >= ${boundary}), 0) AS ${type}) AS value,
        TRY_CAST(coalesce(sum(value) FILTER (bucket < ${boundary}), 0) AS ${type}) AS previous
      FROM ${values} GROUP BY item`)
    const [[fits, items, sum, other, otherBefore] = []] = await database.rows(`
      SELECT count(*) = least(count(value), count(previous)), count(*) FILTER (${IS_ITEM} AND value > 0), coalesce(sum(value), 0),
        coalesce(sum(value) FILTER (${IS_OTHER}), 0), coalesce(sum(previous) FILTER (${IS_OTHER}), 0) FROM ranked`)
    if (fits !== true) continue
    return {
      items: Number(items),
      sum: sum as bigint,
      other: other as bigint,
      otherBefore: otherBefore as bigint
    }
  }
  throw new RangeError(`values of ${metric} do not fit into 128 bits`)
}

/** Day, item and amount of the rows that are of one of some pieces and have an amount. */
function rowsOf({ days, items, amounts }: DayRows, metric: number, pieces: readonly Piece[]): Column[] {
  const values = amounts[metric] ?? new BigUint64Array(0)
  const found = {
    days: new Int32Array(values.length),
    items: new Uint32Array(values.length),
    values: new BigUint64Array(values.length)
  }
  let count = 0
  for (let row = 0; row < values.length; row++) {
    const [day = 0, value = 0n] = [days[row], values[row]]
    if (value === 0n || !pieces.some(({ from, to }) => day >= from && day < to)) continue
    found.days[count] = day
    found.items[count] = items[row] ?? 0
    found.values[count] = value
    count++
  }
  return [
    int32(found.days.subarray(0, count)),
    uint32(found.items.subarray(0, count)),
    uint64(found.values.subarray(0, count))
  ]
}

const NAMES = '(SELECT number AS item, item_id FROM items)'

/** The first rows of what is staged; names are only looked up for items whose value reaches that of the last one. */
export async function topRows(
  database: Database,
  limit: number,
  hasTailBefore: boolean
): Promise<readonly TopRow[]> {
  const items = `SELECT item, value, previous FROM ranked WHERE ${IS_ITEM} AND value > 0`
  const rows = await database.rows(`
    WITH reaching AS MATERIALIZED (
      ${items} AND value >= (SELECT min(value) FROM (${items} ORDER BY value DESC LIMIT ${limit}))
    )
    SELECT ${marked('item_id')}, value, previous FROM reaching JOIN ${NAMES} USING (item)
    ORDER BY value DESC, item_id LIMIT ${limit}`)
  const top = rows.map(([itemId, value, previous]) => ({
    itemId: markedText(itemId),
    value: value as bigint,
    previous: previous as bigint
  }))
  const ranks = await ranksBefore(database, top)
  return top.map((row) => ({
    ...row,
    // What an item had may be in the tail.
    previous: row.previous === 0n && hasTailBefore ? null : row.previous,
    previousRank: ranks.get(row.itemId) ?? null
  }))
}

interface Before {
  readonly itemId: string
  readonly previous: bigint
}

/** Ranks in the stretch before, of items that had a value in it: after greater values, then by the bytes of the id. */
async function ranksBefore(database: Database, top: readonly Before[]): Promise<Map<string, number>> {
  const had = top.filter(({ previous }) => previous > 0n)
  if (had.length === 0) return new Map()
  const values = [...new Set(had.map(({ previous }) => previous))].sort((a, b) => (a < b ? 1 : -1))
  const counts = await countsAround(database, values)
  const tied = await idsOf(
    database,
    values.filter((_, place) => (counts[place * 2 + 1] ?? 0) > 1)
  )
  return new Map(
    had.map(({ itemId, previous }) => {
      const place = values.indexOf(previous)
      const ahead = counts.slice(0, place * 2 + 1).reduce((sum, count) => sum + count, 0)
      return [itemId, ahead + Math.max(0, tied.get(previous)?.indexOf(itemId) ?? 0) + 1]
    })
  )
}

/**
 * How many items had more than the first value, as much as it, less than it but more
 * than the second one, and so on; `values` fall. One pass, which a join by `>` would
 * not be.
 */
async function countsAround(database: Database, values: readonly bigint[]): Promise<readonly number[]> {
  const cases = values.map(
    (value, place) =>
      `WHEN previous > ${value} THEN ${place * 2} WHEN previous = ${value} THEN ${place * 2 + 1}`
  )
  const rows = await database.rows(`
    SELECT CASE ${cases.join(' ')} END AS place, count(*) FROM ranked
    WHERE ${IS_ITEM} AND previous >= ${values.at(-1) ?? 0n} GROUP BY place`)
  const counts = new Array<number>(values.length * 2).fill(0)
  for (const [place, count] of rows) counts[Number(place)] = Number(count)
  return counts
}

/** The ids of the items that had these values, in the order of their bytes. */
async function idsOf(database: Database, values: readonly bigint[]): Promise<Map<bigint, string[]>> {
  const ids = new Map<bigint, string[]>()
  if (values.length === 0) return ids
  const rows = await database.rows(`
    SELECT previous, ${marked('item_id')} FROM ranked JOIN ${NAMES} USING (item)
    WHERE ${IS_ITEM} AND previous IN (${values.join()}) ORDER BY item_id`)
  for (const [previous, id] of rows) {
    const known = ids.get(previous as bigint)
    if (known === undefined) ids.set(previous as bigint, [markedText(id)])
    else known.push(markedText(id))
  }
  return ids
}
