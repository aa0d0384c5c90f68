import { isDeepStrictEqual } from 'node:util'
import type { Granularity } from '../base/civil-date.js'
import type { Commit } from '../store/commit.js'
import { bytesOf, type Database } from './database.js'
import { isShipping } from './outbox.js'

/** What the last commit left that the next one and the questions need. */
export interface StoredState {
  /** Number of the last commit; 0: none. */
  readonly commit: number
  /** Items stored: the next one gets this number plus 1. */
  readonly items: number
  /** Buckets that begin earlier have been dropped; they do not come back. Null: none have. */
  readonly floors: Readonly<Record<Granularity, number | null>>
  /** Whether what changes is noted in the outbox. */
  readonly isShipping: boolean
}

export async function readState(database: Database): Promise<StoredState> {
  const [commit] = await database.rows('SELECT number, day_floor, week_floor FROM commits')
  const [[items] = []] = await database.rows('SELECT count(*) FROM items')
  return {
    commit: Number(commit?.[0] ?? 0),
    items: Number(items),
    floors: { day: floor(commit?.[1]), week: floor(commit?.[2]), month: null },
    isShipping: await isShipping(database)
  }
}

/**
 * Whether the last commit is this one, which then need not be written again. Two
 * that follow the same commit and agree in what they count are one: each line
 * changes a counter, each minute the clock.
 */
export async function isStored(database: Database, commit: Commit): Promise<boolean> {
  const [row] = await database.rows('SELECT now_ms, oldest_live_minute, counters, pending FROM commits')
  if (row === undefined) return false
  const [nowMs, oldestLiveMinute, counters, pending] = row
  return (
    (nowMs === null ? null : Number(nowMs)) === commit.nowMs &&
    oldestLiveMinute === commit.oldestLiveMinute &&
    isDeepStrictEqual(new Float64Array(bytesOf(counters).buffer), commit.counters.slice()) &&
    Buffer.compare(bytesOf(pending), commit.pending) === 0
  )
}

function floor(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
