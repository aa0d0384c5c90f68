import Type, { type Static } from 'typebox'
import { SUMMARY_EXAMPLE } from './insight-examples.js'
import { SummarySchema } from './insight-shapes.js'
import { TopItemsSchema } from './shapes.js'

/** What the stream sends: the headline answers, ten rows each, and the summary of the last 24 hours. */
export const SnapshotSchema = Type.Object(
  {
    most_viewed: TopItemsSchema,
    most_carted: TopItemsSchema,
    top_grossing: TopItemsSchema,
    summary: SummarySchema
  },
  {
    $id: 'Snapshot',
    description: 'the `data` of an event of the stream',
    examples: [
      {
        most_viewed: ranking('views', 0, '30'),
        most_carted: ranking('cart_adds', 0, '120'),
        top_grossing: ranking('revenue', 2, '1520.50'),
        summary: SUMMARY_EXAMPLE
      }
    ]
  }
)

export type Snapshot = Static<typeof SnapshotSchema>

function ranking(metric: string, minorUnits: number, formatted: string) {
  const value = Number(formatted.replace('.', ''))
  const { interval, now, clock, offset, exact, inexact } = SUMMARY_EXAMPLE.meta
  return {
    data: [{ rank: 1, item_id: 'sku_0', value, formatted }],
    meta: {
      metric,
      unit: metric === 'revenue' ? 'USD' : metric,
      minor_units: minorUnits,
      window: '24h',
      interval,
      now,
      clock,
      offset,
      total_items: 49999,
      other: 0,
      exact,
      inexact
    }
  }
}
