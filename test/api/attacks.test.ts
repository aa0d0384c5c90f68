import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { AppOptions } from '../../src/api/app.js'
import { MAX_HEADER_BYTES, MAX_URL_CHARS } from '../../src/base/limits.js'
import { tokenOf } from '../../src/cli/access.js'
import { build, problemIn } from './build.js'

/** The attacks of FAILURES 24 and 31 to 33, a test each, on a server that listens where the wire matters. */

const TOKEN = 's3cret-t0ken'
const HEALTH = ['/healthz', '/readyz']

/** What a problem must never tell: where the program lies, how it is made. */
const INNER = /node_modules|\/src\/|\/dist\/|file:|\.[jt]s:\d|\n\s+at |Error:/

async function listening(t: Test, options: Partial<AppOptions> = {}) {
  const built = await build(t, options)
  await built.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = built.app.server.address() as AddressInfo
  const open = (request: string | Buffer = ''): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    t.teardown(() => socket.destroy())
    if (request !== '') socket.write(request)
    return socket
  }
  const raw = (request: string | Buffer) => text(open(request)).catch(() => '')
  return {
    ...built,
    port,
    open,
    raw,
    isServing: async () => (await raw(CLOSING('/healthz'))).startsWith('HTTP/1.1 200 ')
  }
}

const CLOSING = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`

/** Every path of the document, and those that are not in it. */
async function paths(t: Test): Promise<string[]> {
  const { app } = await build(t)
  const { paths: documented } = (await app.inject('/openapi.json')).json<{ paths: object }>()
  const filled = Object.keys(documented).map((path) => path.replace(/\{\w+\}/g, 'sku_0'))
  const pages = ['/docs', '/docs/', '/docs/start.js', '/docs/swagger-ui.css']
  return [...filled, ...pages, '/', '/nowhere', '/docs/none']
}

t.test('24: a client that never reads takes no more than its socket holds', async (t) => {
  const { open, raw } = await listening(t)
  const deaf = open().pause()
  const request = 'GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000)
  const before = process.memoryUsage().rss
  deaf.write(request)
  for (let round = 0; round < 20; round++) t.match(await raw(CLOSING('/healthz')), /^HTTP\/1\.1 200 /)
  t.ok(process.memoryUsage().rss - before < 100 * 2 ** 20)
})

t.test('24: many connections that say nothing leave others alone', async (t) => {
  const { open, isServing } = await listening(t)
  const idle = Array.from({ length: 500 }, () => open())
  await Promise.all(idle.map((socket) => once(socket, 'connect')))
  t.ok(await isServing())
})

t.test('24: slow headers (slowloris) and slow bodies are closed', async (t) => {
  const { raw, isServing } = await listening(t, { times: { timeoutMs: 200, checkMs: 50 } })
  t.match(await raw('GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: '), /^HTTP\/1\.1 408 /)
  const body = 'POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx'
  t.match(await raw(body), /^HTTP\/1\.1 (?:405|408) /)
  t.ok(await isServing())
})

t.test('24: a huge URL, header or parameter is refused', async (t) => {
  const { raw, app } = await listening(t)
  t.match(await raw(CLOSING(`/healthz?${'x'.repeat(MAX_URL_CHARS)}`)), /^HTTP\/1\.1 414 /)
  for (const huge of [
    `X-A: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n`,
    'X-Many: 0123456789\r\n'.repeat(MAX_HEADER_BYTES / 16)
  ]) {
    t.match(await raw(CLOSING('/healthz', huge)), /^HTTP\/1\.1 431 /)
  }
  for (const parameter of ['limit', 'window', 'x'.repeat(4000)]) {
    problemIn(t, await app.inject(`/v1/items/most-viewed?${parameter}=${'9'.repeat(4000)}`), 400)
  }
  problemIn(t, await app.inject(`/v1/items/most-viewed?${'a=1&'.repeat(2000)}`), 400)
})

t.test('31: without a token nothing but this machine is served', (t) => {
  const serving = { port: 0, allowHost: [], logFormat: 'text' } as const
  for (const host of ['0.0.0.0', '::', '192.168.1.7', 'shop.example']) {
    t.throws(() => tokenOf({ ...serving, host }), { code: 'usage' }, host)
  }
  t.equal(tokenOf({ ...serving, host: '127.0.0.1' }), undefined)
  t.end()
})

t.test('31: a wrong token is refused, and is compared in constant time', async (t) => {
  const { app } = await build(t, { token: TOKEN })
  for (const guess of [
    '',
    'x',
    TOKEN.slice(0, -1),
    `${TOKEN}x`,
    `${TOKEN.slice(0, -1)}x`,
    `${TOKEN}\u0000`
  ]) {
    const headers = { authorization: `Bearer ${guess}` }
    const answer = await app.inject({ url: '/v1/status', headers })
    problemIn(t, answer, 401)
    t.notMatch(answer.body, TOKEN)
  }
  // A measured time would depend on the machine: what compares is looked at.
  const compare = import.meta.resolve('@fastify/bearer-auth').replace(/index\.js$/, 'lib/compare.js')
  t.match(readFileSync(fileURLToPath(compare), 'utf8'), /timingSafeEqual\(a, b\)/)
})

t.test('31: a token in a URL is no token, and an unknown parameter', async (t) => {
  const { app, logged } = await build(t, { token: TOKEN })
  for (const name of ['token', 'access_token', 'authorization']) {
    const url = `/v1/status?${name}=${TOKEN}`
    problemIn(t, await app.inject(url), 401)
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${TOKEN}` } })
    t.same(problemIn(t, answer, 400).errors, [{ parameter: name, detail: 'unknown parameter' }])
    t.notMatch(answer.body, TOKEN)
  }
  t.same(logged, [])
})

