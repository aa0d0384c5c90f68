import Type, { type Static } from 'typebox'
import { GRANULARITIES } from '../base/civil-date.js'
import { MAX_ROWS, MAX_SERIES } from '../base/limits.js'
import { METRICS } from '../metrics/metrics.js'
import { CalendarDate, Count, Nullable } from './primitives.js'
import { EXACTNESS } from './exactness-shape.js'
import { ItemRowSchema } from './shapes.js'

const METRIC_NAMES = METRICS.map(({ name }) => name)

/** A metric that items have. */
export const ItemMetricSchema = Type.Enum(METRIC_NAMES, {
  type: 'string',
  description: 'what is added up'
})

/** A metric of the whole shop: those of items, and unique customers. */
export const SeriesMetricSchema = Type.Enum([...METRIC_NAMES, 'customers'] as const, {
  type: 'string',
  description: 'what is added up; customers: the different ones, estimated'
})

export const GranularitySchema = Type.Enum([...GRANULARITIES], {
  type: 'string',
  description: 'week: the ISO week, from Monday'
})

const BucketStatusSchema = Type.Enum(['open', 'sealed', 'expired'], {
  type: 'string',
  description:
    'open: events of the live window fall into it; sealed: the live window has left it, and only a late ' +
    'event could still change it; expired: it is older than what is kept, and says nothing'
})

const UNIT = {
  unit: Type.String({ description: 'the currency of revenue; else the metric’s name' }),
  minor_units: Type.Integer({ minimum: 0, description: 'decimals of the unit: value / 10^minor_units' })
}

/** As of which commit an answer is. */
const AS_OF = {
  commit: Nullable(
    Type.Integer({
      minimum: 0,
      description:
        'number of the commit that the answer is of; null where the answer is made of sealed buckets'
    })
  ),
  offset: Nullable(
    Type.Integer({
      minimum: 0,
      description:
        'byte of the source up to which everything is included; null where the answer is made of sealed ' +
        'buckets: it is then the same at any later one'
    })
  )
}

const TimeZone = Type.String({ description: 'IANA name of the zone that the dates are of' })

export const SeriesBucketSchema = Type.Object(
  {
    start: CalendarDate('first day'),
    end: CalendarDate('the day after the last'),
    value: Nullable(
      Count(
        'a count, or minor units of the currency; null where it is expired, or the item was folded into (other)'
      )
    ),
    status: BucketStatusSchema
  },
  { $id: 'HistoryBucket' }
)

export const HistorySeriesSchema = Type.Object(
  {
    data: Type.Array(SeriesBucketSchema, { maxItems: MAX_SERIES, description: 'in order, without gaps' }),
    meta: Type.Object({
      metric: SeriesMetricSchema,
      ...UNIT,
      granularity: GranularitySchema,
      time_zone: TimeZone,
      from: Nullable(CalendarDate('start of the first element; without one as asked for')),
      to: Nullable(CalendarDate('end of the last element; without one as asked for')),
      item_id: Nullable(Type.String({ description: 'null: the whole shop' })),
      estimate: Nullable(
        Type.Object(
          {
            method: Type.String({ description: 'HyperLogLog' }),
            relative_error: Type.Number({ description: 'standard error, of the value' })
          },
          { description: 'null: the values are counted' }
        )
      ),
      ...EXACTNESS,
      ...AS_OF
    })
  },
  {
    $id: 'HistorySeries',
    examples: [
      {
        data: [
          { start: '2026-11-19', end: '2026-11-20', value: 152050, status: 'sealed' },
          { start: '2026-11-20', end: '2026-11-21', value: 9900, status: 'open' }
        ],
        meta: {
          metric: 'revenue',
          unit: 'USD',
          minor_units: 2,
          granularity: 'day',
          time_zone: 'UTC',
          from: '2026-11-19',
          to: '2026-11-21',
          item_id: null,
          estimate: null,
          exact: true,
          inexact: null,
          commit: 41,
          offset: 885303964
        }
      }
    ]
  }
)

export const HistoryItemRowSchema = Type.Object(
  {
    ...ItemRowSchema.properties,
    previous: Nullable(Count('the value in the bucket before; null where that is expired')),
    previous_rank: Nullable(
      Type.Integer({ minimum: 1, description: 'place in the bucket before; null where it had none' })
    ),
    change: Nullable(
      Type.Number({ description: '(value − previous) / previous; null where previous is 0 or null' })
    )
  },
  { $id: 'HistoryItemRow' }
)

export const HistoryItemsSchema = Type.Object(
  {
    data: Type.Array(HistoryItemRowSchema, { maxItems: MAX_ROWS, description: 'the greatest value first' }),
    meta: Type.Object({
      metric: ItemMetricSchema,
      ...UNIT,
      granularity: GranularitySchema,
      time_zone: TimeZone,
      bucket: Type.String({ description: '2026-11-20, 2026-W47 or 2026-11' }),
      interval: Type.Object(
        { start: CalendarDate('inclusive'), end: CalendarDate('exclusive') },
        { description: 'half-open; whole days' }
      ),
      status: BucketStatusSchema,
      previous_bucket: Type.String({ description: 'the bucket before' }),
      previous_status: BucketStatusSchema,
      total_items: Nullable(
        Type.Integer({
          minimum: 0,
          description: 'items with a value above 0, those in `other` not among them'
        })
      ),
      sum: Nullable(Count('of the whole shop')),
      other: Nullable(
        Count(
          'of it, what items came to that are not told apart: folded together, or without memory for them'
        )
      ),
      ...EXACTNESS,
      ...AS_OF
    })
  },
  {
    $id: 'HistoryItems',
    examples: [
      {
        data: [
          {
            rank: 1,
            item_id: 'sku_0',
            value: 152050,
            formatted: '1520.50',
            previous: 121640,
            previous_rank: 3,
            change: 0.25
          }
        ],
        meta: {
          metric: 'revenue',
          unit: 'USD',
          minor_units: 2,
          granularity: 'month',
          time_zone: 'UTC',
          bucket: '2026-11',
          interval: { start: '2026-11-01', end: '2026-12-01' },
          status: 'open',
          previous_bucket: '2026-10',
          previous_status: 'sealed',
          total_items: 49999,
          sum: 90311872,
          other: 0,
          exact: true,
          inexact: null,
          commit: 41,
          offset: 885303964
        }
      }
    ]
  }
)

export type SeriesMetric = Static<typeof SeriesMetricSchema>
export type BucketStatus = Static<typeof BucketStatusSchema>
export type HistorySeries = Static<typeof HistorySeriesSchema>
export type HistoryItems = Static<typeof HistoryItemsSchema>
