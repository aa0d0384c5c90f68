import { DuckDBInstance } from '@duckdb/node-api'
import { CELLS, STATE_TIER } from '../../src/clickhouse/schema.js'
import { METRICS } from '../../src/metrics/metrics.js'
import type { ShopModel } from '../history/shop-model.js'
import type { ClickHouseServer } from '../support/clickhouse.js'

/** Amounts by day and item of all collectors, live minutes and days together, as SQL tells them. */
export async function totalsIn(
  server: ClickHouseServer,
  models: readonly ShopModel[],
  without: string
): Promise<Map<string, bigint[]>> {
  const states = await server.rows(
    `SELECT collector, argMax(state, version) FROM ${CELLS} WHERE tier = ${STATE_TIER} AND kind = 0 GROUP BY collector`
  )
  const oldest = new Map(
    states.map(([name, state]) => [
      name,
      (JSON.parse(String(state)) as { oldestLiveMinute: number }).oldestLiveMinute
    ])
  )
  const rows = await server.rows(
    `SELECT collector, tier, bucket, kind, item, metric, argMax(amount, version) FROM ${CELLS}
     WHERE tier < 2 AND metric < ${METRICS.length} AND collector <> '${without}' GROUP BY collector, tier, bucket, kind, item, metric`
  )
  const totals = new Map<string, bigint[]>()
  for (const [collector, tier, bucket, kind, item, metric, amount] of rows) {
    if (tier === 0 && Number(bucket) < (oldest.get(collector) ?? Infinity)) continue
    const day = tier === 0 ? (models[0]?.dayOf(Number(bucket)) ?? 0) : Number(bucket)
    const amounts = METRICS.map((_, place) => (place === metric ? BigInt(String(amount)) : 0n))
    add(totals, `${day} ${kind === 0 ? String(item) : '-'}`, amounts)
  }
  return totals
}

/** The cells that a collector has in a table of ClickHouse, above 0, of days, weeks and months. */
export async function cellsIn(
  server: ClickHouseServer,
  collector: string,
  table = CELLS
): Promise<readonly string[]> {
  const rows = await server.rows(
    `SELECT tier, metric, bucket, kind, item, argMax(amount, version) AS latest FROM ${table}
     WHERE tier IN (1, 2, 3) AND metric < ${METRICS.length} AND collector = '${collector}'
     GROUP BY tier, metric, bucket, kind, item HAVING latest > 0`
  )
  return rows.map((row) => row.join(' ')).sort()
}

/** The same cells as its database has them. */
export async function cellsOf(path: string): Promise<readonly string[]> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  const cells: string[] = []
  for (const [place, tier] of ['day', 'week', 'month'].entries()) {
    for (const [metric, { name }] of METRICS.entries()) {
      const found = await connection.runAndReadAll(`
        SELECT bucket, CASE item WHEN 0 THEN 1 WHEN 4294967295 THEN 2 WHEN 4294967294 THEN 3 ELSE 0 END AS kind,
          coalesce(item_id, '') AS id, sum("${name}") AS amount
        FROM "${tier}" LEFT JOIN items ON number = item GROUP BY ALL HAVING amount > 0`)
      for (const row of found.getRows()) cells.push([place + 1, metric, ...row].join(' '))
    }
  }
  connection.closeSync()
  instance.closeSync()
  return cells.sort()
}

/** Adds amounts to those of a key. */
export function add(totals: Map<string, bigint[]>, key: string, amounts: readonly bigint[]): void {
  const sums = totals.get(key) ?? amounts.map(() => 0n)
  totals.set(
    key,
    sums.map((sum, metric) => sum + (amounts[metric] ?? 0n))
  )
}
