import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { build, problemIn } from './build.js'

t.test('while the event loop is late requests are refused, health checks are not', async (t) => {
  // Any lateness is too much here; it is looked at every 10 ms.
  const { app } = await build(t, { times: { maxDelayMs: 0.000_001, sampleMs: 10 } })
  // It is known from the first sample on, and changes all the time.
  let refused = await app.inject('/v1/status')
  while (refused.statusCode === 200) {
    await delay(1)
    refused = await app.inject('/v1/status')
  }
  t.match(problemIn(t, refused, 503).detail, /too much to do/)
  t.equal(refused.headers['retry-after'], '2')
  for (const url of ['/healthz', '/readyz']) t.equal((await app.inject(url)).statusCode, 200)
})

t.test('an ordinary one is answered', async (t) => {
  const { app } = await build(t)
  t.equal((await app.inject('/v1/status')).statusCode, 200)
})
