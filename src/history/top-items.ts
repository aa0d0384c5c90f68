import { nextBucket, previousBucket } from '../base/civil-date.js'
import { isSealed } from './buckets.js'
import type { Database } from './database.js'
import type { DaysAnswer, DaysQuestion, TopAnswer, TopQuestion } from './history.js'
import type { LiveDays } from './live-days.js'
import { piecesOf } from './pieces.js'
import { stage, topRows } from './ranked.js'
import type { StoredState } from './state.js'

/** Ranks the items of a bucket, its tier's rows and live minutes together. */
export async function readTopItems(
  database: Database,
  { floors }: StoredState,
  question: TopQuestion,
  live: LiveDays
): Promise<TopAnswer> {
  const { metric, granularity: tier, bucket, limit } = question
  const floor = floors[tier] ?? -Infinity
  const previousStart = previousBucket(tier, bucket)
  const isKept = bucket >= floor
  const from = previousStart >= floor ? previousStart : bucket
  const pieces = isKept ? [{ tier, from, to: nextBucket(tier, bucket) }] : []
  const { items, ...staged } = await stage(database, { metric, pieces, boundary: bucket }, live.days)
  return {
    rows: isKept ? await topRows(database, limit, staged.otherBefore > 0n) : [],
    totalItems: items,
    ...staged,
    sealed: isSealed(tier, bucket, live.oldestLiveDay),
    expired: !isKept,
    previousStart
  }
}

/** Ranks the items of some days, from the tiers that have them. */
export async function readTopOfDays(
  database: Database,
  { floors }: StoredState,
  { metric, fromDay, toDay, compare, limit }: DaysQuestion,
  live: LiveDays
): Promise<DaysAnswer> {
  const now = piecesOf(fromDay, toDay, floors)
  const before = compare ? piecesOf(2 * fromDay - toDay, fromDay, floors) : []
  const lacking = now === null ? 'days' : before === null ? 'days-before' : null
  const pieces = now === null || before === null ? [] : [...before, ...now]
  const { items, ...staged } = await stage(database, { metric, pieces, boundary: fromDay }, live.days)
  return {
    rows: await topRows(database, limit, staged.otherBefore > 0n),
    totalItems: items,
    ...staged,
    sealed: isSealed('day', toDay - 1, live.oldestLiveDay),
    lacking,
    floors: { day: floors.day, week: floors.week }
  }
}
