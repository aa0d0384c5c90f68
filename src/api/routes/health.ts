import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Queries } from '../../query/queries.js'
import { NoQuerySchema } from '../parameters.js'
import { notReady } from '../problem.js'
import { jsonResponse, problemResponses } from '../responses.js'

/** Liveness and readiness, for whoever keeps the process running; they need no token. */
export const healthRoutes: FastifyPluginCallbackTypebox<{ queries: Queries }> = (app, { queries }, done) => {
  const shared = { tags: ['operation'], security: [], querystring: NoQuerySchema }
  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: {
        ...shared,
        operationId: 'healthz',
        summary: 'Whether the process answers',
        response: { ...jsonResponse('It does.', StateSchema('ok')), ...problemResponses(400) }
      }
    },
    () => ({ status: 'ok' })
  )
  app.get(
    '/readyz',
    {
      config: { open: true },
      schema: {
        ...shared,
        operationId: 'readyz',
        summary: 'Whether there is anything to answer from',
        response: { ...jsonResponse('There is.', StateSchema('ready')), ...problemResponses(400, 503) }
      }
    },
    () => {
      if (!queries.ready()) throw notReady()
      return { status: 'ready' }
    }
  )
  done()
}

function StateSchema(status: string) {
  return Type.Object({ status: Type.Literal(status) }, { examples: [{ status }] })
}
