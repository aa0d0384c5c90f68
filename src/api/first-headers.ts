import type { Guard } from './guards.js'
import { SECURITY_HEADERS } from './security-headers.js'

/**
 * What every answer begins with, also where Fastify or Node refuse a request
 * before any route. A route may replace the policy, and says itself when an
 * answer may be kept: by default it is of this moment, and no cache on its way may
 * answer with it later. There is no CORS: no other site may read anything.
 */
export const FIRST_HEADERS = { ...SECURITY_HEADERS, 'cache-control': 'no-store' } as const

/** Adds them to every answer. */
export const addFirstHeaders: Guard = (_request, reply) => {
  reply.headers(FIRST_HEADERS)
  return undefined
}
