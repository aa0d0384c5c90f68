import t from 'tap'
import { RANKINGS, build, problemIn } from './build.js'

t.test('an unknown path is a 404, whatever the method', async (t) => {
  const { app } = await build(t)
  for (const url of ['/v1', '/v1/', '/v1/item', '/v1/items/x/y', '/v1/status/', '/V1/status', '/healthz/x']) {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'] as const) {
      const answer = await app.inject({ method, url })
      problemIn(t, answer, 404)
      t.equal(answer.headers.allow, undefined)
    }
  }
  const head = await app.inject({ method: 'HEAD', url: '/nowhere' })
  t.equal(head.statusCode, 404)
  t.equal(head.body, '')
})

t.test('a known path with another method is a 405 that names the methods', async (t) => {
  const { app, queries } = await build(t)
  const paths = ['/v1/status', '/healthz', '/readyz', '/openapi.json', '/docs', '/docs/swagger-ui.css']
  for (const url of [...paths, ...RANKINGS.map((ranking) => `${ranking.url}?limit=5`)]) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND']) {
      const answer = await app.inject({ method: method as 'POST', url })
      problemIn(t, answer, 405)
      t.equal(answer.headers.allow, 'GET, HEAD', `${method} ${url}`)
    }
  }
  t.same(queries.asked, [])
})

t.test('the answer does not depend on a body, which is not read', async (t) => {
  const { app } = await build(t)
  for (const [type, payload] of [
    ['application/json', '{"broken'],
    ['application/json', '{"__proto__":1}'],
    ['text/xml', '<a/>'],
    ['garbage', 'x'],
    ['application/json', 'x'.repeat(100_000)]
  ] as const) {
    const headers = { 'content-type': type }
    problemIn(t, await app.inject({ method: 'POST', url: '/v1/status', headers, payload }), 405)
    problemIn(t, await app.inject({ method: 'POST', url: '/nowhere', headers, payload }), 404)
  }
})

t.test('patterns of paths are matched part by part', async (t) => {
  const { app } = await build(t)
  app.get('/v1/shops/:shop/history', () => 'x')
  const known = await app.inject({ method: 'POST', url: '/v1/shops/a/history' })
  problemIn(t, known, 405)
  for (const url of ['/v1/shops//history', '/v1/shops/a/b/history', '/v1/shops/a']) {
    problemIn(t, await app.inject({ method: 'POST', url }), 404)
  }
})
