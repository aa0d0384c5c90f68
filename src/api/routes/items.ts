import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DEFAULT_ROWS } from '../../base/limits.js'
import { HEADLINE_METRICS, type HeadlineMetric } from '../../metrics/metrics.js'
import type { Queries } from '../../query/queries.js'
import { TopItemsSchema } from '../../query/shapes.js'
import { parseWindow, windowOfMinutes } from '../../query/window.js'
import { LimitParameter, integerParameters, windowParameter } from '../parameters.js'
import { notReady } from '../problem.js'
import { addNamedSchemas } from '../schemas.js'
import { jsonResponse, problemResponses } from '../responses.js'

/** The rankings: a route for each headline metric. */
export const itemRoutes: FastifyPluginCallbackTypebox<{ queries: Queries }> = (app, { queries }, done) => {
  addNamedSchemas(app, TopItemsSchema)
  for (const metric of HEADLINE_METRICS) {
    const defaultWindow = windowOfMinutes(metric.headline.windowMinutes).text
    app.get(
      `/${metric.headline.path}`,
      { schema: schemaOf(metric, defaultWindow), preValidation: integerParameters('limit') },
      (request, reply) => {
        const { limit = DEFAULT_ROWS, window: text = defaultWindow } = request.query
        if (!queries.ready()) throw notReady()
        if (text === defaultWindow) {
          // The board's text goes out as it is: nothing is parsed, copied or serialised again.
          reply.type('application/json; charset=utf-8').send(queries.headlineJson(metric, limit))
          return
        }
        const window = parseWindow(text)
        if (window === null) throw new Error(`validation let the window ${text} pass`)
        return queries.topItems(metric, window, limit)
      }
    )
  }
  done()
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
      ...jsonResponse('The ranking.', 'TopItems'),
      ...problemResponses(400, 401, 500, 503)
    }
  }
}
