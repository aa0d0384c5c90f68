import type { Granularity } from '../base/civil-date.js'
import { METRICS } from '../metrics/metrics.js'
import type { Counts } from '../store/board.js'
import type { Losses } from '../store/losses.js'

/**
 * What has changed since the last shipment, as absolute values: to apply it
 * twice, or after a part of a later one, changes nothing.
 */
export interface Shipment {
  readonly state: ShippedState
  /** Greater than that of any shipment before it, over restarts: what was sent later holds. */
  readonly version: bigint
  /** How many lines `text` has. */
  readonly rows: number
  /**
   * A line a cell, ended by a line feed, columns parted by tabs: tier (place in `SHIPPED_TIERS`), metric (its
   * number, or `CUSTOMERS`), bucket (the first day, or the minute since the epoch), kind
   * (place in `SHIPPED_KINDS`), item id, amount (0: there is no such cell any more), registers of customers as
   * `[0,3,…]` (of minutes only those above 0, see `RANKS`). In ids a backslash, tab, line feed, carriage return and NUL are `\\`, `\t`, `\n`, `\r` and `\0`.
   */
  readonly text: string
}

/** What a receiver has of a history: of which, and the version of the last shipment. */
export interface Received extends Pick<ShippedState, 'instance'> {
  readonly version: bigint
  /** Whether what had come before was removed, so that all of it has to go again. */
  readonly isVoid: boolean
}

/** With what shipping begins, or goes on. */
export interface Begun extends Pick<ShippedState, 'instance'> {
  /** The last commit of which all has arrived; 0: none. */
  readonly shipped: number
}

/** Where a collector stands with a shipment. */
export interface ShippedState {
  /** Names the database since it began to ship: no other has the name. */
  readonly instance: string
  /** That of the shipment. */
  readonly version: string
  /** Number of the commit. */
  readonly commit: number
  /** False: more of the commit is to come, and what is there is neither this commit nor the one before. */
  readonly isWhole: boolean
  /** The clock, epoch ms; null before the first event. */
  readonly nowMs: number | null
  /** Live cells of earlier minutes count no more: they are in their days. */
  readonly oldestLiveMinute: number
  /** Days and weeks that begin earlier are not kept. */
  readonly floors: Readonly<Record<Granularity, number | null>>
  /** Byte of its source up to which everything is included; 0 for a stream. */
  readonly offset: number
  readonly counts: Counts
  /** Events whose minute has not begun. */
  readonly waiting: number
  readonly losses: Losses
}

/**
 * `live`, `day`, `week` and `month` have cells of items. `minutes` has the sums and
 * the customers of each live minute, `before` the sums of those of the day before.
 */
export const SHIPPED_TIERS = ['live', 'day', 'week', 'month', 'minutes', 'before'] as const

/** Whom an amount is of: an item, no item, the folded tail of a bucket, items that there was no memory for, or all of them. */
export const SHIPPED_KINDS = ['item', 'none', 'folded', 'unknown', 'all'] as const

/** The number of a row that has registers of customers (of `src/history/distinct-count.ts`) in place of an amount. */
export const CUSTOMERS = METRICS.length

/** Of a minute a register is told as its number times this, and its rank, which is less. */
export const RANKS = 64
