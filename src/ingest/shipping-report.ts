/** To which ClickHouse commits are shipped, and in whose name. */
export interface ShippingSetup {
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Unique among the collectors of one ClickHouse, the same for ever. */
  readonly collector: string
  /** How long the end waits for what is not shipped yet, as long as the server answers; ms. */
  readonly drainMs: number
}

/** How far shipping has come. */
export interface ShippingReport {
  /** The last commit of which all has arrived; 0: none in this run. */
  readonly shipped: number
  /** Since when something has been waiting to be shipped, epoch ms; null: nothing is. */
  readonly waitingSinceMs: number | null
  /** Rows and bytes that have arrived in this run. */
  readonly rows: number
  readonly bytes: number
  /** Why the last try failed; null: it did not. */
  readonly error: string | null
}
