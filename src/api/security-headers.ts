import type { FastifyInstance, onRequestHookHandler } from 'fastify'

/**
 * What every answer tells browsers: to take it for what it says it is, to run
 * nothing in it, and to show or hand it to no other site. What helmet sends,
 * but for what old browsers alone know, and for `Strict-Transport-Security`,
 * which is for whoever speaks TLS. Not helmet itself: it sets its headers on the
 * raw response, one by one, and makes the slower way of writing them out
 * necessary for each answer.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff'
} as const

/** What pages tell browsers besides: nothing of it means anything for an answer that is none, and each header costs. */
export const PAGE_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY'
} as const

/** Adds `PAGE_HEADERS` to the routes of pages that are registered from now on below a path. */
export function addPageHeaders(app: FastifyInstance, path: string): void {
  app.addHook('onRoute', (route) => {
    if (route.url !== path && !route.url.startsWith(`${path}/`)) return
    const addHeaders: onRequestHookHandler = (_request, reply, done) => {
      reply.headers(PAGE_HEADERS)
      done()
    }
    route.onRequest = [...[route.onRequest ?? []].flat(), addHeaders]
  })
}
