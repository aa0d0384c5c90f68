import type { Granularity } from '../base/civil-date.js'
import type { Database } from './database.js'

/** What the last commit left that the next one and the questions need. */
export interface StoredState {
  /** Number of the last commit; 0: none. */
  readonly commit: number
  /** Items stored: the next one gets this number plus 1. */
  readonly items: number
  /** Buckets that begin earlier have been dropped; they do not come back. Null: none have. */
  readonly floors: Readonly<Record<Granularity, number | null>>
}

export async function readState(database: Database): Promise<StoredState> {
  const [commit] = await database.rows('SELECT number, day_floor, week_floor FROM commits')
  const [[items] = []] = await database.rows('SELECT count(*) FROM items')
  return {
    commit: Number(commit?.[0] ?? 0),
    items: Number(items),
    floors: { day: floor(commit?.[1]), week: floor(commit?.[2]), month: null }
  }
}

function floor(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
