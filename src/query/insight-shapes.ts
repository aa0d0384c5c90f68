import Type, { type Static } from 'typebox'
import { MAX_ROWS, MAX_SERIES } from '../base/limits.js'
import { METRICS } from '../metrics/metrics.js'
import { EXACTNESS } from './exactness-shape.js'
import { ITEM_EXAMPLE, SUMMARY_EXAMPLE, TIMESERIES_EXAMPLE, TRENDS_EXAMPLE } from './insight-examples.js'
import { ItemMetricSchema, SeriesMetricSchema } from './history-shapes.js'
import { CalendarDate, Count, Instant, Nullable } from './primitives.js'
import { ClockModeSchema, IntervalSchema, ItemRowSchema } from './shapes.js'

/** Parts that the answers over the live window share. */

const UNIT = {
  unit: Type.String({ description: 'the currency of revenue; else the metric’s name' }),
  minor_units: Type.Integer({ minimum: 0, description: 'decimals of the unit: value / 10^minor_units' })
}

const INSTANT = {
  now: Nullable(Instant('the clock of the answer; null before the first event')),
  clock: ClockModeSchema,
  offset: Type.Integer({ minimum: 0, description: 'byte of the source up to which everything is included' })
}

const Formatted = Type.String({ description: 'the value in major units, as decimal text' })
const Change = Nullable(
  Type.Number({ description: '(value − previous) / previous; null where previous is 0 or null' })
)
const Ratio = Nullable(Type.Number({ minimum: 0, description: 'null where the base is 0' }))

export const RankedRowSchema = Type.Object(
  {
    ...ItemRowSchema.properties,
    tied: Type.Boolean({
      description: 'whether another item of the first 100 has the same value: the id decides the order'
    }),
    previous: Type.Optional(
      Type.Object(
        {
          value: Nullable(Count('0 where there was none; null where it is a part of `other`')),
          formatted: Nullable(Formatted),
          rank: Nullable(Type.Integer({ minimum: 1, description: 'null where there was no value' })),
          change: Change
        },
        { description: 'of the period before; with `compare` alone' }
      )
    )
  },
  { $id: 'RankedRow' }
)

/** Minutes, or whole days. */
const StretchSchema = Type.Union([
  IntervalSchema,
  Type.Object(
    { start: CalendarDate('inclusive'), end: CalendarDate('exclusive') },
    { description: 'half-open; whole days' }
  )
])

export const TopItemsOfSchema = Type.Object(
  {
    data: Type.Array(RankedRowSchema, { maxItems: MAX_ROWS, description: 'the greatest value first' }),
    meta: Type.Object({
      metric: ItemMetricSchema,
      ...UNIT,
      window: Nullable(
        Type.String({ description: 'as asked for: 90m, 6h; null where `from` and `to` are given' })
      ),
      time_zone: Type.String({ description: 'of days, IANA name; UTC for minutes' }),
      interval: Nullable(StretchSchema),
      previous_interval: Nullable(StretchSchema),
      status: Type.Enum(['open', 'sealed'], {
        type: 'string',
        description: 'open: live minutes are in it; sealed: only a late event could still change it'
      }),
      now: Nullable(Instant('the clock of the answer; null before the first event, and of days')),
      clock: ClockModeSchema,
      commit: Nullable(
        Type.Integer({ minimum: 0, description: 'of days: the number of the commit that the answer is of' })
      ),
      offset: Nullable(
        Type.Integer({
          minimum: 0,
          description: 'byte of the source up to which everything is included; null where it is sealed'
        })
      ),
      total_items: Type.Integer({ minimum: 0, description: 'items with a value above 0' }),
      sum: Count('of the whole shop'),
      other: Count('what items came to that the memory budget has no room for; not ranked'),
      ...EXACTNESS
    })
  },
  {
    $id: 'TopItemsOf',
    examples: [
      {
        data: [
          {
            rank: 1,
            item_id: 'sku_0',
            value: 152050,
            formatted: '1520.50',
            tied: false,
            previous: { value: 121640, formatted: '1216.40', rank: 3, change: 0.25 }
          }
        ],
        meta: {
          metric: 'revenue',
          unit: 'USD',
          minor_units: 2,
          window: '6h',
          time_zone: 'UTC',
          interval: { start: '2026-11-20T04:01:00.000Z', end: '2026-11-20T10:01:00.000Z' },
          previous_interval: { start: '2026-11-19T22:01:00.000Z', end: '2026-11-20T04:01:00.000Z' },
          status: 'open',
          now: '2026-11-20T10:00:00.123Z',
          clock: 'event',
          commit: null,
          offset: 885303964,
          total_items: 49999,
          sum: 9911200,
          other: 0,
          exact: true,
          inexact: null
        }
      }
    ]
  }
)

export const TrendRowSchema = Type.Object(
  {
    ...ItemRowSchema.properties,
    previous: Count('the value in the period before'),
    difference: Type.Unsafe<number | bigint>({ type: 'integer', description: 'value − previous' }),
    change: Change
  },
  { $id: 'TrendRow' }
)

export const TrendsSchema = Type.Object(
  {
    data: Type.Object({
      rising: Type.Array(TrendRowSchema, {
        maxItems: MAX_ROWS,
        description: 'the greatest difference first'
      }),
      falling: Type.Array(TrendRowSchema, { maxItems: MAX_ROWS, description: 'the least difference first' })
    }),
    meta: Type.Object({
      metric: ItemMetricSchema,
      ...UNIT,
      window: Type.String({ description: 'as asked for: 90m, 6h' }),
      interval: Nullable(IntervalSchema),
      previous_interval: Nullable(IntervalSchema),
      floor: Count('items with less in both periods are left out'),
      considered: Type.Integer({ minimum: 0, description: 'items that were not' }),
      ...INSTANT,
      ...EXACTNESS
    })
  },
  { $id: 'Trends', examples: [TRENDS_EXAMPLE] }
)

