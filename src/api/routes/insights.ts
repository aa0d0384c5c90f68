import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DEFAULT_ROWS } from '../../base/limits.js'
import { ItemMetricSchema, SeriesMetricSchema } from '../../query/history-shapes.js'
import {
  RankedRowSchema,
  SummarySchema,
  TimeseriesGranularitySchema,
  TimeseriesPointSchema,
  TimeseriesSchema,
  TopItemsOfSchema,
  TrendRowSchema,
  TrendsSchema,
  type Trends
} from '../../query/insight-shapes.js'
import type { Queries } from '../../query/queries.js'
import { jsonText } from '../../query/serialise.js'
import { stretchOf } from '../../query/stretch.js'
import { parseWindow, type Window } from '../../query/window.js'
import { cachedResponses, sendCached, sendTable, tableResponses } from '../caching.js'
import { columnsOf, tableOf, type Table } from '../csv.js'
import {
  FloorParameter,
  InstantParameter,
  ItemIdParameter,
  LimitParameter,
  endParameter,
  integerParameters,
  metricParameter,
  windowParameter
} from '../parameters.js'
import { noHistory, notReady } from '../problem.js'
import { problemResponses } from '../responses.js'
import { addNamedSchemas } from '../schemas.js'

/** What the routes of insights are given. */
export interface InsightRouteOptions {
  readonly queries: Queries
  /** Whether a token is wanted: answers are then for its holder alone. */
  readonly secured: boolean
}

const TOP_TABLE = tableOf(RankedRowSchema)
const TIMESERIES_TABLE = tableOf(TimeseriesPointSchema)
/** Both lists in one, told apart by the first column. */
const TRENDS_TABLE: Table<Trends> = {
  columns: ['direction', ...columnsOf(TrendRowSchema)],
  rowsOf: ({ data }) => [
    ...data.rising.map((row) => ({ direction: 'rising', ...row })),
    ...data.falling.map((row) => ({ direction: 'falling', ...row }))
  ]
}

/** Questions of any metric, item and minutes of the live window, in one vocabulary. */
export const insightRoutes: FastifyPluginCallbackTypebox<InsightRouteOptions> = (app, options, done) => {
  const { queries, secured: isPrivate } = options
  for (const schema of [TopItemsOfSchema, TrendsSchema, SummarySchema, TimeseriesSchema]) {
    addNamedSchemas(app, schema)
  }
  const live = { isLasting: false, isPrivate }
  const ready = () => {
    if (!queries.ready()) throw notReady()
    return queries
  }

  app.get(
    '/top-items',
    { schema: TOP_ITEMS, preValidation: integerParameters('limit') },
    async (request, reply) => {
      const { metric, compare, limit = DEFAULT_ROWS, ...asked } = request.query
      const stretch = stretchOf(asked)
      const question = { metric, compare: compare !== undefined, limit }
      const isLive = 'minutes' in stretch
      if (!isLive && !ready().keepsHistory()) throw noHistory()
      const answer = isLive
        ? await ready().insights.topItems({ ...question, ...stretch })
        : await queries.topOfDays({ ...question, ...stretch })
      const caching = { isLasting: !isLive && answer.meta.commit === null, isPrivate }
      sendTable(request, reply, { answer, table: TOP_TABLE }, caching)
      return reply
    }
  )

  app.get(
    '/trends',
    { schema: TRENDS, preValidation: integerParameters('limit', 'floor') },
    async (request, reply) => {
      const { metric, window = '1h', floor = null, limit = DEFAULT_ROWS } = request.query
      const question = { metric, window: windowOf(window), floor, limit }
      const answer = await ready().insights.trends(question)
      sendTable(request, reply, { answer, table: TRENDS_TABLE }, live)
      return reply
    }
  )

  app.get('/summary', { schema: SUMMARY }, async (request, reply) => {
    const answer = await ready().insights.summary(windowOf(request.query.window ?? '24h'))
    sendCached(request, reply, jsonText(answer), live)
    return reply
  })

  app.get('/timeseries', { schema: TIMESERIES }, async (request, reply) => {
    const { metric, granularity, item_id: itemId = null, from = null, to = null } = request.query
    const isHistory = granularity !== 'minute' && granularity !== 'hour'
    if (isHistory && !ready().keepsHistory()) throw noHistory()
    const answer = await ready().timeseries({ metric, granularity, itemId, from, to })
    sendTable(request, reply, { answer, table: TIMESERIES_TABLE }, live)
    return reply
  })
  done()
}

