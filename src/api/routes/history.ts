import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { parseBucket, parseDay, type Bucket, type Granularity } from '../../base/civil-date.js'
import { DEFAULT_ROWS, MAX_SERIES } from '../../base/limits.js'
import { BadQuestion } from '../../query/bad-question.js'
import {
  HistoryItemRowSchema,
  HistoryItemsSchema,
  HistorySeriesSchema,
  ItemMetricSchema,
  SeriesBucketSchema,
  SeriesMetricSchema
} from '../../query/history-shapes.js'
import type { Queries } from '../../query/queries.js'
import { sendTable, tableResponses } from '../caching.js'
import { tableOf } from '../csv.js'
import {
  BucketParameter,
  ItemIdParameter,
  LimitParameter,
  dateParameter,
  granularityParameter,
  integerParameters,
  metricParameter
} from '../parameters.js'
import { noHistory, notReady } from '../problem.js'
import { problemResponses } from '../responses.js'
import { addNamedSchemas } from '../schemas.js'

export interface HistoryRouteOptions {
  readonly queries: Queries
  /** Whether a token is wanted: answers are then for its holder alone. */
  readonly secured: boolean
}

const SERIES_TABLE = tableOf(SeriesBucketSchema)
const ITEMS_TABLE = tableOf(HistoryItemRowSchema)

/** What stays when minutes leave the live window: days, ISO weeks and months. */
export const historyRoutes: FastifyPluginCallbackTypebox<HistoryRouteOptions> = (app, options, done) => {
  const { queries, secured: isPrivate } = options
  addNamedSchemas(app, HistorySeriesSchema)
  addNamedSchemas(app, HistoryItemsSchema)

  app.get('/history', { schema: SERIES }, async (request, reply) => {
    const { metric, granularity = 'day', from, to, item_id: itemId = null } = request.query
    if (!queries.ready()) throw notReady()
    if (!queries.keepsHistory()) throw noHistory()
    const question = { metric, granularity, fromDay: dayOf(from), toDay: dayOf(to), itemId }
    const answer = await queries.historySeries(question)
    const caching = { isLasting: answer.meta.commit === null, isPrivate }
    sendTable(request, reply, { answer, table: SERIES_TABLE }, caching)
    return reply
  })

  app.get(
    '/history/items',
    { schema: ITEMS, preValidation: integerParameters('limit') },
    async (request, reply) => {
      const { metric, granularity, bucket: name, limit = DEFAULT_ROWS } = request.query
      if (!queries.ready()) throw notReady()
      if (!queries.keepsHistory()) throw noHistory()
      const bucket = bucketOf(name, granularity)
      const answer = await queries.historyItems({ metric, bucket, limit })
      const caching = { isLasting: answer.meta.commit === null, isPrivate }
      sendTable(request, reply, { answer, table: ITEMS_TABLE }, caching)
      return reply
    }
  )
  done()
}

const SERIES = {
  operationId: 'history',
  summary: 'A metric by day, ISO week or month',
  description:
    'Of the whole shop or of one item, without gaps, live minutes included. The days are those of the ' +
    'time zone that `meta` names. The bucket that `from` is in is included whole; buckets that begin at ' +
    '`to` or later are not. Exact, but for customers, which are estimated. ' +
    `At most ${MAX_SERIES.toLocaleString('en')} elements.`,
  tags: ['history'],
  querystring: Type.Object(
    {
      metric: metricParameter(SeriesMetricSchema),
      granularity: Type.Optional(
        granularityParameter({ default: 'day', description: 'Length of the elements.' })
      ),
      from: Type.Optional(dateParameter('First day; by default that of the first event.', '2026-11-01')),
      to: Type.Optional(
        dateParameter('The day after the last; by default through the last event.', '2026-12-01')
      ),
      item_id: Type.Optional(ItemIdParameter)
    },
    { additionalProperties: false }
  ),
  response: {
    ...tableResponses('The series.', 'HistorySeries', SERIES_TABLE.columns),
    ...problemResponses(400, 401, 500, 503)
  }
}

const ITEMS = {
  operationId: 'historyItems',
  summary: 'The top items of a day, ISO week or month',
  description:
    'The items of the greatest value in a bucket, greatest first, then by `item_id`, live minutes ' +
    'included, with value, rank and relative change against the bucket before. Where the tail of past ' +
    'buckets is folded (`--max-items-per-bucket`), `other` says what the folded items came to.',
  tags: ['history'],
  querystring: Type.Object(
    {
      metric: metricParameter(ItemMetricSchema),
      granularity: Type.Optional(
        granularityParameter({ description: 'May be left out: it follows from the bucket.' })
      ),
      bucket: BucketParameter,
      limit: Type.Optional(LimitParameter)
    },
    { additionalProperties: false }
  ),
  response: {
    ...tableResponses('The ranking.', 'HistoryItems', ITEMS_TABLE.columns),
    ...problemResponses(400, 401, 500, 503)
  }
}

function dayOf(text: string | undefined): number | null {
  return text === undefined ? null : parseDay(text)
}

function bucketOf(name: string, granularity: Granularity | undefined): Bucket {
  const bucket = parseBucket(name)
  if (bucket === null) throw new Error(`validation let the bucket ${name} pass`)
  if (granularity === undefined || granularity === bucket.granularity) return bucket
  throw new BadQuestion('granularity', `${name} is a ${bucket.granularity}, not a ${granularity}`)
}
