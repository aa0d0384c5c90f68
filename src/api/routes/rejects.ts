import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { DEFAULT_ROWS } from '../../base/limits.js'
import type { Queries } from '../../query/queries.js'
import { RejectsSchema } from '../../query/rejects-shape.js'
import { LimitParameter, integerParameters } from '../parameters.js'
import { notReady } from '../problem.js'
import { addNamedSchemas } from '../schemas.js'
import { jsonResponse, problemResponses } from '../responses.js'

/** The last rejected lines. */
export const rejectRoutes: FastifyPluginCallbackTypebox<{ queries: Queries }> = (app, { queries }, done) => {
  addNamedSchemas(app, RejectsSchema)
  app.get('/rejects', { schema: SCHEMA, preValidation: integerParameters('limit') }, async (request) => {
    const { limit = DEFAULT_ROWS } = request.query
    if (!queries.ready()) throw notReady()
    return queries.rejects(limit)
  })
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
  response: { ...jsonResponse('The lines.', 'Rejects'), ...problemResponses(400, 401, 500, 503) }
}
