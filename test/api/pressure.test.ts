import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { build, problemIn } from './build.js'

t.test('while the event loop is late requests are refused, health checks are not', async (t) => {
  // A turn on time is too late here; it is looked at every 20 ms.
  const { app } = await build(t, { times: { maxDelayMs: -10, sampleMs: 20 } })
  t.equal((await app.inject('/v1/status')).statusCode, 200, 'before it listens nobody can be too many')
  await app.listen({ port: 0, host: '127.0.0.1' })
  let refused = await app.inject('/v1/status')
  while (refused.statusCode === 200) {
    await delay(1)
    refused = await app.inject('/v1/status')
  }
  t.match(problemIn(t, refused, 503).detail, /too much to do/)
  t.equal(refused.headers['retry-after'], '2')
  for (const url of ['/healthz', '/readyz']) t.equal((await app.inject(url)).statusCode, 200)
})

t.test('one long block is no pressure', async (t) => {
  const { app } = await build(t, { times: { maxDelayMs: 60_000, sampleMs: 20 } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const until = performance.now() + 100
  while (performance.now() < until);
  await delay(1)
  t.equal((await app.inject('/v1/status')).statusCode, 200)
})
