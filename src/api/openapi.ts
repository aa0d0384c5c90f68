import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { NoQuerySchema } from './parameters.js'
import { jsonResponse, problemResponses } from './responses.js'

/** What the document says that no route does. */
export interface DescriptionOptions {
  /** The product's version. */
  readonly version: string
  /** Whether the routes want a token. */
  readonly secured: boolean
}

/**
 * Serves the OpenAPI document at `/openapi.json`. It is made from the routes'
 * schemas, when it is first asked for; to be called before the routes are
 * registered.
 */
export async function describeRoutes(app: FastifyInstance, options: DescriptionOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'footfall',
        version: options.version,
        description:
          'Live and exact answers from a shop’s event stream: most viewed, most carted, top grossing; ' +
          'and its days, weeks and months.',
        license: { name: 'MIT', identifier: 'MIT' }
      },
      servers: [{ url: '/', description: 'this very server' }],
      tags: [
        { name: 'items', description: 'Rankings of items over a trailing window' },
        {
          name: 'insights',
          description: 'Any metric: rankings, one item, series, trends, the shop as a whole'
        },
        { name: 'history', description: 'Days, ISO weeks and months' },
        { name: 'operation', description: 'The state of the service' }
      ],
      ...(options.secured && {
        components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        security: [{ token: [] }]
      })
    },
    // Schemas keep the name they have; the default calls them def-0, def-1.
    refResolver: {
      buildLocalReference: (schema, _base, _fragment, index) =>
        typeof schema['$id'] === 'string' ? schema['$id'] : `schema-${index}`
    }
  })

  let text: string | undefined
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'openapi',
        summary: 'This document',
        tags: ['operation'],
        querystring: NoQuerySchema,
        response: {
          ...jsonResponse('The OpenAPI document.', Type.Object({}, { additionalProperties: true })),
          ...problemResponses(400, 401, 500)
        }
      }
    },
    (_request, reply) => {
      text ??= JSON.stringify(app.swagger())
      reply.type('application/json; charset=utf-8').send(text)
    }
  )
}