const AMOUNTS = Object.fromEntries(METRICS.map(({ name }) => [name, Count(name)])) as Record<
  (typeof METRICS)[number]['name'],
  ReturnType<typeof Count>
>

const CONVERSION = {
  view_to_cart: Ratio,
  cart_to_purchase: Ratio,
  view_to_purchase: Ratio
}

const ItemWindowSchema = Type.Object(
  { interval: Nullable(IntervalSchema), ...AMOUNTS, revenue_formatted: Formatted, ...CONVERSION },
  { $id: 'ItemWindow' }
)

export const ItemSchema = Type.Object(
  {
    data: Type.Object({
      item_id: Type.String({ description: 'as the events have it' }),
      windows: Type.Object({ '1h': ItemWindowSchema, '24h': ItemWindowSchema }),
      ranks: Type.Array(
        Type.Object({
          metric: ItemMetricSchema,
          window: Type.String({ description: 'of that ranking' }),
          rank: Nullable(Type.Integer({ minimum: 1, description: 'null where it has no value' }))
        }),
        { description: 'in each headline ranking' }
      ),
      sparkline: Type.Object(
        {
          interval: Nullable(IntervalSchema),
          ...Object.fromEntries(
            METRICS.map(({ name }) => [
              name,
              Type.Array(Count('of a minute'), { maxItems: 60, description: name })
            ])
          )
        },
        { description: 'the last 60 minutes, one by one' }
      )
    }),
    meta: Type.Object({
      currency: Type.String({ description: 'of revenue, ISO 4217' }),
      minor_units: UNIT.minor_units,
      ...INSTANT,
      ...EXACTNESS
    })
  },
  { $id: 'Item', examples: [ITEM_EXAMPLE] }
)

const Figure = Type.Object(
  { value: Count('of the window'), previous: Count('of the same stretch of the day before'), change: Change },
  { $id: 'Figure' }
)

const RatioFigure = Type.Object({ value: Ratio, previous: Ratio }, { $id: 'RatioFigure' })

export const SummarySchema = Type.Object(
  {
    data: Type.Object({
      visits: Figure,
      cart_adds: Figure,
      purchases: Figure,
      units: Figure,
      revenue: Type.Object({ ...Figure.properties, formatted: Formatted }),
      average_order_value: Type.Object(
        {
          value: Nullable(Count('minor units, rounded half up; null without a purchase')),
          formatted: Nullable(Formatted),
          previous: Nullable(Count('of the same stretch of the day before'))
        },
        { description: 'revenue / purchases, those without a price included' }
      ),
      conversion: Type.Object({
        view_to_cart: RatioFigure,
        cart_to_purchase: RatioFigure,
        view_to_purchase: RatioFigure
      }),
      active_customers: Type.Object(
        { '5m': Figure, '1h': Figure, '24h': Figure },
        {
          description:
            'distinct customers of the trailing window; previous: as they were counted when this minute of ' +
            'the day before had ended'
        }
      )
    }),
    meta: Type.Object({
      currency: Type.String({ description: 'of revenue, ISO 4217' }),
      minor_units: UNIT.minor_units,
      window: Type.String({ description: 'as asked for: 90m, 6h' }),
      interval: Nullable(IntervalSchema),
      previous_interval: Nullable(IntervalSchema),
      ...INSTANT,
      ...EXACTNESS
    })
  },
  { $id: 'Summary', examples: [SUMMARY_EXAMPLE] }
)

const TIME_STEPS = ['minute', 'hour'] as const

export const TimeseriesGranularitySchema = Type.Enum([...TIME_STEPS, 'day', 'week', 'month'] as const, {
  type: 'string',
  description: 'minute and hour: of the last 24 hours, in UTC; week: the ISO week, from Monday'
})

export const TimeseriesPointSchema = Type.Object(
  {
    start: Type.String({ description: 'an instant, or the first day' }),
    end: Type.String({ description: 'exclusive' }),
    value: Nullable(Count('null where a bucket of the history says nothing')),
    status: Type.Enum(['open', 'sealed', 'expired'], {
      type: 'string',
      description: 'open: events of the live window fall into it'
    })
  },
  { $id: 'TimeseriesPoint' }
)

export const TimeseriesSchema = Type.Object(
  {
    data: Type.Array(TimeseriesPointSchema, { maxItems: MAX_SERIES, description: 'in order, without gaps' }),
    meta: Type.Object({
      metric: SeriesMetricSchema,
      ...UNIT,
      granularity: TimeseriesGranularitySchema,
      time_zone: Type.String({ description: 'of days, weeks and months; UTC for minutes and hours' }),
      item_id: Nullable(Type.String({ description: 'null: the whole shop' })),
      from: Nullable(Type.String({ description: 'start of the first element' })),
      to: Nullable(Type.String({ description: 'end of the last element' })),
      offset: Nullable(
        Type.Integer({
          minimum: 0,
          description: 'byte of the source up to which everything is included; null where all of it is sealed'
        })
      ),
      ...EXACTNESS
    })
  },
  { $id: 'Timeseries', examples: [TIMESERIES_EXAMPLE] }
)

export type TopItemsOf = Static<typeof TopItemsOfSchema>
export type Trends = Static<typeof TrendsSchema>
export type ItemAnswer = Static<typeof ItemSchema>
export type Summary = Static<typeof SummarySchema>
export type Timeseries = Static<typeof TimeseriesSchema>
