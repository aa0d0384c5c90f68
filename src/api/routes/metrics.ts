import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Queries } from '../../query/queries.js'
import type { LatencyHistogram } from '../metrics/latency.js'
import { Metrics } from '../metrics/registry.js'
import { NoQuerySchema } from '../parameters.js'
import { problemResponses } from '../responses.js'

export interface MetricsRouteOptions {
  readonly queries: Queries
  readonly latency: LatencyHistogram
  readonly version: string
}

/** What Prometheus scrapes; it wants the token as others do. */
export const metricsRoutes: FastifyPluginCallbackTypebox<MetricsRouteOptions> = (app, options, done) => {
  const metrics = new Metrics(options.version, options.latency)
  app.get('/metrics', { schema: SCHEMA }, async (_request, reply) => {
    const text = await metrics.text(await options.queries.status())
    return reply.header('content-type', metrics.contentType).send(text)
  })
  done()
}

const SCHEMA = {
  operationId: 'metrics',
  summary: 'Metrics for Prometheus',
  description:
    'What `/v1/status` has, and how long requests take by route and class of status, in the text format of Prometheus.',
  tags: ['operation'],
  querystring: NoQuerySchema,
  response: {
    200: {
      description: 'The metrics.',
      content: { 'text/plain': { schema: Type.String({ description: 'text format 0.0.4' }) } }
    },
    ...problemResponses(400, 401, 500)
  }
}
