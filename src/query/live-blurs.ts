import type { MetricName } from '../metrics/metrics.js'
import type { Ranking } from '../store/board.js'
import type { Losses } from '../store/losses.js'

/** What of the live window, or of the day before it, an answer is made of. */
export interface Looked {
  readonly metrics: readonly MetricName[]
  /** Minutes since the epoch, half-open. */
  readonly from: number
  readonly to: number
  /** Whether it tells single minutes. */
  readonly byMinute?: boolean
  /** Whether it tells single items, which may have amounts in `(other)`. */
  readonly byItem?: boolean
}

const MINUTE_MS = 60_000
const HOUR = 60

/** Why a ranking is not exact, as the store has found when it made it. `budget`: the memory budget, as text. */
export function rankingBlurs(
  { other, isEdgeBlurred, lacksEarly }: Ranking,
  budget: string
): readonly string[] {
  const limit = limitOf(budget)
  return [
    other > 0n ? inOther(limit) : '',
    isEdgeBlurred
      ? `the window begins within an hour that was merged to stay within ${limit}, and has all of it`
      : '',
    lacksEarly ? `events that came before their minute are missing: ${limit} let no more of them wait` : ''
  ].filter((reason) => reason !== '')
}

/** Why an answer that is no ranking may not be exact: what the budget has cost of what it is made of. */
export function liveBlurs(losses: Losses, looked: readonly Looked[], budget: string): readonly string[] {
  const limit = limitOf(budget)
  return [
    looked.some((one) => isMerged(losses, one))
      ? `minutes were merged by the hour to stay within ${limit}`
      : '',
    looked.some((one) => lacksItems(losses, one)) ? inOther(limit) : '',
    losses.earlyEvents > 0
      ? `events that came before their minute may be missing: ${limit} let no more of them wait`
      : ''
  ].filter((reason) => reason !== '')
}

/** Why active customers since a minute, and those up to it, may not be exact. */
export function customerBlurs({ customersTo }: Losses, since: number, budget: string): readonly string[] {
  if (customersTo === null || customersTo <= since) return []
  return [`some customers are not counted as active: ${limitOf(budget)} allowed no more of them`]
}

const limitOf = (budget: string) => `the memory budget (now ${budget})`
const inOther = (limit: string) => `amounts of items that ${limit} had no room for are counted as (other)`

/** An hour that was merged is whole in one of its minutes. */
function isMerged({ merged }: Losses, { metrics, from, to, byMinute = false }: Looked): boolean {
  const isWithin = (minute: number, before: number) => minute < before && minute % HOUR !== 0
  return merged.some(
    ({ metric, to: before }) =>
      metrics.includes(metric) && (byMinute ? from < before : isWithin(from, before) || isWithin(to, before))
  )
}

function lacksItems(
  { collapsedTo, otherEvents, otherSinceMs }: Losses,
  { from, to, byItem }: Looked
): boolean {
  if (byItem !== true) return false
  return (collapsedTo !== null && from < collapsedTo) || (otherEvents > 0 && to * MINUTE_MS > otherSinceMs)
}
