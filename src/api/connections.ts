import type { Server } from 'node:http'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'
import {
  CONNECTION_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_PATH_PART_CHARS,
  MAX_URL_CHARS,
  REQUEST_CHECK_MS,
  REQUEST_TIMEOUT_MS
} from '../base/limits.js'
import { ProblemError } from './problem.js'

/** How long a request may take to come in; ms. */
export interface RequestTimes {
  readonly timeoutMs?: number | undefined
  /** How often requests that come too slowly are looked for. */
  readonly checkMs?: number | undefined
}

/** What bounds a connection, and a request on it. A connection may bring any number of requests. */
export function connectionOptions({ timeoutMs, checkMs }: RequestTimes) {
  return {
    bodyLimit: MAX_BODY_BYTES,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    // Between requests, as without one, nothing moves.
    keepAliveTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: timeoutMs ?? REQUEST_TIMEOUT_MS,
    http: {
      // How many headers there are follows from it. Where to answer one without a host is told in hosts.ts.
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false,
      connectionsCheckingInterval: checkMs ?? REQUEST_CHECK_MS
    },
    routerOptions: { maxParamLength: MAX_PATH_PART_CHARS }
  } satisfies FastifyHttpOptions<Server>
}

/** Bounds what Fastify has no option for: connections, headers that do not end, URLs. */
export function boundConnections(app: FastifyInstance, { timeoutMs }: RequestTimes): void {
  app.server.maxConnections = MAX_CONNECTIONS
  app.server.headersTimeout = timeoutMs ?? REQUEST_TIMEOUT_MS
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.url.length <= MAX_URL_CHARS) done()
    else done(new ProblemError(414, `A URL may have ${MAX_URL_CHARS} characters.`))
  })
}
