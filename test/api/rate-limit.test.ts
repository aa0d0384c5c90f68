import t from 'tap'
import { DEFAULT_RATE_LIMIT } from '../../src/base/limits.js'
import { build, problemIn } from './build.js'

const AWAY = '203.0.113.9'

t.test('an address that asks too often within a minute is told so, others are not', async (t) => {
  const { app } = await build(t, { rateLimit: 3 })
  const ask = (remoteAddress: string, url = '/v1/status') => app.inject({ url, remoteAddress })
  for (const left of [2, 1, 0]) t.equal((await ask(AWAY)).headers['ratelimit-remaining'], String(left))
  const answer = await ask(AWAY)
  t.match(problemIn(t, answer, 429).detail, /Too many requests/)
  t.match(answer.headers['retry-after'], /^(?:[1-9]|[1-5]\d|60)$/)
  for (const url of ['/nowhere', '/docs', '/openapi.json', '/v1/items/most-viewed']) {
    problemIn(t, await ask(AWAY, url), 429)
  }
  for (const url of ['/healthz', '/readyz']) t.equal((await ask(AWAY, url)).statusCode, 200, 'health is free')
  t.equal((await ask('203.0.113.10')).statusCode, 200)
})

t.test('of IPv6 a /64 is one client, and a mapped address is the IPv4 one', async (t) => {
  const { app } = await build(t, { rateLimit: 1 })
  const ask = async (remoteAddress: string) =>
    (await app.inject({ url: '/v1/status', remoteAddress })).statusCode
  t.equal(await ask('2001:db8:0:1::1'), 200)
  t.equal(await ask('2001:db8:0:1:ffff::2'), 429)
  t.equal(await ask('2001:db8:0:2::1'), 200)
  t.equal(await ask(AWAY), 200)
  t.equal(await ask(`::ffff:${AWAY}`), 429)
})

t.test('guesses of the token count', async (t) => {
  const { app } = await build(t, { rateLimit: 2, token: 'right' })
  const guess = (token: string) =>
    app.inject({ url: '/v1/status', headers: { authorization: `Bearer ${token}` }, remoteAddress: AWAY })
  t.equal((await guess('a')).statusCode, 401)
  t.equal((await guess('b')).statusCode, 401)
  problemIn(t, await guess('right'), 429)
})

t.test('by default this machine asks as often as it likes, and others have a limit', async (t) => {
  const { app } = await build(t)
  const ask = async (remoteAddress: string) =>
    (await app.inject({ url: '/v1/status', remoteAddress })).statusCode
  for (let asked = 0; asked < DEFAULT_RATE_LIMIT; asked++) {
    if ((await ask('127.0.0.1')) !== 200 || (await ask(AWAY)) !== 200) t.fail(`question ${asked}`)
  }
  t.equal(await ask('127.0.0.1'), 200)
  t.equal(await ask('::1'), 200)
  t.equal(await ask(AWAY), 429)
})

t.test('a limit that is given is for this machine too, and 0 is none', async (t) => {
  const limited = (await build(t, { rateLimit: 1 })).app
  t.equal((await limited.inject('/v1/status')).statusCode, 200)
  t.equal((await limited.inject('/v1/status')).statusCode, 429)
  const free = (await build(t, { rateLimit: 0 })).app
  for (let asked = 0; asked < DEFAULT_RATE_LIMIT + 10; asked++) {
    const { statusCode } = await free.inject({ url: '/healthz', remoteAddress: AWAY })
    if (statusCode !== 200) t.fail(`question ${asked}`)
  }
})
