import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DEFAULT_ROWS } from '../../base/limits.js'
import type { Queries } from '../../query/queries.js'
import { RejectSchema, RejectsSchema } from '../../query/rejects-shape.js'
import { sendTable, serialised, tableResponses } from '../caching.js'
import { tableOf } from '../csv.js'
import { LimitParameter, integerParameters } from '../parameters.js'
import { notReady } from '../problem.js'
import { addNamedSchemas } from '../schemas.js'
import { problemResponses } from '../responses.js'

export interface RejectRouteOptions {
  readonly queries: Queries
  /** Whether a token is wanted: answers are then for its holder alone. */
  readonly secured: boolean
}

const TABLE = tableOf(RejectSchema)

/** The last rejected lines. */
export const rejectRoutes: FastifyPluginCallbackTypebox<RejectRouteOptions> = (app, options, done) => {
  const { queries, secured: isPrivate } = options
  addNamedSchemas(app, RejectsSchema)
  app.get(
    '/rejects',
    { schema: SCHEMA, preValidation: integerParameters('limit') },
    async (request, reply) => {
      const { limit = DEFAULT_ROWS } = request.query
      if (!queries.ready()) throw notReady()
      const answer = await queries.rejects(limit)
      const sent = { answer, table: TABLE, json: serialised(reply, answer) }
      sendTable(request, reply, sent, { isLasting: false, isPrivate })
      return reply
    }
  )
  done()
}

const SCHEMA = {
  operationId: 'rejects',
  summary: 'The last rejected lines',
  description:
    'The lines that were rejected last, newest first, each with its place in the source, the reason and an ' +
    'excerpt; also those of the dead-letter file when a run begins.',
  tags: ['operation'],
  querystring: Type.Object(
    { limit: Type.Optional({ ...LimitParameter, description: 'How many lines at most, in plain digits.' }) },
    { additionalProperties: false }
  ),
  response: {
    ...tableResponses('The lines.', 'Rejects', TABLE.columns),
    ...problemResponses(400, 401, 500, 503)
  }
}
