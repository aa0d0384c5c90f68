import { NO_RANKING } from '../store/board.js'
import type { LiveAnswerOf } from '../store/live.js'
import type { Collectors } from './collectors.js'
import type { Answer } from './connection.js'
import { latestCells, OWN_COLUMNS, OWN_COUNT, roomForOwn } from './scan.js'

export interface TrendsAsked {
  /** Which cells, of both stretches, as SQL; and which of them are of the later one. */
  readonly where: string
  readonly isNow: string
  /** Items count that have as much in one of both. */
  readonly floor: bigint
  readonly limit: number
}

/** Places of what has risen, what has fallen, and what has not changed. */
const DIRECTIONS = { rising: 0, falling: 1, same: 2 } as const

export function trendsStatement(
  { where, isNow, floor, limit }: TrendsAsked,
  collectors: Pick<Collectors, 'names'>
): string {
  const grouped = `
    SELECT ${OWN_COLUMNS}, any(state) AS told, sumIf(amount, ${isNow}) AS value, sumIf(amount, NOT (${isNow})) AS previous
    FROM ${latestCells(`kind = 0 AND ${where}`)} GROUP BY own, kind, name
    HAVING own OR greatest(value, previous) >= ${floor}`
  return `
    SELECT own, kind, name, any(told), sum(value) AS v, sum(previous) AS p, sum(NOT own) AS counted,
      multiIf(v > p, ${DIRECTIONS.rising}, v < p, ${DIRECTIONS.falling}, ${DIRECTIONS.same}) AS direction,
      if(v > p, v - p, p - v) AS difference
    FROM (${grouped}) GROUP BY own, kind, name WITH TOTALS
    ORDER BY own DESC, difference DESC, name LIMIT ${limit + roomForOwn(collectors)} BY own, direction`
}

type Trends = Pick<LiveAnswerOf<'trends'>, 'rising' | 'falling' | 'risingBefore' | 'fallingBefore'>

export function readTrends(rows: readonly (readonly unknown[])[], { totals }: Answer): Trends {
  const items = Number(totals?.[OWN_COUNT + 2] ?? 0)
  const of = (wanted: number) => {
    const found = rows.filter(([, , , , , , , direction]) => Number(direction) === wanted)
    return {
      ranking: {
        ...NO_RANKING,
        items,
        rows: found.map(([, , name, , , , , , difference]) => ({
          itemId: String(name),
          value: BigInt(String(difference))
        }))
      },
      before: found.map(([, , , , , previous]) => BigInt(String(previous)))
    }
  }
  const [rising, falling] = [of(DIRECTIONS.rising), of(DIRECTIONS.falling)]
  return {
    rising: rising.ranking,
    falling: falling.ranking,
    risingBefore: rising.before,
    fallingBefore: falling.before
  }
}
