import t from 'tap'
import Value from 'typebox/value'
import { FootfallError } from '../../../src/base/errors.js'
import { TopItemsSchema } from '../../../src/query/shapes.js'
import { HEADLINE_METRICS } from '../../../src/metrics/metrics.js'
import { RANKINGS, build, problemIn } from '../build.js'

t.test('the default window is answered with the text of the board', async (t) => {
  const { app, queries } = await build(t)
  for (const { url, metric, defaultWindow } of RANKINGS) {
    for (const query of ['', '?', '?&', `?window=${defaultWindow}`]) {
      const answer = await app.inject(url + query)
      t.equal(answer.statusCode, 200)
      t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
      t.equal(queries.asked.pop(), `headlineJson ${metric} 10`)
      t.equal(answer.json<{ meta: { window: string } }>().meta.window, defaultWindow)
    }
    await app.inject(`${url}?limit=3`)
    t.equal(queries.asked.pop(), `headlineJson ${metric} 3`)
  }
})

t.test('the text of the board goes out byte for byte', async (t) => {
  const { app, queries } = await build(t)
  queries.rows = [{ rank: 1, item_id: 'é', value: 1, formatted: '1' }]
  const text = JSON.stringify(JSON.parse(queries.headlineJson(HEADLINE_METRICS[0]!, 1)), null, 1)
  queries.headlineJson = () => text
  t.equal((await app.inject('/v1/items/most-viewed')).body, text)
})

t.test('any other window is computed, also the same length in other words', async (t) => {
  const { app, queries } = await build(t)
  for (const { url, metric, defaultWindow } of RANKINGS) {
    for (const [window, minutes] of [
      ['1m', 1],
      ['60m', 60],
      ['90m', 90],
      ['6h', 360],
      ['1439m', 1439],
      ['1440m', 1440],
      [defaultWindow === '1h' ? '24h' : '1h', defaultWindow === '1h' ? 1440 : 60]
    ] as const) {
      const answer = await app.inject(`${url}?window=${window}&limit=100`)
      t.equal(answer.statusCode, 200, window)
      t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
      t.equal(queries.asked.pop(), `topItems ${metric} ${window}=${minutes} 100`)
      t.equal(answer.json<{ meta: { window: string } }>().meta.window, window)
    }
  }
})

t.test('a limit of 1 to 100 in plain digits is taken', async (t) => {
  const { app, queries } = await build(t)
  for (const limit of ['1', '5', '99', '100', '%35']) {
    const answer = await app.inject(`/v1/items/most-viewed?limit=${limit}`)
    t.equal(answer.statusCode, 200, limit)
    t.equal(queries.asked.pop(), `headlineJson views ${Number(decodeURIComponent(limit))}`)
  }
})

const BAD_LIMITS = [
  ...[
    'limit=',
    'limit',
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=5.5',
    'limit=5.0',
    'limit=abc',
    'limit=1e1'
  ],
  ...[
    'limit=0x5',
    'limit=05',
    'limit=+5',
    'limit=%2B5',
    'limit=%205',
    'limit=5%20',
    'limit=5%00',
    'limit=true'
  ],
  ...['limit=null', 'limit=NaN', 'limit=Infinity', `limit=${'9'.repeat(400)}`, 'limit=%D9%A5'],
  ...['limit=1&limit=2', 'limit=1&limit=1']
]
const BAD_WINDOWS = [
  ...[
    'window=',
    'window',
    'window=0m',
    'window=0h',
    'window=25h',
    'window=1441m',
    'window=9999m',
    'window=1d'
  ],
  ...[
    'window=60',
    'window=1H',
    'window=1M',
    'window=h',
    'window=01h',
    'window=-1h',
    'window=1.5h',
    'window=1h30m'
  ],
  ...['window=+1h', 'window=1h%20', 'window=%201h', 'window=1h%0A', 'window=60s', 'window=10000m'],
  ...['window=1h&window=1h', 'window=1h&window=2h']
]

t.test('a bad parameter is a 400 that names it', async (t) => {
  const { app, queries } = await build(t)
  for (const [parameter, cases] of [
    ['limit', BAD_LIMITS],
    ['window', BAD_WINDOWS]
  ] as const) {
    for (const query of cases) {
      const problem = problemIn(t, await app.inject(`/v1/items/top-grossing?${query}`), 400)
      t.same(
        problem.errors?.map((error) => error.parameter),
        [parameter],
        query
      )
      t.not(problem.errors?.[0]?.detail, '')
    }
  }
  t.same(queries.asked, [])
})

