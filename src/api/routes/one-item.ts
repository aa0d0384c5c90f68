import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { MAX_ID_BYTES } from '../../event/limits.js'
import { ItemSchema } from '../../query/insight-shapes.js'
import { jsonText } from '../../query/serialise.js'
import { cachedResponses, sendCached } from '../caching.js'
import { ItemIdParameter } from '../parameters.js'
import { ProblemError, notReady } from '../problem.js'
import { problemResponses } from '../responses.js'
import { addNamedSchemas } from '../schemas.js'
import type { InsightRouteOptions } from './insights.js'

/** One item, by its path or, whatever its id, by a parameter. */
export const oneItemRoutes: FastifyPluginCallbackTypebox<InsightRouteOptions> = (app, options, done) => {
  const { queries, secured: isPrivate } = options
  addNamedSchemas(app, ItemSchema)
  const sendItem = async (itemId: string, request: FastifyRequest, reply: FastifyReply) => {
    if (!queries.ready()) throw notReady()
    const answer = await queries.insights.item(itemId)
    if (answer === null)
      throw new ProblemError(404, 'No event has had this item, or it is counted as (other).')
    sendCached(request, reply, jsonText(answer), { isLasting: false, isPrivate })
    return reply
  }
  app.get('/items/:item_id', { schema: ITEM }, (request, reply) =>
    sendItem(request.params.item_id, request, reply)
  )
  app.get('/items', { schema: ITEM_BY_QUERY }, (request, reply) =>
    sendItem(request.query.item_id, request, reply)
  )
  done()
}

const ONE_ITEM = `The item’s id, 1 to ${MAX_ID_BYTES} bytes of UTF-8.`

const ITEM = {
  operationId: 'item',
  summary: 'One item: its metrics, ranks, rates and last minutes',
  description:
    'Over the last hour and the last 24 hours, with its ranks in the headline rankings, the rates from view ' +
    'to cart to purchase, and the last 60 minutes one by one. A slash of an id is written `%2F`; an id that ' +
    'a path cannot have (`most-viewed`, `.`) is asked for by `/v1/items?item_id=`.',
  tags: ['insights'],
  params: Type.Object({ item_id: { ...ItemIdParameter, description: ONE_ITEM } }),
  querystring: Type.Object({}, { additionalProperties: false }),
  response: { ...cachedResponses('The item.', 'Item'), ...problemResponses(400, 401, 404, 500, 503) }
}

/** Ids may be anything, the name of a ranking too: those no path leads to. */
const ITEM_BY_QUERY = {
  operationId: 'itemById',
  summary: 'One item, whatever its id',
  description:
    'The same as `/v1/items/{item_id}`, also for ids that a path cannot have: those that name a ranking ' +
    '(`most-viewed`), and `.` and `..`, which clients take out of a path.',
  tags: ['insights'],
  querystring: Type.Object(
    { item_id: { ...ItemIdParameter, description: ONE_ITEM } },
    { additionalProperties: false }
  ),
  response: ITEM.response
}
