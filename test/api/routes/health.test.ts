import t from 'tap'
import { build, problemIn } from '../build.js'

t.test('healthz answers whether or not anything was published', async (t) => {
  const { app, queries } = await build(t)
  for (const published of [false, true]) {
    queries.published = published
    const answer = await app.inject('/healthz')
    t.equal(answer.statusCode, 200)
    t.equal(answer.body, '{"status":"ok"}')
  }
})

t.test('readyz becomes ready with the first publish', async (t) => {
  const { app, queries } = await build(t)
  queries.published = false
  const before = await app.inject('/readyz')
  problemIn(t, before, 503)
  t.equal(before.headers['retry-after'], '1')
  queries.published = true
  const after = await app.inject('/readyz')
  t.equal(after.statusCode, 200)
  t.equal(after.body, '{"status":"ready"}')
  t.equal((await app.inject({ method: 'HEAD', url: '/readyz' })).statusCode, 200)
})

t.test('health takes no parameters', async (t) => {
  const { app } = await build(t)
  problemIn(t, await app.inject('/healthz?x=1'), 400)
  problemIn(t, await app.inject('/readyz?x=1'), 400)
})
