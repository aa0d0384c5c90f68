import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Queries } from '../../query/queries.js'
import { StatusSchema } from '../../query/shapes.js'
import { NoQuerySchema } from '../parameters.js'
import { addNamedSchemas } from '../schemas.js'
import { jsonResponse, problemResponses } from '../responses.js'

/** The state of the pipeline: it answers always, also before the first publish and after a failure. */
export const statusRoutes: FastifyPluginCallbackTypebox<{ queries: Queries }> = (app, { queries }, done) => {
  addNamedSchemas(app, StatusSchema)
  app.get(
    '/status',
    {
      schema: {
        operationId: 'status',
        summary: 'Clock, source, accounting, memory and workers',
        description: 'How far the source has been read, and what became of its lines.',
        tags: ['operation'],
        querystring: NoQuerySchema,
        response: { ...jsonResponse('The status.', 'Status'), ...problemResponses(400, 401, 500) }
      }
    },
    () => queries.status()
  )
  done()
}
