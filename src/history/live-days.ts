import { dayOfMinute, minuteOfDay, type ZoneTable } from '../base/time-zone.js'
import { METRICS } from '../metrics/metrics.js'
import type { Database } from './database.js'
import type { Uncommitted } from './history.js'

/** The live minutes of the last commit, added up by local day: what the tiers of days do not have yet. */
export async function readLiveDays(database: Database, zone: ZoneTable): Promise<Uncommitted> {
  const [[oldest] = []] = await database.rows('SELECT oldest_live_minute FROM commits')
  const [[first, last] = []] = await database.rows('SELECT min(minute), max(minute) FROM live')
  const oldestLiveDay = typeof oldest === 'number' ? dayOfMinute(zone, oldest) : null
  const rows =
    typeof first === 'number' && typeof last === 'number' ? await daysOf(database, zone, first, last) : []
  const amounts = METRICS.map((_, metric) => BigUint64Array.from(rows, (row) => row[metric + 2] as bigint))
  return {
    days: {
      days: Int32Array.from(rows, ([day]) => Number(day)),
      items: Uint32Array.from(rows, ([, item]) => Number(item)),
      amounts
    },
    newItems: { first: 0, ids: [] },
    sketches: { days: new Int32Array(0), registers: new Uint8Array(0) },
    oldestLiveDay
  }
}

function daysOf(database: Database, zone: ZoneTable, first: number, last: number) {
  const begins: string[] = []
  for (let day = dayOfMinute(zone, first) + 1; day <= dayOfMinute(zone, last); day++) {
    begins.push(`WHEN minute < ${minuteOfDay(zone, day)} THEN ${day - 1}`)
  }
  const lastDay = dayOfMinute(zone, last)
  const day = begins.length === 0 ? `${lastDay}` : `CASE ${begins.join(' ')} ELSE ${lastDay} END`
  const sums = METRICS.map((_, metric) => `coalesce(sum(amount) FILTER (metric = ${metric}), 0)`)
  return database.rows(`SELECT ${day} AS day, item, ${sums.join(', ')} FROM live GROUP BY ALL`)
}
