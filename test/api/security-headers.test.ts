import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { FIRST_HEADERS } from '../../src/api/first-headers.js'
import { PAGE_HEADERS, SECURITY_HEADERS } from '../../src/api/security-headers.js'
import { RANKINGS, build } from './build.js'

const PATHS = [
  ...RANKINGS.map(({ url }) => url),
  ...['/v1/items/most-viewed?window=5m', '/v1/items/most-viewed?limit=0', '/v1/status', '/v1/rejects'],
  ...['/v1/history?metric=views', '/v1/summary', '/healthz', '/readyz', '/openapi.json'],
  ...['/nowhere', '/%zz', `/v1/items/${'a'.repeat(800)}`]
]

t.test('every answer has the security headers, and none lets another site read it', async (t) => {
  const { app, queries } = await build(t)
  for (const url of PATHS) {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS'] as const) {
      const origin = { origin: 'https://evil.example', 'access-control-request-method': 'GET' }
      const { headers } = await app.inject({ url, method, headers: origin })
      t.match(headers, SECURITY_HEADERS, `${method} ${url}`)
      const cors = Object.keys(headers).filter((name) => name.startsWith('access-control-'))
      t.same(cors, [], `${method} ${url}`)
      t.notOk('x-powered-by' in headers || 'server' in headers, 'nothing says what it runs on')
    }
  }
  queries.failure = new Error('a bug')
  t.match((await app.inject('/v1/rejects')).headers, SECURITY_HEADERS, 'a 500')
})

t.test('what is no HTTP request has them too', async (t) => {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('garbage\r\n\r\n')
  const answer = await text(socket)
  for (const [name, value] of Object.entries(FIRST_HEADERS)) t.ok(answer.includes(`${name}: ${value}\r\n`))
})

t.test('the pages have a policy of their own, as strict as they can live with', async (t) => {
  const { app } = await build(t)
  for (const url of ['/', '/docs', '/docs/swagger-ui.css', '/docs/swagger-ui.js']) {
    const { headers, statusCode } = await app.inject(url)
    t.equal(statusCode, 200)
    t.match(headers, { ...SECURITY_HEADERS, ...PAGE_HEADERS, 'content-security-policy': String })
    const policy = String(headers['content-security-policy'])
    for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      t.match(policy, part)
    t.notMatch(/script-src[^;]*/.exec(policy)?.[0] ?? '', /unsafe|\*|https?:/)
  }
})

t.test('what is of this moment is kept by no cache', async (t) => {
  const { app } = await build(t)
  for (const url of [
    ...['/v1/status', '/metrics', '/healthz', '/readyz', '/openapi.json'],
    ...['/nowhere', '/v1/items/nothing', '/v1/top-items?metric=x', '/%zz']
  ]) {
    t.equal((await app.inject(url)).headers['cache-control'], 'no-store', url)
  }
})
