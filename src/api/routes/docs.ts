import type { FastifyPluginCallback } from 'fastify'
import { servePages, type Pages } from '../pages.js'

/** Swagger UI sets styles of its own; besides them the pages are as closed as the dashboard. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>footfall API</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <script src="/docs/swagger-ui.js" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body>
    <div id="swagger-ui"></div>
  </body>
</html>
`

/** Without a validator, which would be another site's. */
const START = `SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/openapi.json',
  deepLinking: true,
  validatorUrl: null
})
`

const FILES: Pages['files'] = [
  { path: '/docs', type: 'html', content: { text: PAGE } },
  { path: '/docs/', type: 'html', content: { text: PAGE } },
  { path: '/docs/start.js', type: 'javascript', content: { text: START } },
  { path: '/docs/swagger-ui.js', type: 'javascript', content: { file: 'dist/docs/swagger-ui-bundle.js' } },
  { path: '/docs/swagger-ui.css', type: 'css', content: { file: 'dist/docs/swagger-ui.css' } }
]

/**
 * The pages of the OpenAPI document: Swagger UI's own two files, from its
 * package at the build. Not the plugin that serves them: it loads 200 modules
 * at each start, for pages that few starts are asked for.
 */
export const docsRoutes: FastifyPluginCallback<Pick<Pages, 'secured'>> = (app, { secured }, done) => {
  servePages(app, { files: FILES, policy: POLICY, secured })
  done()
}
