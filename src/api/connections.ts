import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyHttpOptions, FastifyInstance } from 'fastify'
import {
  CONNECTION_TIMEOUT_MS,
  MAX_BODY_BYTES,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MAX_PATH_PART_CHARS,
  MAX_PIPELINED,
  MAX_URL_CHARS,
  REQUEST_CHECK_MS,
  REQUEST_TIMEOUT_MS
} from '../base/limits.js'
import type { Guard } from './guards.js'
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

/** How many requests in a row have come on a connection while an answer was under way. */
const WAITING = Symbol('footfall.waiting')

interface CountedSocket extends Socket {
  [WAITING]?: number
}

/**
 * Bounds what Fastify has no option for: connections, headers that do not end,
 * URLs, and requests that come one behind the other (pipelining). Node reads
 * 64 KiB of them at once, some thousand, and keeps the answers of all for a
 * client that may never read one.
 */
export function connectionGuard(app: FastifyInstance, { timeoutMs }: RequestTimes): Guard {
  app.server.maxConnections = MAX_CONNECTIONS
  app.server.headersTimeout = timeoutMs ?? REQUEST_TIMEOUT_MS
  return (request, reply) => {
    const socket: CountedSocket = request.raw.socket
    // An answer has no socket as long as another is under way on it.
    if (reply.raw.socket !== null) socket[WAITING] = 0
    else if ((socket[WAITING] = (socket[WAITING] ?? 0) + 1) > MAX_PIPELINED) return tooManyWaiting()
    return request.url.length > MAX_URL_CHARS
      ? new ProblemError(414, `A URL may have ${MAX_URL_CHARS} characters.`)
      : undefined
  }
}

/** It closes the connection: what is behind it is not read any more. */
function tooManyWaiting(): ProblemError {
  const detail = `Only ${MAX_PIPELINED} requests may wait on a connection for the answers before them.`
  return new ProblemError(429, detail, { connection: 'close', 'retry-after': '1' })
}
