import t from 'tap'
import { build, problemIn } from '../build.js'

/** A sample a line: name, labels, value. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\w+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? []
      if (name === '') throw new Error(`this is no sample: ${line}`)
      return [name, Number(value)]
    })
  )
}

t.test('the metrics are what the status says', async (t) => {
  const { app, queries } = await build(t)
  const answer = await app.inject('/metrics')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  const found = samples(answer.body)
  const { accounting, source, memory, history, restarts } = await queries.status()
  for (const [name, value] of Object.entries({
    'footfall_lines_total{outcome="blank"}': accounting.blank,
    'footfall_lines_total{outcome="accepted"}': accounting.accepted,
    'footfall_lines_total{outcome="rejected"}': accounting.rejected,
    'footfall_rejected_lines_total{reason="invalid_json"}': accounting.rejected_by_reason.invalid_json,
    'footfall_accepted_lines_total{kind="late"}': accounting.late,
    footfall_source_lag_bytes: source.lag_bytes,
    footfall_source_lag_seconds: source.lag_seconds,
    footfall_queue_tasks: 0,
    footfall_commit_age_seconds: history!.commits.age_seconds,
    footfall_commit_duration_seconds: history!.commits.duration_ms / 1000,
    footfall_failed_commits_total: 0,
    footfall_memory_budget_bytes: memory.budget_bytes,
    footfall_memory_store_bytes: memory.store_bytes,
    process_resident_memory_bytes: memory.rss_bytes,
    footfall_memory_exact: 1,
    'footfall_state{state="live"}': 1,
    'footfall_state{state="degraded"}': 0,
    footfall_degraded: 0,
    footfall_restarts_total: restarts,
    [`footfall_build_info{version="1.2.3",node="${process.version}"}`]: 1
  })) {
    t.equal(found.get(name), value, name)
  }
  for (const name of answer.body.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    t.match(answer.body, `# HELP ${name[1]!} `)
    if (name[2] === 'counter') t.match(name[1], /_total$/)
  }
})

t.test('values are those of the moment, and what has none is not told', async (t) => {
  const { app, queries } = await build(t)
  await app.inject('/metrics')
  const status = await queries.status()
  queries.status = () =>
    Promise.resolve({
      ...status,
      state: 'degraded',
      degraded: { reason: 'x', since: '2026-11-20T10:00:00.123Z' },
      restarts: 3,
      source: { name: '-', bytes_read: 7, size_bytes: null, lag_bytes: null, lag_seconds: null },
      memory: { ...status.memory, exact: false },
      history: null
    })
  const found = samples((await app.inject('/metrics')).body)
  t.match(
    { ...Object.fromEntries(found) },
    {
      footfall_source_read_bytes: 7,
      footfall_restarts_total: 3,
      footfall_degraded: 1,
      footfall_memory_exact: 0,
      'footfall_state{state="degraded"}': 1,
      'footfall_state{state="live"}': 0
    }
  )
  for (const name of [
    'source_size_bytes',
    'source_lag_bytes',
    'source_lag_seconds',
    'commit_age_seconds',
    'failed_commits_total'
  ]) {
    t.notOk(found.has(`footfall_${name}`), name)
  }
})

t.test('requests are counted by route and class of status, never by what a client makes up', async (t) => {
  const { app } = await build(t)
  for (const url of [
    '/v1/items/most-viewed',
    '/v1/items/most-viewed?limit=3',
    '/v1/items/most-viewed?limit=0',
    '/x',
    '/y"z'
  ]) {
    await app.inject(url)
  }
  const { body } = await app.inject('/metrics')
  const found = samples(body)
  const count = (route: string, status: string, part = 'count') =>
    found.get(`footfall_http_request_duration_seconds_${part}{route="${route}",status="${status}"}`)
  t.equal(count('/v1/items/most-viewed', '2xx'), 2)
  t.equal(count('/v1/items/most-viewed', '4xx'), 1)
  t.notMatch(body, /route="(?:\/x|\/y|unknown)/)
  t.ok(count('/v1/items/most-viewed', '2xx', 'sum')! > 0)
  const buckets = [...found]
    .filter(
      ([name]) => name.includes('_bucket') && name.includes('route="/v1/items/most-viewed",status="2xx"')
    )
    .map(([, value]) => value)
  t.strictSame(
    buckets,
    buckets.toSorted((a, b) => a - b),
    'each includes the ones before'
  )
  t.equal(buckets.at(-1), 2)
  t.match(body, /le="\+Inf",route="\/v1\/items\/most-viewed",status="2xx"\} 2\n/)
})

t.test('they want the token, and take no parameters', async (t) => {
  const { app } = await build(t, { token: 'x' })
  problemIn(t, await app.inject('/metrics'), 401)
  const headers = { authorization: 'Bearer x' }
  t.equal((await app.inject({ url: '/metrics', headers })).statusCode, 200)
  problemIn(t, await app.inject({ url: '/metrics?x=1', headers }), 400)
})
