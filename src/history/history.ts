/**
 * What the history keeps and answers, without a word of how: another engine
 * can take DuckDB's place behind this interface.
 *
 * Every accepted event is in exactly one place: in a minute of the live window
 * or in its day. Weeks and months are sums of days and stay when the days go.
 *
 * Numbers of items: 0 is "no item" (a visit of a page without one), 1 the
 * first item, `OTHER_ITEM` what was folded together. Days are numbers of local
 * days (`src/base/civil-date.ts`), minutes count since the epoch in UTC.
 */
import type { Granularity } from '../base/civil-date.js'
import type { MetricName } from '../metrics/metrics.js'
import type { Commit, LastCommit } from '../store/commit.js'
import type { Begun, Received, Shipment } from './shipment.js'

export type { Granularity } from '../base/civil-date.js'

/** Number of "no item". */
export const NO_ITEM = 0

/** Number of the item that the tail of a bucket is folded into, and what it is called. */
export const OTHER_ITEM = 0xffff_ffff
export const OTHER_ITEM_NAME = '(other)'

/** Number of the items that there was no memory for, called `(other)` too; any item may have a part in it. */
export { UNKNOWN_ITEMS } from '../store/changes.js'

export interface Committed {
  /** Number of the commit, from 1. */
  readonly commit: number
}

export interface SeriesQuestion {
  readonly metric: MetricName | 'customers'
  readonly granularity: Granularity
  /**
   * Half-open. The bucket that `fromDay` is in is included whole; buckets that
   * begin at `toDay` or later are not. Null: from the first, through the last
   * bucket of the whole shop that holds anything.
   */
  readonly fromDay: number | null
  readonly toDay: number | null
  /** Null: the whole shop, "no item" and `(other)` included. */
  readonly itemId: string | null
}

export interface SeriesBucket {
  /** Its first day. */
  readonly start: number
  /** Customers are estimated, all else is exact. */
  readonly value: bigint
  /** Whether the live window has left it. */
  readonly sealed: boolean
  /** Whether it is older than what is kept: its value is 0 and says nothing. */
  readonly expired: boolean
  /** Whether the item is not among those that were kept of it: its value is part of `(other)`, and not known. */
  readonly folded: boolean
  /** Whether a part of the item's value, or all of it, may be among the items that there was no memory for. */
  readonly partial: boolean
}

export interface TopQuestion {
  readonly metric: MetricName
  readonly granularity: Granularity
  /** First day of the bucket. */
  readonly bucket: number
  readonly limit: number
}

export interface TopRow {
  readonly itemId: string
  readonly value: bigint
  /** Of the bucket before, null where it may be part of `(other)`; its rank there from 1, null where there is no value. */
  readonly previous: bigint | null
  readonly previousRank: number | null
}

/** "No item" and `(other)` are in `sum`, but neither ranked nor counted. */
export interface Ranking {
  /** By value, greatest first, then by the bytes of the id; values above 0. */
  readonly rows: readonly TopRow[]
  /** Items with a value above 0. */
  readonly totalItems: number
  /** The whole shop. */
  readonly sum: bigint
  /** What was folded into `(other)`, and what there was no memory for. */
  readonly other: bigint
  /** The same of the bucket, or the days, before. */
  readonly otherBefore: bigint
  readonly sealed: boolean
}

export interface TopAnswer extends Ranking {
  readonly expired: boolean
  /** First day of the bucket before. */
  readonly previousStart: number
}

export interface DaysQuestion {
  readonly metric: MetricName
  /** Half-open, at least one day. */
  readonly fromDay: number
  readonly toDay: number
  /** Whether rows have what they had in as many days before; else it is 0. */
  readonly compare: boolean
  readonly limit: number
}

export interface DaysAnswer extends Ranking {
  /** Which days are not kept, or only as a part of longer buckets: then there is no ranking. */
  readonly lacking: 'days' | 'days-before' | null
  /** First day and first week that are kept; null: all of them. */
  readonly floors: { readonly day: number | null; readonly week: number | null }
}

export type Tier = 'live' | Granularity

export interface TierStatus {
  readonly tier: Tier
  readonly rows: number
  /** In the file, by whole blocks; rows that are only in its log are not in it yet. */
  readonly bytes: number
  /** Name of the oldest bucket, or the oldest minute as `2026-11-20T09:15Z`. */
  readonly oldest: string | null
}

/**
 * Events (views, adds to cart, purchases) as of the last commit: what its
 * accounting says, and what the rows themselves add up to. Every accepted event
 * is in exactly one place: `accepted = live + month + waiting`. `week` and `day`
 * equal `month` until retention takes rows from them; then from the first month on
 * of which all days and weeks are kept.
 */
export interface Conservation {
  readonly acceptedEvents: bigint
  /** Ahead of the wall clock: they wait for their minute. */
  readonly waitingEvents: bigint
  readonly liveEvents: bigint
  readonly dayEvents: bigint
  readonly weekEvents: bigint
  readonly monthEvents: bigint
  /** Events of those months that days have more, or less, and weeks: 0. */
  readonly dayDifference: bigint
  readonly weekDifference: bigint
}

export interface HistoryStatus {
  /** Number of the last commit; 0: none. */
  readonly commit: number
  readonly tiers: readonly TierStatus[]
  /** The database's files; 0 in memory. */
  readonly databaseBytes: number
  readonly conservation: Conservation
  /** Why folding and compaction last failed, null when they did not. Nothing is lost by that but room. */
  readonly ageingFailure: string | null
}

/**
 * Calls may overlap: they are carried out one after the other, in the order of
 * the calls. Expected failures are `FootfallError`s: `history` when the
 * database cannot be read or written, `usage` for a question that has no answer.
 */
export interface History {
  /** 8 random bytes, made with the database and the same for ever: seed of the customers' hashes. */
  readonly seed: Uint8Array
  /** The state at the last commit; null when nothing was committed. */
  restore(): Promise<LastCommit | null>
  /**
   * All of it or nothing. When it rejects, the last commit stays valid and the
   * same must be handed over again before anything else is: it may have been
   * stored all the same, and is then not written twice.
   */
  commit(commit: Commit): Promise<Committed>
  /**
   * One element a bucket, zeros included; none when the history is empty. Rejects
   * for the customers of an item. As of the last commit, here and below, its live
   * minutes included.
   */
  series(question: SeriesQuestion): Promise<readonly SeriesBucket[]>
  topItems(question: TopQuestion): Promise<TopAnswer>
  topOfDays(question: DaysQuestion): Promise<DaysAnswer>
  status(): Promise<HistoryStatus>
  /**
   * From now on, and after every opening, what changes is kept for shipments, beginning
   * with all that there is. `receiver`: what it has of this history, null for nothing:
   * then all of it goes once more. Rejects with `usage` where it has something else.
   */
  beginShipping(receiver: Received | null): Promise<Begun>
  /** What has not been shipped yet, at most so many rows of it; null: nothing. */
  readShipment(maxRows: number): Promise<Shipment | null>
  /** Takes note that the shipment that was read last has arrived; what has changed meanwhile goes with the next one. */
  markShipped(shipment: Shipment): Promise<void>
  /** Gives up what was asked for: all of it rejects, a commit too, unless it is stored already. After it, only `close`. */
  interrupt(): void
  /** Finishes what was asked for, then closes. */
  close(): Promise<void>
}
