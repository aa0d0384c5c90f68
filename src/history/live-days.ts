import { dayOfMinute, type ZoneTable } from '../base/time-zone.js'
import { METRICS } from '../metrics/metrics.js'
import type { Database } from './database.js'
import type { DayRows } from '../store/changes.js'

const MINUTES_A_DAY = 1440

/** From a minute on local time is `offset` minutes ahead of UTC. */
interface Stretch {
  readonly from: number
  readonly offset: number
}

type Stretches = readonly [Stretch, ...Stretch[]]

/** Live minutes by local day: what the tiers do not have yet. */
export interface LiveDays {
  readonly days: DayRows
  /** Buckets that end at or before it are sealed. Null: before the first event. */
  readonly oldestLiveDay: number | null
}

/** The live minutes of the last commit, added up by local day: what the tiers of days do not have yet. */
export async function readLiveDays(database: Database, zone: ZoneTable): Promise<LiveDays> {
  const [[oldest] = []] = await database.rows('SELECT oldest_live_minute FROM commits')
  const [[first, last] = []] = await database.rows('SELECT min(minute), max(minute) FROM live')
  return {
    days:
      typeof first === 'number' && typeof last === 'number'
        ? await daysOf(database, zone, first, last)
        : NONE,
    oldestLiveDay: typeof oldest === 'number' ? oldestDay(zone, oldest) : null
  }
}

const NONE: DayRows = {
  days: new Int32Array(0),
  items: new Uint32Array(0),
  amounts: METRICS.map(() => new BigUint64Array(0))
}

/** The oldest day that a live minute can have: where clocks go back over midnight, not that of the oldest minute. */
function oldestDay(zone: ZoneTable, oldest: number): number {
  const stretches = stretchesOf(zone, oldest, oldest + MINUTES_A_DAY - 1)
  return Math.min(...stretches.map(({ from }) => dayOfMinute(zone, from)))
}

async function daysOf(database: Database, zone: ZoneTable, first: number, last: number): Promise<DayRows> {
  const [{ offset }, ...later] = stretchesOf(zone, first, last)
  const dayAt = (minutes: number) => `floor((minute + ${minutes}) / ${MINUTES_A_DAY}.0)::INTEGER`
  const day = later.reduce(
    (before, stretch) =>
      `CASE WHEN minute >= ${stretch.from} THEN ${dayAt(stretch.offset)} ELSE ${before} END`,
    dayAt(offset)
  )
  const sums = METRICS.map((_, metric) => `coalesce(sum(amount) FILTER (metric = ${metric}), 0)::UBIGINT`)
  await database.run(
    `CREATE OR REPLACE TEMP TABLE live_days AS SELECT ${day} AS day, item, ${sums.join(', ')} FROM live GROUP BY ALL`
  )
  const [[count] = []] = await database.rows('SELECT count(*) FROM live_days')
  const rows = Number(count)
  const days = new Int32Array(rows)
  const items = new Uint32Array(rows)
  const amounts = METRICS.map(() => new BigUint64Array(rows))
  await database.read('FROM live_days', [days, items, ...amounts])
  await database.run('DROP TABLE live_days')
  return { days, items, amounts }
}

/** The stretches of one offset that the minutes [first, last] lie in, and where each begins among them. */
function stretchesOf({ fromMinutes, offsetMinutes }: ZoneTable, first: number, last: number): Stretches {
  const begun = Math.max(
    0,
    fromMinutes.findLastIndex((from) => from <= first)
  )
  const stretch = (place: number) => ({
    from: Math.max(first, fromMinutes[place] ?? 0),
    offset: offsetMinutes[place] ?? 0
  })
  const later: Stretch[] = []
  for (let place = begun + 1; (fromMinutes[place] ?? Infinity) <= last; place++) later.push(stretch(place))
  return [stretch(begun), ...later]
}