const limit = { limit: Type.Optional(LimitParameter) }

const TOP_ITEMS = {
  operationId: 'topItems',
  summary: 'The top items by any metric, over any minutes of the last 24 hours or any days',
  description:
    'Greatest value first, then by `item_id`. Over a trailing `window`, with `as_of` as it was in a minute of ' +
    'the last 24 hours; or from `from` to `to`: two instants of the last 24 hours, or two dates, which the ' +
    'history answers, live minutes included. Days that are not kept any more can be asked for as parts of ' +
    'whole weeks and months. With `compare` also the value, rank and relative change against the period ' +
    'before, which has to be kept too. Exact over the interval that `meta` prints.',
  tags: ['insights'],
  querystring: Type.Object(
    {
      metric: metricParameter(ItemMetricSchema),
      window: Type.Optional({
        ...windowParameter(null),
        description:
          'The trailing window, 1m to 24h; by default, and without `from` and `to`, 24h, or 1h with `as_of`. ' +
          'All of it has to lie within the last 24 hours.'
      }),
      as_of: Type.Optional(InstantParameter),
      from: Type.Optional(
        endParameter(
          'First minute (an instant) or day (a date); with `to`, and without `window`.',
          '2026-11-17'
        )
      ),
      to: Type.Optional(
        endParameter('The minute or day after the last one, in the same form as `from`.', '2026-11-20')
      ),
      compare: Type.Optional(
        Type.Enum(['previous_period'], {
          type: 'string',
          description: 'Also what each item had over as many minutes or days before.',
          examples: ['previous_period']
        })
      ),
      ...limit
    },
    { additionalProperties: false }
  ),
  response: {
    ...tableResponses('The ranking.', 'TopItemsOf', TOP_TABLE.columns),
    ...problemResponses(400, 401, 500, 503)
  }
}

const TRENDS = {
  operationId: 'trends',
  summary: 'The items that rise and fall most',
  description:
    'By the difference of the window and the period before, both of the last 24 hours. Items that have less ' +
    'than `floor` in both are left out: their changes are noise.',
  tags: ['insights'],
  querystring: Type.Object(
    {
      metric: metricParameter(ItemMetricSchema),
      window: Type.Optional(windowParameter('1h')),
      floor: Type.Optional(FloorParameter),
      ...limit
    },
    { additionalProperties: false }
  ),
  response: {
    ...tableResponses('The trends.', 'Trends', TRENDS_TABLE.columns),
    ...problemResponses(400, 401, 500, 503)
  }
}

const SUMMARY = {
  operationId: 'summary',
  summary: 'The shop at a glance',
  description:
    'Visits, cart adds, purchases, units, revenue, average order value, conversion rates and active customers, ' +
    'each with the same stretch of the day before.',
  tags: ['insights'],
  querystring: Type.Object(
    { window: Type.Optional(windowParameter('24h')) },
    { additionalProperties: false }
  ),
  response: { ...cachedResponses('The summary.', 'Summary'), ...problemResponses(400, 401, 500, 503) }
}

const TIMESERIES = {
  operationId: 'timeseries',
  summary: 'A metric by minute, hour, day, week or month',
  description:
    'Of the whole shop or of one item, zero-filled. Minutes and hours are of the last 24 hours, days, weeks ' +
    'and months of the history with the live minutes in it.',
  tags: ['insights'],
  querystring: Type.Object(
    {
      metric: metricParameter(SeriesMetricSchema),
      granularity: { ...TimeseriesGranularitySchema, examples: ['hour'] },
      item_id: Type.Optional(ItemIdParameter),
      from: Type.Optional(
        endParameter(
          'First instant of minutes and hours (2026-11-20T10:00:00Z), else first day (2026-11-20).',
          '2026-11-20T10:00:00Z'
        )
      ),
      to: Type.Optional(endParameter('Its end, exclusive.', '2026-11-20T12:00:00Z'))
    },
    { additionalProperties: false }
  ),
  response: {
    ...tableResponses('The series.', 'Timeseries', TIMESERIES_TABLE.columns),
    ...problemResponses(400, 401, 500, 503)
  }
}

function windowOf(text: string): Window {
  const window = parseWindow(text)
  if (window === null) throw new Error(`validation let the window ${text} pass`)
  return window
}
