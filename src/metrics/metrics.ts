import { EVENT_TYPES, type EventType } from '../event/event.js'

/** What an event adds to a metric: 1, its quantity, or price × quantity in minor units. */
export type Amount = 'one' | 'quantity' | 'revenue'

/**
 * A metric, declared once. The store's layout, the kernel's table, the board,
 * the API's routes and schemas follow from the list below.
 */
export interface Metric {
  /** As it is called in the API and in the history's columns. */
  readonly name: string
  readonly eventType: EventType
  readonly amount: Amount
  /** Unit of a value: the shop's currency for `revenue`, else the metric's own name. */
  readonly unit: 'count' | 'currency'
  /** The headline answer that ranks items by this metric; null where there is none. */
  readonly headline: Headline | null
}

export interface Headline {
  /** Last part of the route, `/v1/items/<path>`. */
  readonly path: string
  /** The member of `replay --json`. */
  readonly member: string
  /** One line for people. */
  readonly title: string
  /** Default window in minutes, at most the live window. */
  readonly windowMinutes: number
}

export const METRICS = [
  {
    name: 'views',
    eventType: 'page_visit',
    amount: 'one',
    unit: 'count',
    headline: { path: 'most-viewed', member: 'most_viewed', title: 'Most viewed items', windowMinutes: 60 }
  },
  {
    name: 'cart_adds',
    eventType: 'add_to_cart',
    amount: 'one',
    unit: 'count',
    headline: {
      path: 'most-carted',
      member: 'most_carted',
      title: 'Items most added to cart',
      windowMinutes: 1440
    }
  },
  { name: 'purchases', eventType: 'purchase', amount: 'one', unit: 'count', headline: null },
  { name: 'units', eventType: 'purchase', amount: 'quantity', unit: 'count', headline: null },
  {
    name: 'revenue',
    eventType: 'purchase',
    amount: 'revenue',
    unit: 'currency',
    headline: {
      path: 'top-grossing',
      member: 'top_grossing',
      title: 'Top grossing items',
      windowMinutes: 1440
    }
  }
] as const satisfies readonly Metric[]

export type MetricName = (typeof METRICS)[number]['name']

/** A metric with a headline, its number among all metrics and among the headlines (both from 0). */
export type HeadlineMetric = Metric & {
  readonly headline: Headline
  readonly index: number
  readonly order: number
}

/** The metrics that have a headline, in the order of their declaration: also their order on the board. */
export const HEADLINE_METRICS: readonly HeadlineMetric[] = (METRICS as readonly Metric[])
  .map((metric, index) => ({ ...metric, index }))
  .filter((metric): metric is Metric & { headline: Headline; index: number } => metric.headline !== null)
  .map((metric, order) => ({ ...metric, order }))

/** The number of a metric, as stores and tables have it. */
export function metricNumber(name: MetricName): number {
  return METRICS.findIndex((metric) => metric.name === name)
}

/** The number of an event type in a record. */
export function eventTypeNumber(type: EventType): number {
  return EVENT_TYPES.indexOf(type)
}
