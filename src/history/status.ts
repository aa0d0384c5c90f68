import { statSync } from 'node:fs'
import { bucketName, bucketOf, GRANULARITIES, nextBucket, type Granularity } from '../base/civil-date.js'
import * as abi from '../kernel/abi.js'
import { METRICS } from '../metrics/metrics.js'
import { bytesOf, type Database } from './database.js'
import type { Conservation, TierStatus } from './history.js'
import { METRIC_COLUMNS } from './schema.js'
import type { StoredState } from './state.js'

/** What the status says of what is stored: it changes with a commit and with ageing only. */
export interface StoredStatus {
  readonly tiers: readonly TierStatus[]
  readonly conservation: Conservation
}

const MINUTE_MS = 60_000
/** DuckDB's block. */
const BLOCK_BYTES = 262_144

/** Metrics that count events of their type: each accepted event is in exactly one of them. */
const COUNTING = METRICS.flatMap(({ amount }, index) => (amount === 'one' ? [index] : []))

const EVENTS = COUNTING.map((index) => `coalesce(sum(${METRIC_COLUMNS[index] ?? ''}), 0)`).join(' + ')

/**
 * Adds up the events of each tier from its rows. Every bucket is read once;
 * after that only those that were written to since, so that a year of days
 * costs its third of a second once.
 */
export class StatusReader {
  readonly #events: Readonly<Record<Granularity, Map<number, bigint>>> = {
    day: new Map(),
    week: new Map(),
    month: new Map()
  }
  /** Buckets to be read again; null: all. */
  readonly #unread: Record<Granularity, Set<number> | null> = { day: null, week: null, month: null }
  #stored: StoredStatus | null = null

  /** Takes note that the rows of some buckets have changed, of a commit also when it changed none. */
  changed(tier: Granularity, buckets: Iterable<number>): void {
    this.#stored = null
    for (const bucket of buckets) this.#unread[tier]?.add(bucket)
  }

  async read(database: Database, floors: StoredState['floors']): Promise<StoredStatus> {
    this.#stored ??= await this.#readStored(database, floors)
    return this.#stored
  }

  async #readStored(database: Database, floors: StoredState['floors']): Promise<StoredStatus> {
    const [[liveRows, oldestMinute, liveEvents] = []] = await database.rows(`
      SELECT count(*), min(minute), coalesce(sum(amount) FILTER (metric IN (${COUNTING.join()})), 0) FROM live`)
    const tiers: TierStatus[] = [
      {
        tier: 'live',
        rows: Number(liveRows),
        bytes: await blockBytesOf(database, 'live'),
        oldest: typeof oldestMinute === 'number' ? instant(oldestMinute) : null
      }
    ]
    const events = { day: 0n, week: 0n, month: 0n }
    for (const tier of GRANULARITIES) {
      const [[rows, first] = []] = await database.rows(`SELECT count(*), min(bucket) FROM "${tier}"`)
      const oldest = typeof first === 'number' ? first : Infinity
      tiers.push({
        tier,
        rows: Number(rows),
        bytes: await blockBytesOf(database, tier),
        oldest: oldest === Infinity ? null : bucketName(tier, oldest)
      })
      events[tier] = await this.#eventsOf(database, tier, oldest)
    }
    return {
      tiers,
      conservation: {
        ...(await accountedFor(database)),
        liveEvents: liveEvents as bigint,
        dayEvents: events.day,
        weekEvents: events.week,
        monthEvents: events.month,
        ...this.#differences(floors)
      }
    }
  }

  /** What days and weeks have more than months from where on all of them are kept, in whole buckets of both. */
  #differences({ day, week }: StoredState['floors']): Pick<Conservation, 'dayDifference' | 'weekDifference'> {
    const from = (tier: Granularity, first: number) =>
      [...this.#events[tier]].reduce((sum, [bucket, events]) => (bucket >= first ? sum + events : sum), 0n)
    const firstMonth = firstWhole('month', day ?? -Infinity)
    const firstWeek = firstWhole('week', Math.max(day ?? -Infinity, week ?? -Infinity))
    return {
      dayDifference: from('day', firstMonth) - from('month', firstMonth),
      weekDifference: from('week', firstWeek) - from('day', firstWeek)
    }
  }

  /** Events of a tier whose first bucket is `oldest`: earlier ones have been dropped. */
  async #eventsOf(database: Database, tier: Granularity, oldest: number): Promise<bigint> {
    const events = this.#events[tier]
    const unread = this.#unread[tier]
    if (unread?.size !== 0) {
      const where = unread === null ? '' : `WHERE bucket IN (${[...unread].join()})`
      const rows = await database.rows(`SELECT bucket, ${EVENTS} FROM "${tier}" ${where} GROUP BY bucket`)
      for (const [bucket, sum] of rows) events.set(Number(bucket), sum as bigint)
      this.#unread[tier] = new Set()
    }
    let total = 0n
    for (const [bucket, sum] of events) {
      if (bucket < oldest) events.delete(bucket)
      else total += sum
    }
    return total
  }
}

/** The first bucket that begins on a day or later. */
function firstWhole(tier: Granularity, day: number): number {
  if (day === -Infinity) return day
  const start = bucketOf(tier, day)
  return start === day ? day : nextBucket(tier, start)
}

/** What the accounting of the last commit says. */
async function accountedFor(
  database: Database
): Promise<Pick<Conservation, 'acceptedEvents' | 'waitingEvents'>> {
  const [[counters, pending] = []] = await database.rows('SELECT counters, pending FROM commits')
  // The revenue comes last; an older footfall had fewer counters.
  const counts = new Float64Array(bytesOf(counters).buffer).subarray(0, -1)
  // A line with several items is an event for each of them.
  const events = (counts[abi.COUNT_ACCEPTED] ?? 0) + (counts[abi.COUNT_CONTINUED] ?? 0)
  return {
    acceptedEvents: BigInt(events),
    waitingEvents: BigInt(bytesOf(pending).length / abi.PENDING_BYTES)
  }
}

/** Bytes of the blocks in the file that a table has a part in; what is only in the log or in memory is not there yet. */
async function blockBytesOf(database: Database, table: string): Promise<number> {
  const [[blocks] = []] = await database.rows(
    `SELECT count(DISTINCT block_id) FROM pragma_storage_info('${table}') WHERE block_id >= 0`
  )
  return Number(blocks) * BLOCK_BYTES
}

/** The database with its log. */
export function databaseBytes(path: string | null): number {
  if (path === null) return 0
  const size = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return size(path) + size(`${path}.wal`)
}

function instant(minute: number): string {
  return `${new Date(minute * MINUTE_MS).toISOString().slice(0, 16)}Z`
}
