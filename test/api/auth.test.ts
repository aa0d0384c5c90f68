import t from 'tap'
import { buildApp } from '../../src/api/app.js'
import { ShopQueries, build, problemIn } from './build.js'

const token = 's3cret-token'
const BASIC = `Basic ${Buffer.from(`anybody:${token}`).toString('base64')}`
const PAGES = ['/', '/dashboard.js', '/docs', '/docs/', '/docs/start.js', '/docs/swagger-ui.css']
const GUARDED = [
  ...['/v1/items/most-viewed', '/v1/items/top-grossing?window=5m', '/v1/status', '/openapi.json'],
  ...['/v1/history?metric=views', '/v1/history/items?metric=views&bucket=2026-11', '/v1/history'],
  ...['/v1/items/most-viewed?limit=0', '/nowhere', '/docs/none.css', ...PAGES]
]

t.test('with a token, every route but health wants it', async (t) => {
  const { app, queries } = await build(t, { token })
  for (const url of GUARDED) {
    const answer = await app.inject(url)
    problemIn(t, answer, 401)
    const basic = PAGES.includes(url) ? ['Basic realm="footfall", charset="UTF-8"'] : []
    t.same([answer.headers['www-authenticate']].flat(), ['Bearer realm="footfall"', ...basic], url)
    for (const authorization of [`Bearer ${token}`, BASIC]) {
      const allowed = await app.inject({ url, headers: { authorization } })
      t.not(allowed.statusCode, 401, url)
    }
  }
  problemIn(t, await app.inject({ url: '/v1/status', method: 'POST' }), 401)
  problemIn(t, await app.inject({ url: '/healthz', method: 'DELETE' }), 401)
  t.match((await app.inject({ url: '/v1/status', method: 'HEAD' })).statusCode, 401)
  t.equal((await app.inject('/healthz')).statusCode, 200)
  t.equal((await app.inject({ url: '/healthz', method: 'HEAD' })).statusCode, 200)
  t.equal((await app.inject('/readyz')).statusCode, 200)
  queries.published = false
  problemIn(t, await app.inject('/readyz'), 503)
})

t.test('anything but the token is refused', async (t) => {
  const { app } = await build(t, { token })
  for (const authorization of [
    ...[
      token,
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token.toUpperCase()}`,
      'Bearer',
      'Bearer '
    ],
    ...[
      `Basic ${token}`,
      `${BASIC}=x`,
      ...[`${token}:`, `x:${token}x`, `x:y:${token}`, token].map(
        (text) => `Basic ${Buffer.from(text).toString('base64')}`
      ),
      `Bearer ${token},${token}`,
      ''
    ]
  ]) {
    const answer = await app.inject({ url: '/v1/status', headers: { authorization } })
    problemIn(t, answer, 401)
    t.match(answer.headers['www-authenticate'], /^Bearer realm="footfall"/, authorization)
    t.notMatch(answer.body, token)
  }
  const wrong = await app.inject({ url: '/v1/status', headers: { authorization: 'Bearer no' } })
  t.equal(wrong.headers['www-authenticate'], 'Bearer realm="footfall", error="invalid_token"')
})

t.test('the scheme’s name may be in any case', async (t) => {
  const { app } = await build(t, { token })
  const headers = { authorization: `bearer ${token}` }
  t.equal((await app.inject({ url: '/v1/status', headers })).statusCode, 200)
})

t.test('the token is not taken from the URL', async (t) => {
  const { app } = await build(t, { token })
  for (const name of ['token', 'access_token', 'authorization']) {
    problemIn(t, await app.inject(`/v1/status?${name}=${token}`), 401)
  }
})

t.test('without a token no route wants one', async (t) => {
  const { app } = await build(t)
  t.equal((await app.inject('/v1/status')).statusCode, 200)
  t.equal((await app.inject('/openapi.json')).statusCode, 200)
})

t.test('an empty token is a mistake, not an open door', async (t) => {
  const options = { queries: new ShopQueries(), version: '1', token: '' }
  await t.rejects(buildApp(options), { name: 'FootfallError', code: 'usage' })
})
