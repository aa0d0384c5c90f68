import { METRICS, type MetricName } from '../../src/metrics/metrics.js'
import type { Granularity, TopRow } from '../../src/history/history.js'
import { endOf, startOf, type ShopModel } from './shop-model.js'

/** Sums of a metric by bucket: of one item, or of all that there is. */
export function expectedSums(
  model: ShopModel,
  granularity: Granularity,
  metric: MetricName,
  itemId?: string
): Map<number, bigint> {
  const sums = new Map<number, bigint>()
  const column = METRICS.findIndex(({ name }) => name === metric)
  for (const [day, items] of model.totals) {
    const start = startOf(granularity, day)
    for (const [id, amounts] of items) {
      if (itemId !== undefined && id !== itemId) continue
      sums.set(start, (sums.get(start) ?? 0n) + amounts[column]!)
    }
  }
  return sums
}

/** `[start, value]` of every bucket from the first to the last that the shop has. */
export function expectedSeries(
  model: ShopModel,
  granularity: Granularity,
  metric: MetricName,
  itemId?: string
): [number, bigint][] {
  const starts = [...model.totals.keys()].map((day) => startOf(granularity, day))
  const sums = expectedSums(model, granularity, metric, itemId)
  const series: [number, bigint][] = []
  for (let start = Math.min(...starts); start <= Math.max(...starts); start = endOf(granularity, start)) {
    series.push([start, sums.get(start) ?? 0n])
  }
  return series
}

/** Distinct customers of a bucket, exactly. */
export function expectedCustomers(model: ShopModel, granularity: Granularity): Map<number, number> {
  const sets = new Map<number, Set<bigint>>()
  for (const [day, hashes] of model.customers) {
    const start = startOf(granularity, day)
    const set = sets.get(start) ?? new Set<bigint>()
    for (const hash of hashes) set.add(hash)
    sets.set(start, set)
  }
  return new Map([...sets].map(([start, set]) => [start, set.size]))
}

/** Items of a bucket in their order. */
function expectedRanking(
  model: ShopModel,
  granularity: Granularity,
  metric: MetricName,
  bucket: number
): [string, bigint][] {
  const column = METRICS.findIndex(({ name }) => name === metric)
  const values = new Map<string, bigint>()
  for (const [day, items] of model.totals) {
    if (startOf(granularity, day) !== bucket) continue
    for (const [id, amounts] of items) {
      if (id !== null) values.set(id, (values.get(id) ?? 0n) + amounts[column]!)
    }
  }
  return [...values]
    .filter(([, value]) => value > 0n)
    .sort(([a, x], [b, y]) => (x === y ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : x > y ? -1 : 1))
}

export function expectedTop(
  model: ShopModel,
  granularity: Granularity,
  metric: MetricName,
  bucket: number,
  limit: number
): TopRow[] {
  const before = expectedRanking(model, granularity, metric, startOf(granularity, bucket - 1))
  return expectedRanking(model, granularity, metric, bucket)
    .slice(0, limit)
    .map(([itemId, value]) => {
      const rank = before.findIndex(([id]) => id === itemId)
      return {
        itemId,
        value,
        previous: before[rank]?.[1] ?? 0n,
        previousRank: rank < 0 ? null : rank + 1
      }
    })
}
