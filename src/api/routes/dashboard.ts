import { readFileSync } from 'node:fs'
import type { FastifyPluginCallback } from 'fastify'
import { sendText, tagOf } from '../caching.js'
import { NoQuerySchema } from '../parameters.js'
import { PAGE_HEADERS } from '../security-headers.js'

/** Where the build has put it. */
const FOLDER = new URL('../../../dashboard/', import.meta.url)

const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/dashboard.js', 'dashboard.js', 'text/javascript; charset=utf-8'],
  ['/dashboard.css', 'dashboard.css', 'text/css; charset=utf-8']
] as const

/** The pages load nothing from elsewhere, and run nothing but what comes with the package. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export interface DashboardRouteOptions {
  /** Whether a token is wanted: answers are then for its holder alone. */
  readonly secured: boolean
}

/** The dashboard: three files that are read once. No path leads to any other. */
export const dashboardRoutes: FastifyPluginCallback<DashboardRouteOptions> = (app, { secured }, done) => {
  for (const [path, name, type] of FILES) {
    const text = readFileSync(new URL(name, FOLDER), 'utf8')
    const etag = tagOf(text)
    app.get(path, { schema: { hide: true, querystring: NoQuerySchema } }, (request, reply) => {
      reply.headers({ ...PAGE_HEADERS, 'content-security-policy': POLICY })
      sendText(request, reply, { text, type, etag }, { isLasting: false, isPrivate: secured })
    })
  }
  done()
}
