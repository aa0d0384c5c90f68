import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { SHIPPED_TIERS } from '../history/shipment.js'
import { HEADLINE_METRICS } from '../metrics/metrics.js'
import { emptySeries, type MinuteSeries } from '../store/live.js'
import { latestCells, OWN_COLUMNS } from './scan.js'
import { quoted } from './schema.js'

/** What the tables have of an item. */
export interface FoundItem {
  /** Of its live minutes. */
  readonly series: MinuteSeries
  /** By the number of a headline metric, in its own window, from 1; none where it has nothing. */
  readonly ranks: ReadonlyMap<number, number>
}

const [LIVE, MONTH] = [SHIPPED_TIERS.indexOf('live'), SHIPPED_TIERS.indexOf('month')]

/** Rows of the ranking, and of the item. */
const BRANCHES = { ranking: 0, item: 1 } as const

/**
 * Where an item stands in the windows of the headlines, and its own cells. Both
 * halves tell of the collectors, by which it is seen whether they are of one instant.
 *
 * ```
 * own  kind  name  state  branch  metric  bucket  amount  first  place
 *                                                         of the metric's rows, of the item's
 * ```
 */
export function itemStatement(itemId: string, minute: number): string {
  const id = quoted(itemId)
  const windows = HEADLINE_METRICS.map(
    ({ index, headline }) => `metric = ${index} AND bucket > ${minute - headline.windowMinutes}`
  )
  const ranked = `tier = ${LIVE} AND kind = 0 AND bucket <= ${minute} AND (${windows.join(' OR ')})`
  const oldest = Math.max(0, minute - LIVE_WINDOW_MINUTES + 1)
  const own = `kind = 0 AND item = ${id} AND (tier = ${LIVE} AND bucket >= ${oldest} OR tier = ${MONTH})`
  const branch = (number: number, bucket: string, cells: string) => `
    SELECT ${OWN_COLUMNS}, any(state) AS told, ${number} AS branch, metric, ${bucket} AS at, sum(amount) AS value
    FROM ${cells} GROUP BY own, kind, name, metric, at HAVING own OR value > 0`
  const both = `
    SELECT * FROM (${branch(BRANCHES.ranking, 'toInt32(0)', latestCells(ranked))})
    UNION ALL
    SELECT * FROM (${branch(BRANCHES.item, `if(tier = ${LIVE}, bucket, toInt32(-1))`, latestCells(own, 'grouping'))})`
  return `
    SELECT own, kind, if(own, name, '') AS whose, any(told), branch, metric, at, sum(value),
      min(place) AS first, maxIf(place, name = ${id}) AS mine, countIf(name = ${id}) AS found
    FROM (SELECT *, rowNumberInAllBlocks() AS place
      FROM (SELECT * FROM (${both}) ORDER BY own, branch, metric, value DESC, name))
    GROUP BY own, kind, whose, branch, metric, at`
}

/** Null: no collector has had the item. */
export function readItem(rows: readonly (readonly unknown[])[]): FoundItem | null {
  const series = emptySeries()
  const ranks = new Map<number, number>()
  let isKnown = false
  for (const [, , , , branch, metric, at, amount, first, mine, found] of rows) {
    if (Number(branch) === BRANCHES.item) {
      isKnown = true
      if (Number(at) < 0) continue
      series[Number(metric) * LIVE_WINDOW_MINUTES + (Number(at) % LIVE_WINDOW_MINUTES)] = BigInt(
        String(amount)
      )
    } else if (Number(found) > 0) ranks.set(Number(metric), Number(mine) - Number(first) + 1)
  }
  return isKnown ? { series, ranks } : null
}
