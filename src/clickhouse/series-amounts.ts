import { SHIPPED_KINDS } from '../history/shipment.js'

const [FOLDED, UNKNOWN] = [SHIPPED_KINDS.indexOf('folded'), SHIPPED_KINDS.indexOf('unknown')]

/** What a series is made of: an amount of a metric, in a bucket of a collector. */
export interface SeriesAmount {
  readonly kind: number
  readonly metric: number
  readonly collector: string
  readonly bucket: number
  readonly amount: bigint
}

/** Buckets in which an item is told apart by some collector, is in the folded tail of one, or may be among those without memory. */
export interface Kept {
  readonly kept: ReadonlySet<number>
  readonly lacking: ReadonlySet<number>
  readonly unknown: ReadonlySet<number>
}

/** Of the whole shop. */
export const ALL_KEPT: Kept = { kept: new Set(), lacking: new Set(), unknown: new Set() }

/** Any amount of an item in a bucket says that its collector tells it apart there. */
export function keptOf(amounts: readonly SeriesAmount[]): Kept {
  const placesOf = (kind: number) => amounts.filter((row) => row.kind === kind)
  const keyOf = ({ collector, bucket }: SeriesAmount) => `${bucket} ${collector}`
  const kept = new Set(placesOf(0).map(keyOf))
  const lacking = placesOf(FOLDED).filter((row) => !kept.has(keyOf(row)))
  const buckets = (rows: readonly SeriesAmount[]) => new Set(rows.map(({ bucket }) => bucket))
  return { kept: buckets(placesOf(0)), lacking: buckets(lacking), unknown: buckets(placesOf(UNKNOWN)) }
}
