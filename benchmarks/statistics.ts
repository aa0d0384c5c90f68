/** The middle value; of an even number of values the mean of the two in the middle. Throws when there is none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of nothing')
  return (lower + upper) / 2
}

/** Latencies in ms; null where nothing was measured. */
export interface Latencies {
  readonly count: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number | null
}

/** Percentiles by nearest rank: a value that was measured. */
export function latenciesOf(values: readonly number[]): Latencies {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? null
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

/**
 * How much a value rises for each unit of `at`: the median of the slopes between all
 * pairs of points, which single outliers do not move. Source: P. K. Sen, Estimates of
 * the Regression Coefficient Based on Kendall's Tau, JASA 63 (1968). 0 where there is no pair.
 */
export function slopeOf(points: readonly (readonly [at: number, value: number])[]): number {
  const slopes = points.flatMap(([at, value], index) =>
    points
      .slice(index + 1)
      .filter(([otherAt]) => otherAt !== at)
      .map(([otherAt, otherValue]) => (otherValue - value) / (otherAt - at))
  )
  return slopes.length === 0 ? 0 : median(slopes)
}
