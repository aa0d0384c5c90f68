import { bucketOf, nextBucket, type Granularity } from '../base/civil-date.js'
import type { StoredState } from './state.js'

/** Buckets of a tier: those that begin within [from, to), which are first days of buckets. */
export interface Piece {
  readonly tier: Granularity
  readonly from: number
  readonly to: number
}

/**
 * Cuts the days [from, to) into buckets that are kept: whole months, which have the
 * fewest rows, else days; where these are gone whole weeks. Null where the days
 * cannot be had that way.
 *
 * ```
 *   floor of weeks      floor of days
 *        │   months, weeks    │     months, days
 *   ─────┴────────────────────┴──────────────────▶
 * ```
 */
export function piecesOf(
  from: number,
  to: number,
  floors: StoredState['floors'],
  /** Days from which the end is known not to be reached. */
  lost = new Set<number>()
): Piece[] | null {
  if (from >= to) return []
  if (lost.has(from)) return null
  for (const tier of tiersAt(from, floors)) {
    const end = tier === 'day' ? endOfDays(from, to) : nextBucket(tier, from)
    if (bucketOf(tier, from) !== from || end > to) continue
    const rest = piecesOf(end, to, floors, lost)
    if (rest !== null) return joined({ tier, from, to: end }, rest)
  }
  lost.add(from)
  return null
}

function tiersAt(day: number, floors: StoredState['floors']): readonly Granularity[] {
  if (day >= (floors.day ?? -Infinity)) return ['month', 'day']
  return day >= (floors.week ?? -Infinity) ? ['month', 'week'] : ['month']
}

/** Up to where days are taken: the next month, if it is asked for whole. */
function endOfDays(from: number, to: number): number {
  const month = nextBucket('month', bucketOf('month', from))
  return nextBucket('month', month) <= to ? month : to
}

/** Neighbours of one tier are one piece. */
function joined(first: Piece, rest: readonly Piece[]): Piece[] {
  const [next, ...others] = rest
  return next?.tier === first.tier ? [{ ...next, from: first.from }, ...others] : [first, ...rest]
}
