import { formatMinor } from '../base/currency.js'
import { metricNumber, type MetricName } from '../metrics/metrics.js'
import { sumWithin, type LiveInstant, type MinuteSeries } from '../store/live.js'
import { exactInteger } from './serialise.js'
import type { ClockMode } from './shapes.js'
import { isoInstant, type AnswerOptions } from './top-items.js'

const MINUTE_MS = 60_000

export interface Interval {
  readonly start: string
  readonly end: string
}

/** Minutes [from, to), since the epoch, as an interval. */
export function intervalOf(from: number, to: number): Interval {
  return { start: instantOf(from), end: instantOf(to) }
}

/** When a minute since the epoch begins. */
export function instantOf(minute: number): string {
  return isoInstant(minute * MINUTE_MS)
}

/** The clock's minute at an instant; null before the first event. */
export function minuteOf({ nowMs }: LiveInstant): number | null {
  return nowMs === null ? null : Math.floor(nowMs / MINUTE_MS)
}

/** When and of what an answer is. */
export function instantWords(
  { nowMs, offset }: LiveInstant,
  { clock }: AnswerOptions
): { now: string | null; clock: ClockMode; offset: number } {
  return { now: nowMs === null ? null : isoInstant(nowMs), clock, offset }
}

/** Sum of a metric over the minutes [from, to) of a series. */
export function sumOf(series: MinuteSeries, metric: MetricName, from: number, to: number): bigint {
  return sumWithin(series, metricNumber(metric), from, to)
}

/** A part of a whole to six decimals; null where there is no whole. */
function ratio(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Math.round((Number(part) / Number(whole)) * 1e6) / 1e6
}

/** The relative change; null where there was nothing before. */
export function changeOf(value: bigint, previous: bigint): number | null {
  return previous === 0n ? null : Number(value - previous) / Number(previous)
}

export function money(value: bigint, { currency }: AnswerOptions): string {
  return formatMinor(value, currency.minorDigits)
}

/** A value with that of the day before. */
export function figure(value: bigint, previous: bigint) {
  return {
    value: exactInteger(value),
    previous: exactInteger(previous),
    change: changeOf(value, previous)
  }
}

/** Rates from view to cart to purchase. */
export function conversion(views: bigint, cartAdds: bigint, purchases: bigint) {
  return {
    view_to_cart: ratio(cartAdds, views),
    cart_to_purchase: ratio(purchases, cartAdds),
    view_to_purchase: ratio(purchases, views)
  }
}
