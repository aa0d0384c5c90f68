import t from 'tap'
import { FootfallError } from '../../../src/base/errors.js'
import { BadQuestion } from '../../../src/query/bad-question.js'
import { build, problemIn } from '../build.js'

const SERIES = '/v1/history?metric=views'
const ITEMS = '/v1/history/items?metric=views&bucket=2026-11'

/** Day number of a date. */
function day(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000
}

t.test('a series is asked for as the parameters say', async (t) => {
  const { app, queries } = await build(t)
  for (const [query, asked] of [
    ['metric=views', 'views day   '],
    ['metric=customers&granularity=week', 'customers week   '],
    ['metric=units&from=2026-11-20', `units day ${day('2026-11-20')}  `],
    ['metric=revenue&granularity=month&to=2024-02-29', `revenue month  ${day('2024-02-29')} `],
    ['metric=purchases&from=1970-01-01&to=9999-12-31&item_id=12', `purchases day 0 ${day('9999-12-31')} 12`],
    ['metric=cart_adds&item_id=a%20%26%0A%C3%A9', 'cart_adds day   a &\né'],
    [`metric=views&item_id=${'%C3%A9'.repeat(128)}`, `views day   ${'é'.repeat(128)}`]
  ] as const) {
    const answer = await app.inject(`/v1/history?${query}`)
    t.equal(answer.statusCode, 200, query)
    t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    t.equal(queries.asked.pop(), `historySeries ${asked}`)
  }
})

t.test('the top items are asked for as the parameters say', async (t) => {
  const { app, queries } = await build(t)
  for (const [query, asked] of [
    ['metric=views&bucket=2026-11', `month ${day('2026-11-01')} 10`],
    ['metric=views&bucket=2026-W47&limit=100', `week ${day('2026-11-16')} 100`],
    ['metric=views&bucket=2026-W53&granularity=week', `week ${day('2026-12-28')} 10`],
    ['metric=views&bucket=2024-02-29&granularity=day&limit=1', `day ${day('2024-02-29')} 1`]
  ] as const) {
    t.equal((await app.inject(`/v1/history/items?${query}`)).statusCode, 200, query)
    t.equal(queries.asked.pop(), `historyItems views ${asked}`)
  }
})

const BAD_DATES = [
  ...[
    '',
    '2026',
    '2026-11',
    '2026-W47',
    '2026-11-31',
    '2026-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-11-00'
  ],
  ...[
    '26-11-20',
    '2026-1-1',
    '12026-11-20',
    '-2026-11-20',
    '2026-11-20T00:00:00Z',
    '2026-11-20%20',
    '20261120'
  ],
  ...['today', '0', '2026-11-20&{name}=2026-11-21', '%D9%A2026-11-20', '2026/11/20']
]

const BAD: readonly (readonly [string, string, readonly string[]])[] = [
  [
    '/v1/history?',
    'metric',
    ['', 'metric', 'metric=', 'metric=view', 'metric=Views', 'metric=views&metric=views', 'granularity=day']
  ],
  [`${SERIES}&`, 'granularity', ['granularity=', 'granularity=hour', 'granularity=day&granularity=day']],
  [`${SERIES}&`, 'from', BAD_DATES.map((date) => `from=${date.replace('{name}', 'from')}`)],
  [`${SERIES}&`, 'to', BAD_DATES.map((date) => `to=${date.replace('{name}', 'to')}`)],
  [
    `${SERIES}&`,
    'item_id',
    ['item_id=', 'item_id', `item_id=${'a'.repeat(257)}`, `item_id=${'é'.repeat(129)}`, 'item_id=a&item_id=b']
  ],
  [`${SERIES}&`, 'limit', ['limit=5']],
  [`${SERIES}&`, 'window', ['window=1h']],
  [`${SERIES}&`, 'x', ['x=', 'x']],
  [
    '/v1/history/items?bucket=2026-11&',
    'metric',
    ['', 'metric=', 'metric=customers', 'metric=item', 'metric=views&metric=units']
  ],
  ['/v1/history/items?metric=views&', 'bucket', ['', 'bucket', 'bucket=2026', 'bucket=2026-11-31']],
  [
    '/v1/history/items?metric=views&',
    'bucket',
    ['bucket=2026-W54', 'bucket=2025-W53', 'bucket=2026-W00', 'bucket=2026-w47', 'bucket=2026-47']
  ],
  [
    '/v1/history/items?metric=views&',
    'bucket',
    ['bucket=2026-13', 'bucket=12026-01', 'bucket=2026-11&bucket=2026-11', 'bucket=2026-11-1', 'bucket=%20']
  ],
  [`${ITEMS}&`, 'limit', ['limit=0', 'limit=101', 'limit=1.0', 'limit=', 'limit=1&limit=1']],
  [
    `${ITEMS}&`,
    'granularity',
    [
      'granularity=',
      'granularity=year',
      'granularity=day',
      'granularity=week',
      'granularity=month&granularity=day'
    ]
  ],
  [`${ITEMS}&`, 'from', ['from=2026-11-20']],
  [`${ITEMS}&`, 'item_id', ['item_id=a']],
  [`${ITEMS}&`, '__proto__', ['__proto__=1']]
]

t.test('a bad parameter is a 400 that names it', async (t) => {
  const { app, queries, logged } = await build(t)
  for (const [start, parameter, queriesOf] of BAD) {
    for (const query of queriesOf) {
      const { errors } = problemIn(t, await app.inject(start + query), 400)
      t.same(
        errors?.map((error) => error.parameter),
        [parameter],
        start + query
      )
      t.not(errors?.[0]?.detail, '')
    }
  }
  t.same(queries.asked, [])
  t.same(logged, [])
})

