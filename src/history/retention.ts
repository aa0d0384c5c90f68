import { bucketOf } from '../base/civil-date.js'
import { dayOfMinute, type ZoneTable } from '../base/time-zone.js'
import type { HistoryOptions } from '../base/history-options.js'
import type { StoredState } from './state.js'

const MINUTE_MS = 60_000
const WEEK_DAYS = 7

/** What is kept of a tier, and in whose days. */
export interface Retention extends Pick<HistoryOptions, 'keepDays' | 'keepWeeks'> {
  readonly zone: ZoneTable
}

/**
 * First day and first week that are kept, by the clock's local day. They only
 * ever move on: what has been dropped would otherwise come back in part, with
 * the late events alone. Months are kept for ever.
 */
export function floorsAt(
  nowMs: number | null,
  { keepDays, keepWeeks, zone }: Retention,
  before: StoredState['floors']
): StoredState['floors'] {
  if (nowMs === null) return before
  const today = dayOfMinute(zone, Math.floor(nowMs / MINUTE_MS))
  return {
    day: Math.max(before.day ?? -Infinity, today - keepDays),
    week: Math.max(before.week ?? -Infinity, bucketOf('week', today) - keepWeeks * WEEK_DAYS),
    month: null
  }
}
