import t from 'tap'
import Value from 'typebox/value'
import { FootfallError } from '../../../src/base/errors.js'
import { RejectsSchema } from '../../../src/query/rejects-shape.js'
import { build, problemIn } from '../build.js'

t.test('the rejected lines are the queries’ own, and as documented', async (t) => {
  const { app, queries } = await build(t)
  const answer = await app.inject('/v1/rejects')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(answer.headers['x-content-type-options'], 'nosniff')
  t.same(answer.json(), await queries.rejects(10))
  t.ok(Value.Check(RejectsSchema, answer.json()))
  t.equal(queries.asked[0], 'rejects 10')
  for (const limit of [1, 100]) {
    queries.asked.length = 0
    t.equal((await app.inject(`/v1/rejects?limit=${limit}`)).statusCode, 200)
    t.same(queries.asked, [`rejects ${limit}`])
  }
})

t.test('an excerpt comes out as it went in', async (t) => {
  const { app, queries } = await build(t)
  const answer = await queries.rejects(1)
  const excerpt = '</script><img onerror=x>\u0000\u001b[31m\ufffd"\\'
  const row = { ...answer.data[0]!, excerpt }
  queries.rejects = () => Promise.resolve({ data: [row], meta: { ...answer.meta, interval: null } })
  const got = (await app.inject('/v1/rejects')).json<typeof answer>()
  t.equal(got.data[0]?.excerpt, excerpt)
  t.equal(got.meta.interval, null)
})

t.test('a limit out of range and an unknown parameter are problems', async (t) => {
  const { app, queries } = await build(t)
  for (const query of [
    'limit=0',
    'limit=101',
    'limit=1e1',
    'limit=',
    'limit=1&limit=2',
    'reason=invalid_json'
  ]) {
    const problem = problemIn(t, await app.inject(`/v1/rejects?${query}`), 400)
    t.equal(problem.errors?.[0]?.parameter, query.split('=', 1)[0], query)
  }
  t.same(queries.asked, [])
})

t.test('before the first publish, and when the pipeline has stopped, they are not there', async (t) => {
  const { app, queries } = await build(t)
  queries.published = false
  problemIn(t, await app.inject('/v1/rejects'), 503)
  queries.published = true
  queries.failure = new FootfallError('ingest', 'the pipeline has ended')
  problemIn(t, await app.inject('/v1/rejects'), 503)
})