t.test('the detail says what would be right', async (t) => {
  const { app } = await build(t)
  for (const [url, detail] of [
    ['/v1/history', 'must be given'],
    ['/v1/history?metric=x', 'must be one of views, cart_adds, purchases, units, revenue, customers'],
    ['/v1/history/items?bucket=2026-11&metric=customers', /^must be one of views, .*, revenue$/],
    [`${SERIES}&from=2026-02-30`, 'must be a date of the calendar, such as 2026-11-20'],
    [`${SERIES}&to=yesterday`, 'must be a date of the calendar, such as 2026-11-20'],
    [`${SERIES}&item_id=`, 'must be 1 to 256 bytes long'],
    ['/v1/history/items?metric=views&bucket=2026', /^must be a day, an ISO week or a month/],
    [`${ITEMS}&granularity=week`, '2026-11 is a month, not a week']
  ] as const) {
    t.match(problemIn(t, await app.inject(url), 400).errors?.[0]?.detail, detail, url)
  }
})

t.test('a question without an answer is a 400 of the parameter that is to blame', async (t) => {
  const { app, queries, logged } = await build(t)
  queries.failure = new BadQuestion('from', 'too early')
  t.same(problemIn(t, await app.inject(SERIES), 400).errors, [{ parameter: 'from', detail: 'too early' }])
  t.same(logged, [])
})

t.test('before the first publish it is a 503 that says when to come again', async (t) => {
  const { app, queries } = await build(t)
  queries.published = false
  for (const url of [SERIES, ITEMS]) {
    const answer = await app.inject(url)
    problemIn(t, answer, 503)
    t.equal(answer.headers['retry-after'], '1')
    problemIn(t, await app.inject(`${url}&x=1`), 400)
  }
  t.same(queries.asked, [])
})

t.test('too much at a time is a 503 that says when to come again, and is not logged', async (t) => {
  const { app, queries, logged } = await build(t)
  queries.failure = new FootfallError('busy', 'x')
  for (const url of [SERIES, ITEMS]) {
    const answer = await app.inject(url)
    problemIn(t, answer, 503)
    t.equal(answer.headers['retry-after'], '1')
  }
  t.same(logged, [])
})

t.test('a history that cannot be read is a 503, told to the log and not to the client', async (t) => {
  const { app, queries, logged } = await build(t)
  queries.failure = new FootfallError('history', 'the history /secret/history.duckdb: disk on fire')
  for (const url of [SERIES, ITEMS]) {
    const answer = await app.inject(url)
    problemIn(t, answer, 503)
    t.notMatch(answer.body, /secret/)
    t.equal(answer.headers['etag'], undefined)
  }
  t.equal(logged.length, 2)
})

t.test('an answer of sealed buckets may be kept for ever, any other is asked about', async (t) => {
  for (const token of [undefined, 's3cret']) {
    const { app, queries } = await build(t, token === undefined ? {} : { token })
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    for (const url of [SERIES, ITEMS]) {
      queries.lasting = false
      t.equal(
        (await app.inject({ url, headers })).headers['cache-control'],
        `${token === undefined ? '' : 'private, '}no-cache`
      )
      queries.lasting = true
      const kept = `${token === undefined ? 'public' : 'private'}, max-age=31536000, immutable`
      t.equal((await app.inject({ url, headers })).headers['cache-control'], kept)
    }
  }
})

t.test('who has the answer gets a 304, by any way to say so', async (t) => {
  const { app, queries } = await build(t)
  for (const url of [SERIES, ITEMS]) {
    for (const lasting of [true, false]) {
      queries.lasting = lasting
      const { headers } = await app.inject(url)
      const etag = String(headers['etag'])
      t.match(etag, /^"[\w-]+"$/, 'a strong one')
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, `"x",W/${etag} , "y"`, '*', ' * ']) {
        for (const method of ['GET', 'HEAD'] as const) {
          const answer = await app.inject({ method, url, headers: { 'if-none-match': known } })
          t.equal(answer.statusCode, 304, known)
          t.equal(answer.body, '')
          t.equal(answer.headers['etag'], etag)
          t.equal(answer.headers['cache-control'], headers['cache-control'])
          t.equal(answer.headers['content-type'], undefined)
        }
      }
      for (const other of ['"x"', '', etag.slice(1), etag.slice(0, -1), `"${etag}x"`, 'W/"*"']) {
        t.equal((await app.inject({ url, headers: { 'if-none-match': other } })).statusCode, 200, other)
      }
    }
  }
})

t.test('a problem is never a 304', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({ url: `${SERIES}&x=1`, headers: { 'if-none-match': '*' } })
  problemIn(t, answer, 400)
  t.equal(answer.headers['etag'], undefined)
})

t.test('integers beyond 2^53 come out exactly', async (t) => {
  const { app, queries } = await build(t)
  const answer = await queries.historySeries({
    metric: 'revenue',
    granularity: 'day',
    fromDay: null,
    toDay: null,
    itemId: null
  })
  const [bucket] = answer.data
  queries.historySeries = () =>
    Promise.resolve({
      ...answer,
      data: [
        { ...bucket!, value: 2n ** 53n + 1n },
        { ...bucket!, value: null }
      ]
    })
  t.match((await app.inject(SERIES)).body, '"value":9007199254740993,')
  t.match((await app.inject(SERIES)).body, '"value":null,')
})

t.test('HEAD answers as GET does, without the body', async (t) => {
  const { app } = await build(t)
  for (const url of [SERIES, ITEMS]) {
    const [head, get] = [await app.inject({ method: 'HEAD', url }), await app.inject(url)]
    t.equal(head.statusCode, 200)
    for (const name of ['etag', 'cache-control', 'content-type', 'content-length'])
      t.equal(head.headers[name], get.headers[name], name)
    t.equal(head.body, '')
  }
})