t.test('an unknown parameter is a 400 that names it', async (t) => {
  const { app, queries } = await build(t)
  for (const name of [
    'x',
    'Limit',
    'token',
    'limit[]',
    'limit.x',
    '__proto__',
    'constructor',
    'toString',
    ''
  ]) {
    const problem = problemIn(t, await app.inject(`/v1/items/most-carted?${name}=5`), 400)
    t.same(problem.errors, [{ parameter: name, detail: 'unknown parameter' }])
  }
  t.same(queries.asked, [])
})

t.test('every bad parameter is named once, up to a bound', async (t) => {
  const { app } = await build(t)
  const problem = problemIn(t, await app.inject('/v1/items/most-viewed?limit=0&window=25h&x=1&x=2'), 400)
  t.same(problem.errors?.map((error) => error.parameter).sort(), ['limit', 'window', 'x'])
  const many = Array.from({ length: 1000 }, (_, index) => `p${index}=`).join('&')
  t.equal(problemIn(t, await app.inject(`/v1/items/most-viewed?${many}`), 400).errors?.length, 20)
})

t.test('integers beyond 2^53 come out exactly', async (t) => {
  const { app, queries } = await build(t)
  queries.rows = [
    { rank: 1, item_id: 'a', value: 2n ** 53n + 1n, formatted: '' },
    { rank: 2, item_id: 'b', value: 10n ** 30n, formatted: '' },
    { rank: 3, item_id: 'c', value: Number.MAX_SAFE_INTEGER, formatted: '' },
    { rank: 4, item_id: 'd', value: 152050, formatted: '1520.50' },
    { rank: 5, item_id: 'e', value: 1n, formatted: '' }
  ]
  const { body } = await app.inject('/v1/items/top-grossing?window=1h')
  t.same(
    Array.from(body.matchAll(/"value":([^,]*)/g), (match) => match[1]),
    ['9007199254740993', `1${'0'.repeat(30)}`, '9007199254740991', '152050', '1']
  )
})

t.test('an answer is the queries’ own, and as documented', async (t) => {
  const { app, queries } = await build(t)
  for (const empty of [false, true]) {
    queries.empty = empty
    for (const { url, defaultWindow } of RANKINGS) {
      for (const window of [defaultWindow, '5m']) {
        const answer = (await app.inject(`${url}?window=${window}`)).json<{ data: unknown; meta: object }>()
        t.ok(Value.Check(TopItemsSchema, answer), `${url} ${window}`)
        t.same(answer.data, empty ? [] : queries.rows)
        t.match(answer.meta, { window, ...(empty && { interval: null, now: null }) })
      }
    }
  }
})

t.test('before the first publish it is a 503 that says when to come again', async (t) => {
  const { app, queries, logged } = await build(t)
  queries.published = false
  for (const { url } of RANKINGS) {
    for (const query of ['', '?window=5m']) {
      const answer = await app.inject(url + query)
      problemIn(t, answer, 503)
      t.equal(answer.headers['retry-after'], '1')
    }
    problemIn(t, await app.inject(`${url}?limit=0`), 400)
  }
  t.same(queries.asked, [])
  t.same(logged, [], 'it is expected, so nothing is logged')
  queries.published = true
  t.equal((await app.inject(RANKINGS[0]!.url)).statusCode, 200)
})

t.test('a pipeline that has stopped is a 503, told to the log and not to the client', async (t) => {
  const { app, queries, logged } = await build(t)
  queries.failure = new FootfallError('ingest', 'worker 3 died at /secret/events.jsonl:17')
  const answer = await app.inject('/v1/items/most-viewed?window=5m')
  problemIn(t, answer, 503)
  t.notMatch(answer.body, /secret/)
  t.match(logged.join(''), /secret/)
  t.equal((await app.inject('/v1/items/most-viewed')).statusCode, 200, 'the board is still there')
})

t.test('HEAD answers as GET does, without the body', async (t) => {
  const { app } = await build(t)
  for (const query of ['', '?window=5m', '?limit=0']) {
    const url = `/v1/items/most-viewed${query}`
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject(url)]
    t.equal(head.statusCode, get.statusCode)
    t.equal(head.headers['content-type'], get.headers['content-type'])
    t.equal(head.headers['content-length'], get.headers['content-length'])
    t.equal(head.body, '')
  }
})
