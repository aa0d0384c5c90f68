import { dayOfMinute, timeZoneTable } from '../base/time-zone.js'
import type { HistoryDays } from '../store/store.js'

/** Customers are counted by day for so long ahead of the process's start; days. */
const DAYS_AHEAD = 5 * 366

const MINUTE_MS = 60_000

/** What the store needs to know of days in a time zone. */
export function historyDays(timeZone: string): HistoryDays {
  const table = timeZoneTable(timeZone)
  return { ...table, lastDay: dayOfMinute(table, Math.floor(Date.now() / MINUTE_MS)) + DAYS_AHEAD }
}
