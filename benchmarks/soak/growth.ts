import { median, slopeOf } from '../statistics.js'
import type { SoakResult } from './soak.js'

/** How a figure moved in a run, its warm-up left out. */
export interface Trend {
  readonly name: string
  readonly unit: string
  /** Median of the first third, and of the last. */
  readonly first: number
  readonly last: number
  /** Slope by Theil and Sen. */
  readonly perHour: number
  readonly grows: boolean
}

/** Part of a run in which code is compiled, caches and the engine's memory fill. */
const WARM_UP = 0.25

/**
 * What must not grow. The store fills by design until it has 24 hours, so memory is
 * what the process has besides it. A figure grows when its last third is above the
 * first by more than noise: a tenth of it, and the figure's own allowance.
 */
export function trendsOf({ samples, freshness }: Pick<SoakResult, 'samples' | 'freshness'>): Trend[] {
  const memory = at(samples, ({ rssBytes, storeBytes }) => (rssBytes - storeBytes) / 2 ** 20)
  const answered = freshness.map(({ atSeconds, ms }) => [atSeconds, ms] as const)
  return [
    trendOf('memory besides the store', 'MiB', 16, memory),
    trendOf(
      'descriptors',
      '',
      2,
      at(samples, ({ descriptors }) => descriptors)
    ),
    trendOf(
      'threads',
      '',
      1,
      at(samples, ({ threads }) => threads)
    ),
    trendOf(
      'lag',
      'bytes',
      65_536,
      at(samples, ({ lagBytes }) => lagBytes)
    ),
    trendOf('freshness', 'ms', 50, answered)
  ]
}

function at<T extends { readonly seconds: number }>(all: readonly T[], value: (one: T) => number) {
  return all.map((one) => [one.seconds, value(one)] as const)
}

function trendOf(
  name: string,
  unit: string,
  allowance: number,
  all: readonly (readonly [number, number])[]
): Trend {
  const until = (all.at(-1)?.[0] ?? 0) * WARM_UP
  const points = all.filter(([seconds]) => seconds >= until)
  const third = Math.ceil(points.length / 3)
  const middle = (some: typeof points) => (some.length === 0 ? 0 : median(some.map(([, value]) => value)))
  const first = middle(points.slice(0, third))
  const last = middle(points.slice(-third))
  // All pairs of an hour's markers would be millions.
  const step = Math.ceil(points.length / 500)
  const thinned = points.filter((_, index) => index % step === 0)
  const perHour = slopeOf(thinned) * 3600
  return { name, unit, first, last, perHour, grows: last - first > Math.max(allowance, first / 10) }
}