t.test(
  '31: every route wants the token, streams, documents and unknown ones too; health does not',
  async (t) => {
    const { app } = await build(t, { token: TOKEN })
    const all = await paths(t)
    t.ok(all.length > 20 && all.includes('/v1/stream') && all.includes('/metrics'))
    for (const url of all) {
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'] as const) {
        const { statusCode } = await app.inject({ url, method })
        const isOpen = HEALTH.includes(url) && (method === 'GET' || method === 'HEAD')
        t.equal(statusCode, isOpen ? 200 : 401, `${method} ${url}`)
      }
    }
    for (const url of [
      '//v1/status',
      '/v1/../v1/status',
      '/V1/STATUS',
      '/v1/status/',
      '/v1/status;x',
      '/healthz/../v1/status',
      '/healthz%2f..%2fv1%2fstatus',
      '/healthz/'
    ]) {
      t.equal((await app.inject(url)).statusCode, 401, url)
    }
  }
)

t.test('32: a preflight of another site is allowed nothing', async (t) => {
  const { app } = await build(t)
  for (const url of await paths(t)) {
    const headers = {
      origin: 'https://evil.example',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization'
    }
    const answer = await app.inject({ url, method: 'OPTIONS', headers })
    t.ok(answer.statusCode >= 400, url)
    t.notOk(Object.keys(answer.headers).some((name) => name.startsWith('access-control-')))
  }
})

t.test('32: a page whose name leads here is not answered', async (t) => {
  const { raw } = await listening(t)
  for (const host of [
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example'
  ]) {
    for (const path of ['/v1/status', '/healthz', '/docs', '/nowhere']) {
      const answer = await raw(CLOSING(path).replace('Host: localhost', `Host: ${host}`))
      t.match(answer, /^HTTP\/1\.1 421 /, `${host} ${path}`)
      t.notMatch(answer, /access-control/i)
    }
  }
})

