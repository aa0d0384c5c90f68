import type { FastifyInstance } from 'fastify'

/**
 * What every answer tells browsers: to take it for what it says it is, to run
 * nothing in it, and to show or hand it to no other site. What helmet sends,
 * but for what is of no use to answers that are no pages, and for
 * `Strict-Transport-Security`, which is for whoever speaks TLS. Not helmet
 * itself: it sets its headers on the raw response, one by one, and makes the
 * slower way of writing them out necessary for each answer.
 */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
} as const

/** Adds them to every answer; a route may replace its policy. There is no CORS: no other site may read anything. */
export function addSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS)
    done()
  })
}
