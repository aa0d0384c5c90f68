import { isDeepStrictEqual } from 'node:util'
import type { HistorySeries } from '../../src/query/history-shapes.js'
import type { Status, TopItems } from '../../src/query/shapes.js'
import { rowsOf } from '../children/footfall.js'
import type { Connection } from '../load/connection.js'
import type { Tally, Totals } from './tally.js'

const LISTS = [
  ['most-viewed', 'views'],
  ['most-carted', 'cart_adds'],
  ['top-grossing', 'revenue']
] as const
const METRICS = ['views', 'cart_adds', 'purchases', 'units', 'revenue'] as const
const ROWS = 100

/** Rejects when the accounting, the lists of all that is live, or the days of a server are not what was written. */
export async function checkTally(connection: Connection, tally: Tally): Promise<void> {
  const { lines, blank, rejected, accepted, anonymous } = tally
  const { accounting, history } = await connection.getJson<Status>('/v1/status')
  const written = { lines, blank, rejected, accepted, anonymous, late: 0, unpriced: 0 }
  for (const [name, count] of Object.entries(written)) {
    same(name, accounting[name as keyof typeof written], count)
  }
  for (const [list, metric] of LISTS) {
    const answer = await connection.getJson<TopItems>(`/v1/items/${list}?window=24h&limit=${ROWS}`)
    const ranking = rankingOf(tally.items, metric)
    same(`${list} of 24 hours`, rowsOf(answer), ranking.slice(0, ROWS))
    same(`items of ${list}`, answer.meta.total_items, ranking.length)
  }
  for (const metric of METRICS) {
    const { data } = await connection.getJson<HistorySeries>(`/v1/history?metric=${metric}`)
    const days = data.map(({ start, value }) => [start, Number(value)])
    const expected = Object.entries(tally.days).map(([day, totals]) => [day, totals[metric]])
    same(`${metric} of days`, days, expected)
  }
  same('difference of the history', history?.conservation?.difference ?? 0, 0)
}

function rankingOf(items: Readonly<Record<string, Totals>>, metric: keyof Totals): [string, number][] {
  return Object.entries(items)
    .map(([item, totals]): [string, number] => [item, totals[metric]])
    .filter(([, value]) => value > 0)
    .sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
}

function same(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return
  throw new Error(`${what}: ${JSON.stringify(found)} is not what was written, ${JSON.stringify(expected)}`)
}
