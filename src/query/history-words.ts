import type { Currency } from '../base/currency.js'
import type { CommitReport } from '../ingest/messages.js'
import { METRICS, type Metric } from '../metrics/metrics.js'
import type { BucketStatus, SeriesMetric } from './history-shapes.js'

/** The shop's settings that answers of the history depend on. */
export interface ShopOptions {
  readonly currency: Currency
  /** IANA name of the zone that days are of. */
  readonly timeZone: string
  /** Whether sealed buckets keep only some of their items: which these are is settled after they are sealed. */
  readonly isBounded: boolean
}

/** What a metric's values are in. */
export function unitOf(metric: SeriesMetric, currency: Currency): { unit: string; minor_units: number } {
  const declared = (METRICS as readonly Metric[]).find(({ name }) => name === metric)
  return declared?.unit === 'currency'
    ? { unit: currency.code, minor_units: currency.minorDigits }
    : { unit: metric, minor_units: 0 }
}

export function statusOf({ sealed, expired }: { sealed: boolean; expired: boolean }): BucketStatus {
  if (expired) return 'expired'
  return sealed ? 'sealed' : 'open'
}

/** Where an answer stands. A lasting one says nothing of it: it is the same, byte for byte, at any later commit. */
export function asOf(
  commit: CommitReport | null,
  isLasting: boolean
): { commit: number | null; offset: number | null } {
  return isLasting
    ? { commit: null, offset: null }
    : { commit: commit?.number ?? 0, offset: commit?.offset ?? 0 }
}
