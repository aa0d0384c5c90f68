import type { FastifyPluginCallback } from 'fastify'
import { servePages, type Pages } from '../pages.js'

/** The pages load nothing from elsewhere, and run nothing but what comes with the package. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const FILES: Pages['files'] = [
  { path: '/', type: 'html', content: { file: 'dist/dashboard/index.html' } },
  { path: '/dashboard.js', type: 'javascript', content: { file: 'dist/dashboard/dashboard.js' } },
  { path: '/dashboard.css', type: 'css', content: { file: 'dist/dashboard/dashboard.css' } }
]

/** The dashboard. */
export const dashboardRoutes: FastifyPluginCallback<Pick<Pages, 'secured'>> = (app, { secured }, done) => {
  servePages(app, { files: FILES, policy: POLICY, secured })
  done()
}
