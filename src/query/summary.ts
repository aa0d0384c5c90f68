import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { METRICS, type MetricName } from '../metrics/metrics.js'
import type { LiveAnswerOf } from '../store/live.js'
import { exactness } from './exactness.js'
import type { Summary } from './insight-shapes.js'
import { customerBlurs, liveBlurs } from './live-blurs.js'
import { conversion, figure, instantWords, intervalOf, minuteOf, money, sumOf } from './live-words.js'
import { exactInteger } from './serialise.js'
import type { AnswerOptions } from './top-items.js'
import type { Window } from './window.js'

const METRIC_NAMES = METRICS.map(({ name }) => name)

/** The shop over the last minutes, against the same stretch of the day before. */
export function summaryOf(answer: LiveAnswerOf<'shop'>, window: Window, options: AnswerOptions): Summary {
  const { currency, memory } = options
  const current = minuteOf(answer)
  const to = (current ?? 0) + 1
  const from = to - window.minutes
  const span = { metrics: METRIC_NAMES, from, to }
  const dayBefore = { ...span, from: from - LIVE_WINDOW_MINUTES, to: to - LIVE_WINDOW_MINUTES }
  const now = (metric: MetricName) => sumOf(answer.series, metric, from, to)
  const before = (metric: MetricName) => sumOf(answer.dayBefore, metric, dayBefore.from, dayBefore.to)
  const of = (metric: MetricName) => figure(now(metric), before(metric))
  const [rates, ratesBefore] = [now, before].map((sum) =>
    conversion(sum('views'), sum('cart_adds'), sum('purchases'))
  ) as [ReturnType<typeof conversion>, ReturnType<typeof conversion>]
  const rate = (name: keyof ReturnType<typeof conversion>) => ({
    value: rates[name],
    previous: ratesBefore[name]
  })
  const order = average(now('revenue'), now('purchases'))
  const orderBefore = average(before('revenue'), before('purchases'))
  const active = (place: number) =>
    figure(BigInt(answer.active[place] ?? 0), BigInt(answer.activeBefore[place] ?? 0))
  return {
    data: {
      visits: of('views'),
      cart_adds: of('cart_adds'),
      purchases: of('purchases'),
      units: of('units'),
      revenue: { ...of('revenue'), formatted: money(now('revenue'), options) },
      average_order_value: {
        value: order === null ? null : exactInteger(order),
        formatted: order === null ? null : money(order, options),
        previous: orderBefore === null ? null : exactInteger(orderBefore)
      },
      conversion: {
        view_to_cart: rate('view_to_cart'),
        cart_to_purchase: rate('cart_to_purchase'),
        view_to_purchase: rate('view_to_purchase')
      },
      active_customers: { '5m': active(0), '1h': active(1), '24h': active(2) }
    },
    meta: {
      currency: currency.code,
      minor_units: currency.minorDigits,
      window: window.text,
      interval: current === null ? null : intervalOf(from, to),
      previous_interval: current === null ? null : intervalOf(dayBefore.from, dayBefore.to),
      ...instantWords(answer, options),
      ...exactness([
        ...liveBlurs(answer.losses, [span, dayBefore], memory),
        ...customerBlurs(answer.losses, to - LIVE_WINDOW_MINUTES * 2, memory)
      ])
    }
  }
}

/** Rounded half up; null where there is none. */
function average(sum: bigint, count: bigint): bigint | null {
  return count === 0n ? null : (sum * 2n + count) / (count * 2n)
}
