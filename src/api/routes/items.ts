import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DEFAULT_ROWS } from '../../base/limits.js'
import { HEADLINE_METRICS, type HeadlineMetric } from '../../metrics/metrics.js'
import type { Queries } from '../../query/queries.js'
import { ItemRowSchema, TopItemsSchema } from '../../query/shapes.js'
import { parseWindow, windowOfMinutes, type Window } from '../../query/window.js'
import { TABLE_VARY, TagKeeper, sendCached, sendTable, serialised, tableResponses } from '../caching.js'
import { tableOf, wantsCsv } from '../csv.js'
import { LimitParameter, integerParameters, windowParameter } from '../parameters.js'
import { notReady } from '../problem.js'
import { addNamedSchemas } from '../schemas.js'
import { problemResponses } from '../responses.js'

export interface ItemRouteOptions {
  readonly queries: Queries
  /** Whether a token is wanted: answers are then for its holder alone. */
  readonly secured: boolean
}

const TABLE = tableOf(ItemRowSchema)

/** The rankings: a route for each headline metric. */
export const itemRoutes: FastifyPluginCallbackTypebox<ItemRouteOptions> = (app, options, done) => {
  const { queries, secured: isPrivate } = options
  const live = { isLasting: false, isPrivate }
  const tags = new TagKeeper()
  addNamedSchemas(app, TopItemsSchema)
  for (const metric of HEADLINE_METRICS) {
    const defaultWindow = windowOfMinutes(metric.headline.windowMinutes).text
    app.get(
      `/${metric.headline.path}`,
      { schema: schemaOf(metric, defaultWindow), preValidation: integerParameters('limit') },
      (request, reply) => {
        const { limit = DEFAULT_ROWS, window: text = defaultWindow } = request.query
        if (!queries.ready()) throw notReady()
        if (text !== defaultWindow) {
          return queries.topItems(metric, windowOf(text), limit).then((answer) => {
            sendTable(request, reply, { answer, table: TABLE, json: serialised(reply, answer) }, live)
            return reply
          })
        }
        // Not asynchronous: what is at hand needs no promise.
        if (wantsCsv(request)) {
          sendTable(request, reply, { answer: queries.headline(metric, limit), table: TABLE }, live)
        } else {
          // The board's text goes out as it is: nothing is parsed, copied or serialised again.
          const json = queries.headlineJson(metric, limit)
          reply.header('vary', TABLE_VARY)
          sendCached(request, reply, json, live, tags.of(json))
        }
        return undefined
      }
    )
  }
  done()
}

function windowOf(text: string): Window {
  const window = parseWindow(text)
  if (window === null) throw new Error(`validation let the window ${text} pass`)
  return window
}

function schemaOf({ headline, unit }: HeadlineMetric, defaultWindow: string) {
  return {
    operationId: headline.member,
    summary: headline.title,
    description:
      `The items of the greatest value in the trailing window, greatest first, then by \`item_id\`; ` +
      `the first is the current top item. The value is ${unit === 'currency' ? 'an amount of money in minor units' : 'a count'}. ` +
      'Exact over the interval that `meta` prints; an empty window has no rows.',
    tags: ['items'],
    querystring: Type.Object(
      { limit: Type.Optional(LimitParameter), window: Type.Optional(windowParameter(defaultWindow)) },
      { additionalProperties: false }
    ),
    response: {
      ...tableResponses('The ranking.', 'TopItems', TABLE.columns),
      ...problemResponses(400, 401, 500, 503)
    }
  }
}
