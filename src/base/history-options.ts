/** What a history is kept in, and how much of it. */
export interface HistoryOptions {
  /** The database's file; its directory must exist. Null: in memory. */
  readonly path: string | null
  /** IANA name of the zone that days are of; fixed for a database. */
  readonly timeZone: string
  /** ISO 4217; fixed for a database. */
  readonly currency: string
  /** Days before the clock's own that the day tier keeps. */
  readonly keepDays: number
  /** Weeks before the clock's own that the week tier keeps. */
  readonly keepWeeks: number
  /** Sealed buckets keep this many items, the greatest by revenue, then purchases, then views. Null: all. */
  readonly maxItemsPerBucket: number | null
  readonly memoryLimitMb: number
  /** 8 bytes: the seed that a database gets when it has to be made; a random one by default. */
  readonly newSeed?: Uint8Array
}
