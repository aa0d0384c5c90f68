import t from 'tap'
import Value from 'typebox/value'
import { StatusSchema } from '../../../src/query/shapes.js'
import { build, problemIn } from '../build.js'

t.test('the status is the queries’ own, and as documented', async (t) => {
  const { app, queries } = await build(t)
  for (const empty of [false, true]) {
    queries.empty = empty
    const answer = await app.inject('/v1/status')
    t.equal(answer.statusCode, 200)
    t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    t.same(answer.json(), await queries.status())
    t.ok(Value.Check(StatusSchema, answer.json()))
  }
})

t.test('nulls stay nulls', async (t) => {
  const { app, queries } = await build(t)
  const status = await queries.status()
  const source = { name: '-', bytes_read: 5, size_bytes: null, lag_bytes: null, lag_seconds: null }
  queries.status = () =>
    Promise.resolve({ ...status, source, clock: { mode: 'wall', now: null, waiting: 0 }, history: null })
  const answer = (await app.inject('/v1/status')).json<typeof status>()
  t.same(answer.source, source)
  t.same(answer.clock, { mode: 'wall', now: null, waiting: 0 })
  t.equal(answer.history, null)
})

t.test('the status is there before the first publish', async (t) => {
  const { app, queries } = await build(t)
  queries.published = false
  t.equal((await app.inject('/v1/status')).statusCode, 200)
})

t.test('the status takes no parameters', async (t) => {
  const { app } = await build(t)
  const problem = problemIn(t, await app.inject('/v1/status?verbose=1'), 400)
  t.same(problem.errors, [{ parameter: 'verbose', detail: 'unknown parameter' }])
})
