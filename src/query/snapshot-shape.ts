import Type, { type Static } from 'typebox'
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
  { $id: 'Snapshot', description: 'the `data` of an event of the stream' }
)

export type Snapshot = Static<typeof SnapshotSchema>
