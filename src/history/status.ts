import { statSync } from 'node:fs'
import { bucketName, GRANULARITIES } from '../base/civil-date.js'
import { METRICS } from '../metrics/metrics.js'
import type { Database } from './database.js'
import type { Conservation, TierStatus, Uncommitted } from './history.js'
import { METRIC_COLUMNS } from './schema.js'

/** What the status says of what is stored: it changes with a commit and with ageing only. */
export interface StoredStatus {
  readonly tiers: readonly TierStatus[]
  readonly conservation: Omit<Conservation, 'uncommittedEvents'>
}

const MINUTE_MS = 60_000

/** Metrics that count events of their type: each accepted event is in exactly one of them. */
const COUNTING = METRICS.flatMap(({ amount }, index) => (amount === 'one' ? [index] : []))

/** Reads all tiers from end to end. */
export async function readStoredStatus(database: Database): Promise<StoredStatus> {
  const [[liveRows, oldestMinute, liveEvents] = []] = await database.rows(`
    SELECT count(*), min(minute), coalesce(sum(amount) FILTER (metric IN (${COUNTING.join()})), 0) FROM live`)
  const oldest =
    typeof oldestMinute === 'number'
      ? `${new Date(oldestMinute * MINUTE_MS).toISOString().slice(0, 16)}Z`
      : null
  const tiers: TierStatus[] = [{ tier: 'live', rows: Number(liveRows), oldest }]
  const events = { day: 0n, week: 0n, month: 0n }
  const sums = COUNTING.map((index) => `coalesce(sum(${METRIC_COLUMNS[index] ?? ''}), 0)`).join(' + ')
  for (const tier of GRANULARITIES) {
    const [[rows, first, sum] = []] = await database.rows(
      `SELECT count(*), min(bucket), ${sums} FROM "${tier}"`
    )
    tiers.push({
      tier,
      rows: Number(rows),
      oldest: typeof first === 'number' ? bucketName(tier, first) : null
    })
    events[tier] = sum as bigint
  }
  return {
    tiers,
    conservation: {
      liveEvents: liveEvents as bigint,
      dayEvents: events.day,
      weekEvents: events.week,
      monthEvents: events.month
    }
  }
}

/** Events that are not stored yet. */
export function uncommittedEvents({ days }: Uncommitted): bigint {
  let events = 0n
  for (const index of COUNTING) for (const amount of days.amounts[index] ?? []) events += amount
  return events
}

/** The database with its log. */
export function databaseBytes(path: string | null): number {
  if (path === null) return 0
  const size = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return size(path) + size(`${path}.wal`)
}
