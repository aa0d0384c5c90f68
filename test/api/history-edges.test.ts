import { appendFileSync } from 'node:fs'
import t from 'tap'
import { BadQuestion } from '../../src/query/bad-question.js'
import { HistoryClient } from '../../src/query/history-client.js'
import type { TopItemsOf } from '../../src/query/insight-shapes.js'
import type { Pipeline } from '../../src/ingest/pipeline.js'
import { problemIn } from './build.js'
import { applied, startHistoryApp, type HistoryApp } from './history-app.js'

/** A purchase for 1.00 of item `a`, after a visit of no item that agrees about the time, for some are days apart. */
function purchase(timestamp: string, item = 'a'): string {
  const lines = [
    { event_type: 'page_visit', timestamp },
    { event_type: 'purchase', timestamp, item_id: item, price: 1 }
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

async function append({ file, pipeline }: HistoryApp, text: string): Promise<void> {
  const offset = pipeline.boards.read()!.offset
  appendFileSync(file, text)
  await applied(pipeline, offset + Buffer.byteLength(text))
}

function etagOf({ headers }: { readonly headers: Record<string, unknown> }): string {
  return headers['etag'] as string
}

t.test('a sealed answer stays byte for byte, an open one changes with every event', async (t) => {
  const served = await startHistoryApp(t)
  await append(served, purchase('2026-03-01T10:00:00Z') + purchase('2026-03-04T10:00:00Z'))
  const get = (url: string, known?: string) =>
    served.app.inject({ url, headers: known === undefined ? {} : { 'if-none-match': known } })
  for (const [sealedUrl, openUrl] of [
    [
      '/v1/history?metric=revenue&from=2026-03-01&to=2026-03-03',
      '/v1/history?metric=revenue&from=2026-03-01'
    ],
    ['/v1/history/items?metric=revenue&bucket=2026-03-01', '/v1/history/items?metric=revenue&bucket=2026-03']
  ] as const) {
    const [sealed, open] = [await get(sealedUrl), await get(openUrl)]
    t.equal(sealed.headers['cache-control'], 'public, max-age=31536000, immutable')
    t.match(sealed.json(), { meta: { commit: null, offset: null } })
    t.equal(open.headers['cache-control'], 'no-cache')
    t.equal((await get(openUrl, etagOf(open))).statusCode, 304, 'nothing has happened')
    await append(served, purchase('2026-03-04T11:00:00Z'))
    t.equal((await get(sealedUrl, etagOf(sealed))).statusCode, 304)
    t.equal((await get(sealedUrl)).body, sealed.body)
    const after = await get(openUrl, etagOf(open))
    t.equal(after.statusCode, 200)
    t.not(etagOf(after), etagOf(open))
  }
})

t.test('a range without an end of its own is never kept, nor is an empty one', async (t) => {
  const served = await startHistoryApp(t)
  const caching = async (query: string) =>
    (await served.app.inject(`/v1/history?metric=views&${query}`)).headers['cache-control']
  t.equal(await caching('from=2026-03-01&to=2026-03-02'), 'no-cache', 'before the first event')
  await append(served, purchase('2026-03-01T10:00:00Z') + purchase('2026-03-08T10:00:00Z'))
  t.equal(await caching('from=2026-03-01&to=2026-03-01'), 'no-cache')
  t.equal(await caching('from=2026-03-01&to=2026-03-08'), 'no-cache', 'the 7th is live in part')
  t.match(await caching('from=2026-03-01&to=2026-03-07'), 'immutable')
  t.equal(await caching('to=2026-03-07'), 'no-cache', 'retention moves its beginning')
  t.equal(await caching('granularity=week&to=2026-03-07'), 'no-cache', 'the week goes on')
})

t.test('a series is zero-filled over what was asked for', async (t) => {
  const served = await startHistoryApp(t)
  const values = async (query: string) => {
    const { data, meta } = await served.series(`metric=purchases&${query}`)
    return {
      values: data.map(({ start, value }) => `${start} ${String(value)}`),
      from: meta.from,
      to: meta.to
    }
  }
  const range = 'from=2026-03-01&to=2026-03-04'
  const zeros = ['2026-03-01 0', '2026-03-02 0', '2026-03-03 0']
  t.strictSame(await values(''), { values: [], from: null, to: null })
  t.strictSame(await values('from=2026-03-01'), { values: [], from: '2026-03-01', to: null })
  t.strictSame(await values(range), { values: zeros, from: '2026-03-01', to: '2026-03-04' })
  await append(served, purchase('2026-03-02T10:00:00Z'))
  t.strictSame(await values(range), {
    values: ['2026-03-01 0', '2026-03-02 1', '2026-03-03 0'],
    from: '2026-03-01',
    to: '2026-03-04'
  })
  t.strictSame((await values(`${range}&item_id=b`)).values, zeros)
  t.strictSame((await values('from=2026-02-28')).values, ['2026-02-28 0', '2026-03-01 0', '2026-03-02 1'])
  t.strictSame(await values('granularity=week&from=2026-03-04&to=2026-03-04'), {
    values: [],
    from: '2026-03-04',
    to: '2026-03-04'
  })
  t.strictSame(await values('granularity=week&from=2026-03-04&to=2026-03-05'), {
    values: ['2026-03-02 1'],
    from: '2026-03-02',
    to: '2026-03-09'
  })
  t.strictSame(
    (await served.series('metric=purchases&from=2027-01-01&to=2027-01-02')).data,
    [{ start: '2027-01-01', end: '2027-01-02', value: 0, status: 'open' }],
    'what is to come is open'
  )
})

t.test('questions that make no sense are a 400 that names a parameter', async (t) => {
  const served = await startHistoryApp(t)
  await append(served, purchase('2001-01-01T10:00:00Z') + purchase('2026-03-04T10:00:00Z'))
  for (const [query, parameter, detail] of [
    ['metric=customers&item_id=a', 'item_id', /whole shop/],
    ['metric=views&from=2026-03-02&to=2026-03-01', 'to', /before from/],
    ['metric=views', 'from', /more than 5,000 elements/],
    ['metric=views&from=2001-01-01', 'from', /more than 5,000 elements/],
    ['metric=views&from=0001-01-01', 'from', /more than 5,000 elements/],
    ['metric=views&from=0001-01-01&to=9999-12-31', 'from', /more than 5,000 elements/],
    ['metric=views&to=9999-12-31', 'to', /more than 5,000 elements/],
    ['metric=views&to=2026-01-01', 'to', /more than 5,000 elements/],
    ['metric=views&from=2026-01-01&to=2039-09-11', 'from', /more than 5,000 elements/]
  ] as const) {
    const { errors } = problemIn(t, await served.app.inject(`/v1/history?${query}`), 400)
    t.equal(errors?.length, 1)
    t.match(errors?.[0], { parameter, detail }, query)
  }
  t.equal((await served.series('metric=views&from=2026-01-01&to=2039-09-10')).data.length, 5000)
  t.ok((await served.series('metric=views&granularity=week')).data.length > 1000)
  t.equal((await served.series('metric=views&granularity=month&from=1970-01-01')).data.length, 675)
})

t.test('what has expired says so, and has no value', async (t) => {
  const served = await startHistoryApp(t, { history: { keepDays: 3, keepWeeks: 1 } })
  const at = (date: string) => purchase(`${date}T10:00:00Z`)
  await append(
    served,
    ['2026-03-01', '2026-03-08', '2026-03-20', '2026-03-25', '2026-03-26'].map(at).join('')
  )
  // Retention follows the clock, and takes what was committed before.
  await served.series('metric=purchases')
  await append(served, at('2026-03-27'))
  const { data } = await served.series('metric=purchases&from=2026-03-23&to=2026-03-27')
  t.match(data[0], { value: null, status: 'expired' })
  t.match(data[2], { start: '2026-03-25', value: 1, status: 'sealed' })
  const [first] = (await served.series('metric=purchases')).data
  t.equal(first?.status, 'sealed', 'by itself a series begins with what is kept')
  const top = await served.items('metric=purchases&bucket=2026-03-20')
  t.strictSame(top.data, [])
  t.match(top.meta, {
    status: 'expired',
    total_items: null,
    sum: null,
    other: null,
    previous_status: 'expired'
  })
  const kept = await served.items('metric=purchases&bucket=2026-03-25')
  t.match(kept.data[0], { item_id: 'a', value: 1 })
  t.match(await served.items('metric=purchases&bucket=2026-03'), {
    data: [{ value: 6 }],
    meta: { sum: 6, status: 'open' }
  })
})

t.test('a bucket whose predecessor has expired says nothing of a change', async (t) => {
  const served = await startHistoryApp(t, { history: { keepDays: 2 } })
  const days = ['2026-03-22', '2026-03-23', '2026-03-24', '2026-03-25', '2026-03-26']
  await append(served, days.map((date) => purchase(`${date}T10:00:00Z`)).join(''))
  await served.series('metric=purchases')
  await append(served, purchase('2026-03-27T10:00:00Z'))
  const [first] = (await served.series('metric=purchases')).data
  const { data, meta } = await served.items(`metric=purchases&bucket=${String(first?.start)}`)
  t.equal(meta.previous_status, 'expired')
  t.match(data, [{ value: 1, previous: null, previous_rank: null, change: null }])
})

t.test('what was folded into (other) is told', async (t) => {
  const served = await startHistoryApp(t, { history: { maxItemsPerBucket: 1 } })
  const sold = ['a', 'a', 'a', 'b', 'c'].map((item) => purchase('2026-03-01T10:00:00Z', item)).join('')
  await append(served, sold)
  await served.series('metric=purchases')
  await append(served, purchase('2026-03-04T10:00:00Z'))
  let top = await served.items('metric=purchases&bucket=2026-03-01')
  // Folding follows the commit that seals the bucket, between the questions.
  while (top.meta.other === 0) top = await served.items('metric=purchases&bucket=2026-03-01')
  t.match(top, { data: [{ item_id: 'a', value: 3 }], meta: { total_items: 1, sum: 5, other: 2 } })
  t.equal(top.data.length, 1)
})

t.test('a ranking of days says when items of one of them were folded', async (t) => {
  const served = await startHistoryApp(t, { history: { maxItemsPerBucket: 1 } })
  const sold = (items: readonly string[], date: string) =>
    append(served, items.map((item) => purchase(`${date}T10:00:00Z`, item)).join(''))
  await sold(['a', 'a', 'a', 'b', 'c'], '2026-03-01')
  await sold(['a', 'b', 'b', 'b'], '2026-03-02')
  await sold(['d', 'd'], '2026-03-05')
  const ask = async (query: string) => {
    const answer = await served.app.inject(`/v1/top-items?metric=purchases&${query}`)
    return answer.json<TopItemsOf>()
  }
  const both = 'from=2026-03-01&to=2026-03-03'
  await served.series('metric=purchases')
  let top = await ask(both)
  while (Number(top.meta.other) < 3) top = await ask(both)
  t.match(top, {
    data: [
      { rank: 1, item_id: 'a', value: 3, tied: true },
      { rank: 2, item_id: 'b', value: 3, tied: true }
    ],
    meta: { total_items: 2, sum: 9, other: 3, status: 'sealed', exact: false }
  })
  t.match(top.meta.inexact, /\(other\)/)
  const compared = await ask('from=2026-03-02&to=2026-03-03&compare=previous_period')
  t.match(compared, {
    data: [{ item_id: 'b', value: 3, previous: { value: null, formatted: null, change: null } }],
    meta: { sum: 4, other: 1, exact: false }
  })
  const whole = await ask('from=2026-03-05&to=2026-03-06')
  t.match(whole, {
    data: [{ item_id: 'd', value: 2 }],
    meta: { sum: 2, other: 0, exact: true, inexact: null }
  })
})

t.test('without a history it is a 503, and the status says so', async (t) => {
  const { app } = await startHistoryApp(t, { history: null })
  problemIn(t, await app.inject('/v1/history?metric=views'), 503)
  problemIn(t, await app.inject('/v1/history/items?metric=views&bucket=2026-11'), 503)
  t.equal((await app.inject('/v1/status')).json<{ history: unknown }>().history, null)
})

t.test('with a token what is kept is private', async (t) => {
  const { app, pipeline } = await startHistoryApp(t, {
    token: 'x',
    text: purchase('2026-03-01T10:00:00Z') + purchase('2026-03-08T10:00:00Z')
  })
  await applied(pipeline, 2 * purchase('2026-03-01T10:00:00Z').length)
  const url = '/v1/history?metric=views&from=2026-03-01&to=2026-03-02'
  problemIn(t, await app.inject(url), 401)
  const answer = await app.inject({ url, headers: { authorization: 'Bearer x' } })
  t.equal(answer.headers['cache-control'], 'private, max-age=31536000, immutable')
})

t.test('who asks what is being asked already gets the same answer', async (t) => {
  const asked: unknown[] = []
  const answers: ((answer: unknown) => void)[] = []
  const pipeline = {
    commit: null,
    askHistory: (question: unknown) => {
      asked.push(question)
      return new Promise((resolve) => answers.push(resolve))
    }
  } as unknown as Pipeline
  const client = new HistoryClient(pipeline)
  const [one, same, other] = [
    client.ask({ kind: 'status' }),
    client.ask({ kind: 'status' }),
    client.ask({ kind: 'top-items', metric: 'views', granularity: 'day', bucket: 1, limit: 1 })
  ]
  t.equal(asked.length, 2)
  for (const answer of answers) answer('answered')
  t.equal(await one, await same)
  t.not(await one, await other)
  void client.ask({ kind: 'status' })
  t.equal(asked.length, 3, 'afterwards it is asked again')
})

t.test('a bad question names its parameter', (t) => {
  t.match(new BadQuestion('to', 'x'), { name: 'BadQuestion', parameter: 'to', message: 'x' })
  t.end()
})
