import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import type { Queries } from '../../query/queries.js'
import { SnapshotSchema } from '../../query/snapshot-shape.js'
import { NoQuerySchema } from '../parameters.js'
import { notReady } from '../problem.js'
import { problemResponses } from '../responses.js'
import { addNamedSchemas } from '../schemas.js'
import { SnapshotStreams, type SnapshotStreamsOptions } from '../snapshot-streams.js'

export interface StreamRouteOptions extends SnapshotStreamsOptions {
  readonly queries: Queries
}

/** The headline answers and the summary as server-sent events. */
export const streamRoutes: FastifyPluginCallbackTypebox<StreamRouteOptions> = (app, options, done) => {
  const { queries } = options
  const streams = new SnapshotStreams(queries, options)
  addNamedSchemas(app, SnapshotSchema)
  // A server that closes waits for answers under way: these would never end.
  app.addHook('preClose', (closed) => {
    streams.close()
    closed()
  })
  // There is no HEAD: a stream has no length, and costs a place.
  app.get('/stream', { schema: SCHEMA, exposeHeadRoute: false }, async (request, reply) => {
    if (!queries.ready()) throw notReady()
    const stream = await streams.open(reply.raw, request.headers['last-event-id'] ?? '')
    reply.headers({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Of nginx, which would otherwise hold events back.
      'x-accel-buffering': 'no'
    })
    return reply.send(stream)
  })
  done()
}

const SCHEMA = {
  operationId: 'stream',
  summary: 'The headline answers and the summary, as they change',
  description:
    'Server-sent events: `event: snapshot`, whose `data` is a `Snapshot` in JSON, at once and then whenever ' +
    'something has changed, at most once a second. A client that is slow is only sent the newest; one that ' +
    'takes nothing for a minute is closed. When there is nothing to send, a comment comes every 15 seconds. ' +
    '`id` is the revision: a client that comes back with it in `Last-Event-ID`, as `EventSource` does, is not ' +
    'sent again what it has. Where a token is wanted, `EventSource` of browsers cannot send it: use `fetch` and ' +
    'read its body.',
  tags: ['insights'],
  querystring: NoQuerySchema,
  headers: Type.Object({
    'last-event-id': Type.Optional(
      Type.String({
        description: 'The `id` of the last event that the client has.',
        examples: ['q1Zb3JvD-1041']
      })
    )
  }),
  response: {
    200: {
      description: 'Events, until the client or the server ends.',
      content: { 'text/event-stream': { schema: Type.Ref('Snapshot') } }
    },
    ...problemResponses(400, 401, 500, 503)
  }
}