t.test('32: a request within a request (smuggling) is refused with its connection', async (t) => {
  const { raw } = await listening(t)
  const inner = 'GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const head = 'POST /healthz HTTP/1.1\r\nHost: localhost\r\n'
  for (const [what, request] of Object.entries({
    'length and chunks': `${head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    'two lengths': `${head}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'a list of lengths': `${head}Content-Length: 0, ${inner.length}\r\n\r\n${inner}`,
    'chunks that are none': `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
    'a blank before the colon': `${head}Content-Length : 5\r\n\r\n${inner}`,
    'a folded header': `${head}X-A: b\r\n Content-Length: 5\r\n\r\n${inner}`,
    'a bare line feed': `${head}Content-Length: 5\nX: y\r\n\r\n${inner}`,
    'a NUL': `${head}X-A: \0\r\n\r\n${inner}`
  })) {
    const answers: readonly string[] = (await raw(request)).match(/^HTTP\/1\.1 \d+/gm) ?? []
    t.notOk(answers.includes('HTTP/1.1 200'), `${what}: ${answers.join()}`)
  }
})

t.test('32: who asks too often is told to wait', async (t) => {
  const { app } = await build(t, { rateLimit: 5, token: TOKEN })
  const statuses: number[] = []
  for (let asked = 0; asked < 8; asked++) statuses.push((await app.inject('/v1/status')).statusCode)
  t.strictSame(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
})

t.test('32: an error tells no stack and no path of the machine', async (t) => {
  const { app, queries, raw } = await listening(t)
  queries.failure = new Error('cannot open /home/shop/secret.duckdb')
  queries.status = () => Promise.reject(new TypeError('x is not a function'))
  const bodies: string[] = []
  for (const url of [
    '/v1/status',
    '/metrics',
    '/v1/rejects',
    '/v1/history?metric=views',
    '/v1/summary',
    '/v1/items/most-viewed?window=5m',
    '/%zz',
    '/v1/items/%ff',
    '/docs/%00',
    '/x?y=%zz'
  ]) {
    const answer = await app.inject(url)
    t.ok(answer.statusCode >= 400, url)
    bodies.push(answer.body)
  }
  for (const request of [
    'garbage\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    CLOSING('/\u0000'),
    '\u0016\u0003\u0001\u0002\r\n\r\n'
  ])
    bodies.push(await raw(request))
  for (const body of bodies) t.notMatch(body, INNER)
  t.notMatch(bodies.join(), /secret|not a function/)
})

t.test('33: no path leads out of the static files', async (t) => {
  const { app, raw } = await listening(t)
  for (const path of [
    ...[
      '../package.json',
      '..%2fpackage.json',
      '%2e%2e/package.json',
      '%2e%2e%2fpackage.json',
      '..%5cpackage.json'
    ],
    ...[
      '....//package.json',
      '%252e%252e%252fpackage.json',
      '..;/package.json',
      '%00/../package.json',
      '/etc/passwd'
    ],
    ...['..%c0%afpackage.json', '%2fetc%2fpasswd', '../../../../../../../../etc/passwd', 'index.html%00.css']
  ]) {
    for (const answer of [(await app.inject(`/docs/${path}`)).body, await raw(CLOSING(`/docs/${path}`))]) {
      t.notMatch(answer, /"dependencies"|"version"|root:/, path)
    }
    t.match(await raw(CLOSING(`/docs/${path}`)), /^HTTP\/1\.1 (?:400|403|404) /, path)
  }
})

t.test('33: a body or query cannot change what objects are', async (t) => {
  const { app } = await build(t)
  const headers = { 'content-type': 'application/json' }
  for (const payload of ['{"__proto__":{"limit":1}}', '{"constructor":{"prototype":{"limit":1}}}']) {
    problemIn(t, await app.inject({ method: 'POST', url: '/v1/status', headers, payload }), 405)
    const asked = await app.inject({ method: 'GET', url: '/v1/items/most-viewed', headers, payload })
    t.equal(asked.json<{ data: unknown[] }>().data.length, 2, 'a body of a GET is not looked at')
  }
  for (const name of [
    '__proto__',
    'constructor',
    '__proto__[limit]',
    'constructor.prototype.limit',
    'toString'
  ]) {
    problemIn(t, await app.inject(`/v1/items/most-viewed?${name}=1`), 400)
  }
  t.equal(({} as { limit?: unknown }).limit, undefined)
})

t.test('33: a formula as an id is none in CSV', async (t) => {
  const { app, queries } = await build(t)
  const ids = ['=cmd()', '+1', '-1', '@SUM(A1)', '\t=1', '"=1"']
  queries.rows = ids.map((item_id, place) => ({ rank: place + 1, item_id, value: 1, formatted: '1' }))
  const { body } = await app.inject({ url: '/v1/items/most-viewed', headers: { accept: 'text/csv' } })
  t.notMatch(body, /(?:^|,|\r\n)"?[=+\-@\t\r]/)
})

t.test('33: markup as an id is text, and no browser takes it for more', async (t) => {
  const { app, queries } = await build(t)
  queries.rows = [{ rank: 1, item_id: '<img src=x onerror=alert(1)>', value: 1, formatted: '1' }]
  for (const accept of ['text/html', 'text/csv', '*/*']) {
    const { headers, statusCode } = await app.inject({ url: '/v1/items/most-viewed', headers: { accept } })
    t.equal(statusCode, 200)
    t.match(headers['content-type'], /^(?:application\/json|text\/csv);/)
    t.equal(headers['x-content-type-options'], 'nosniff')
    t.match(headers['content-security-policy'], "default-src 'none'")
  }
  const problem = await app.inject('/v1/items/most-viewed?<script>=1')
  t.match(problem.headers['content-type'], 'application/problem+json')
  t.equal(problem.headers['x-content-type-options'], 'nosniff')
})
