import fastify, { type FastifyInstance } from 'fastify'
import type { Queries } from '../query/queries.js'
import {
  CONNECTION_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_PATH_PART_CHARS,
  REQUEST_TIMEOUT_MS
} from '../base/limits.js'
import { requireToken } from './auth.js'
import { describeRoutes } from './openapi.js'
import { AJV_OPTIONS } from './parameters.js'
import {
  STANDARD_ERROR,
  answerClientError,
  answerProblems,
  errorHandler,
  type ErrorLogger
} from './problem.js'
import { addSecurityHeaders } from './security-headers.js'
import { answerUnknownRoutes } from './unknown-routes.js'
import { healthRoutes } from './routes/health.js'
import { historyRoutes } from './routes/history.js'
import { insightRoutes } from './routes/insights.js'
import { itemRoutes } from './routes/items.js'
import { rejectRoutes } from './routes/rejects.js'
import { statusRoutes } from './routes/status.js'

/** What an application is built from. */
export interface AppOptions {
  /** What the routes answer from. */
  readonly queries: Queries
  /** When given, every route but the health checks wants `Authorization: Bearer <token>`. */
  readonly token?: string | undefined
  /** Where errors go that clients are not told of; default: standard error. A pino logger fits. */
  readonly logger?: ErrorLogger | undefined
  /** The product's version, for the OpenAPI document. */
  readonly version: string
}

/**
 * Builds the HTTP application; it does not listen. Rejects with a
 * `FootfallError` (`usage`) when the token is empty. Not here: TLS, CORS,
 * rate limits, cookies.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const answerError = errorHandler(options.logger ?? STANDARD_ERROR)
  const app = fastify({
    ajv: { customOptions: AJV_OPTIONS },
    bodyLimit: MAX_BODY_BYTES,
    clientErrorHandler: answerClientError,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    frameworkErrors: answerError,
    // Fastify's own logger listens to the end of each reply, a fifth of what the board's text costs.
    logger: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: true,
    routerOptions: { maxParamLength: MAX_PATH_PART_CHARS },
    trustProxy: false
  })
  answerProblems(app, answerError)
  addSecurityHeaders(app)
  // The token comes before all that answers, unknown paths included.
  if (options.token !== undefined) await requireToken(app, options.token)
  answerUnknownRoutes(app)
  const secured = options.token !== undefined
  await describeRoutes(app, { version: options.version, secured })
  await app.register(healthRoutes, { queries: options.queries })
  await app.register(itemRoutes, { queries: options.queries, prefix: '/v1/items' })
  await app.register(insightRoutes, { queries: options.queries, secured, prefix: '/v1' })
  await app.register(historyRoutes, { queries: options.queries, secured, prefix: '/v1' })
  await app.register(rejectRoutes, { queries: options.queries, prefix: '/v1' })
  await app.register(statusRoutes, { queries: options.queries, prefix: '/v1' })
  return app
}
