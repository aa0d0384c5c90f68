import fastify, { type FastifyInstance } from 'fastify'
import type { Queries } from '../query/queries.js'
import { requireToken } from './auth.js'
import { compressAnswers } from './compression.js'
import { connectionGuard, connectionOptions, type RequestTimes } from './connections.js'
import { guardRequests } from './guards.js'
import { hostGuard, type HostPolicy } from './hosts.js'
import { measureLatency, startLatency } from './metrics/latency.js'
import { describeRoutes } from './openapi.js'
import { AJV_OPTIONS } from './parameters.js'
import { pressureGuard, type PressureOptions } from './pressure.js'
import {
  STANDARD_ERROR,
  answerClientError,
  answerProblems,
  errorHandler,
  type ErrorLogger
} from './problem.js'
import { LAZY_COMPILERS } from './lazy-compilers.js'
import { limitRates } from './rate-limit.js'
import { nameRequest, requestIdOf } from './request-id.js'
import { addFirstHeaders } from './first-headers.js'
import type { SnapshotStreamsOptions } from './snapshot-streams.js'
import { answerUnknownRoutes } from './unknown-routes.js'
import { dashboardRoutes } from './routes/dashboard.js'
import { docsRoutes } from './routes/docs.js'
import { healthRoutes } from './routes/health.js'
import { historyRoutes } from './routes/history.js'
import { insightRoutes } from './routes/insights.js'
import { itemRoutes } from './routes/items.js'
import { metricsRoutes } from './routes/metrics.js'
import { oneItemRoutes } from './routes/one-item.js'
import { rejectRoutes } from './routes/rejects.js'
import { streamRoutes } from './routes/stream.js'
import { statusRoutes } from './routes/status.js'

/** What an application is built from. */
export interface AppOptions {
  /** What the routes answer from. */
  readonly queries: Queries
  /** When given, every route but the health checks wants `Authorization: Bearer <token>`, or of a browser the token as a password. */
  readonly token?: string | undefined
  /** By which names it may be asked; default: those of this machine. */
  readonly hosts?: HostPolicy | undefined
  /** Requests a minute and address, 0: any number; default: `DEFAULT_RATE_LIMIT`, this machine excepted. */
  readonly rateLimit?: number | undefined
  /** Where errors go that clients are not told of; default: standard error. A pino logger fits. */
  readonly logger?: ErrorLogger | undefined
  /** How many streams may be open at a time, and their clock. */
  readonly streams?: SnapshotStreamsOptions | undefined
  /** The product's version, for the OpenAPI document. */
  readonly version: string
  /** Test only: less than what is in the limits. */
  readonly times?: RequestTimes & PressureOptions
}

/**
 * Builds the HTTP application; it does not listen. Rejects with a
 * `FootfallError` (`usage`) when the token is empty. Not here: TLS, CORS,
 * cookies.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { queries, token, times = {} } = options
  const answerError = errorHandler(options.logger ?? STANDARD_ERROR)
  const app = fastify({
    ...connectionOptions(times),
    ajv: { customOptions: AJV_OPTIONS },
    schemaController: { compilersFactory: LAZY_COMPILERS },
    clientErrorHandler: answerClientError,
    frameworkErrors: answerError,
    genReqId: requestIdOf,
    // Fastify's own logger listens to the end of each reply, a fifth of what the board's text costs.
    logger: false,
    // What comes while it closes is answered like anything else, until its connection is closed.
    return503OnClosing: false,
    trustProxy: false
  })
  answerProblems(app, answerError)
  const latency = measureLatency(app)
  // In this order, before all that answers, unknown paths included.
  guardRequests(app, [
    startLatency,
    addFirstHeaders,
    nameRequest,
    connectionGuard(app, times),
    hostGuard(options.hosts ?? { bound: 'localhost' }),
    pressureGuard(app, times)
  ])
  await limitRates(app, options.rateLimit)
  if (token !== undefined) await requireToken(app, token)
  answerUnknownRoutes(app)
  compressAnswers(app)
  const secured = token !== undefined
  await describeRoutes(app, { version: options.version, secured })
  await app.register(dashboardRoutes, { secured })
  await app.register(docsRoutes, { secured })
  await app.register(healthRoutes, { queries })
  await app.register(itemRoutes, { queries, secured, prefix: '/v1/items' })
  await app.register(oneItemRoutes, { queries, secured, prefix: '/v1' })
  await app.register(insightRoutes, { queries, secured, prefix: '/v1' })
  await app.register(historyRoutes, { queries, secured, prefix: '/v1' })
  await app.register(streamRoutes, { ...options.streams, queries, prefix: '/v1' })
  await app.register(rejectRoutes, { queries, secured, prefix: '/v1' })
  await app.register(metricsRoutes, { queries, latency, version: options.version })
  await app.register(statusRoutes, { queries, prefix: '/v1' })
  return app
}
