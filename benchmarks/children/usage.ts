/** What a child has used from its start to its exit. */
export interface Usage {
  readonly peakRssBytes: number
  /** On all processors; ms. */
  readonly cpuMs: number
}

/** The descriptor on which a child tells it, as JSON. */
export const USAGE_DESCRIPTOR = 3
