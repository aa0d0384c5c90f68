import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { text } from 'node:stream/consumers'
import t from 'tap'
import Value from 'typebox/value'
import { ProblemSchema } from '../../src/api/problem.js'
import { FootfallError } from '../../src/base/errors.js'
import { build, problemIn } from './build.js'

t.test('problems are as documented', async (t) => {
  const { app, queries } = await build(t)
  queries.published = false
  for (const url of ['/v1/items/most-viewed', '/v1/items/most-viewed?limit=0&x=1', '/nowhere', '/%zz']) {
    t.ok(Value.Check(ProblemSchema, (await app.inject(url)).json()), url)
  }
})

t.test('a bug is a 500 that says nothing of the machine, and is logged', async (t) => {
  const { app, queries, logged } = await build(t)
  for (const thrown of [new Error('/secret/path'), 'secret', undefined, { secret: 1 }]) {
    queries.status = () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- whatever a bug may throw
      throw thrown
    }
    const answer = await app.inject('/v1/status')
    const problem = problemIn(t, answer, 500)
    t.same(Object.keys(problem), ['type', 'title', 'status', 'detail'])
    t.notMatch(answer.body, /secret|node_modules|\bat /)
  }
  t.equal(logged.length, 4)
  t.match(logged[0], /request failed: Error: \/secret\/path\n\s+at /)
})

t.test('the log has the request by its id and route, and nothing that may be a secret', async (t) => {
  const fields: object[] = []
  const logger = { error: (failed: object) => void fields.push(failed) }
  const { app, queries } = await build(t, { logger, token: 's3cret' })
  queries.status = () => Promise.reject(new Error('because'))
  const headers = { authorization: 'Bearer s3cret', 'x-request-id': 'mine' }
  problemIn(t, await app.inject({ url: '/v1/status', headers }), 500)
  t.match(fields, [{ request_id: 'mine', method: 'GET', route: '/v1/status', status: 500, err: Error }])
  t.strictSame(Object.keys(fields[0]!).sort(), ['err', 'method', 'request_id', 'route', 'status'])
  t.notMatch(inspect(fields), 's3cret')
})

t.test('an answer that does not fit its schema is a 500, not a wrong answer', async (t) => {
  const { app, queries, logged } = await build(t)
  queries.topItems = () => Promise.resolve({ data: [] } as never)
  problemIn(t, await app.inject('/v1/items/most-viewed?window=5m'), 500)
  t.match(logged.join(''), /meta/)
})

t.test('errors keep the status that a plugin gave them, and show what is the client’s to mend', async (t) => {
  const { app, logged } = await build(t)
  for (const statusCode of [409, 418, 501, 503, 200, 302, 700]) {
    app.get(`/fails/${statusCode}`, () => {
      throw Object.assign(new Error('because'), { statusCode })
    })
  }
  app.get('/stopped', () => {
    throw new FootfallError('source', '/secret')
  })
  t.equal(problemIn(t, await app.inject('/fails/409'), 409).detail, 'because')
  t.equal(problemIn(t, await app.inject('/fails/418'), 418).detail, 'because')
  t.same(logged, [])
  for (const [given, shown] of [
    [501, 501],
    [503, 503],
    [200, 500],
    [302, 500],
    [700, 500]
  ] as const) {
    t.notMatch(problemIn(t, await app.inject(`/fails/${given}`), shown).detail, /because/)
  }
  t.notMatch(problemIn(t, await app.inject('/stopped'), 503).detail, /secret/)
})

t.test('a path that cannot be decoded is a 400', async (t) => {
  const { app } = await build(t)
  problemIn(t, await app.inject('/%zz'), 400)
  problemIn(t, await app.inject('/v1/items/%ff'), 400)
})

t.test('what is no HTTP gets a problem over the socket, which is closed', async (t) => {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  for (const [request, status] of [
    ['garbage\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431]
  ] as const) {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    const answer = await text(socket)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1.1 ${status} `))
    t.match(head, /content-type: application\/problem\+json/i)
    t.equal((JSON.parse(body) as { status: number }).status, status)
  }
})

t.test('what follows a request that is not answered yet is not answered in its place', async (t) => {
  const { app, queries } = await build(t)
  const asked = new Promise<void>((resolve) => {
    queries.status = () => {
      resolve()
      return new Promise(() => undefined)
    }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await asked
  socket.write('rubbish\r\n\r\n')
  t.equal(await text(socket), '')
})
