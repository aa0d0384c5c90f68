import { appendFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { METRICS } from '../../../src/metrics/metrics.js'
import { TopItemsOfSchema, type TopItemsOf } from '../../../src/query/insight-shapes.js'
import { HistoryOracle, bucketOf, eventsUpTo } from '../../support/history-oracle.js'
import { Oracle, type OracleMetric } from '../../support/oracle.js'
import { seeded, type Random } from '../../support/random.js'
import type { StreamShape } from '../../support/shop.js'
import { randomStream, type Stream } from '../../support/streams.js'
import { problemIn } from '../build.js'
import { applied, startHistoryApp, type HistoryApp } from '../history-app.js'

const NAMES = METRICS.map(({ name }) => name) as readonly OracleMetric[]
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const LIVE = 1440

/** Some weeks around the end of October 2023; in New York, clocks are turned back on 5 November. */
const SHAPE: StreamShape = {
  startMs: Date.UTC(2023, 9, 20, 20),
  items: 60,
  customers: 80,
  stepMs: 1_500_000,
  disorderMs: 40 * 3_600_000
}

const instant = (minute: number) => new Date(minute * MINUTE_MS).toISOString()
const dateAfter = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)

type Rows = readonly (readonly [string, bigint])[]

/** What an answer must list, by the rankings of the stretch and of the one before. */
function rowsOf(metric: OracleMetric, now: Rows, before: Rows | null) {
  const digits = metric === 'revenue' ? 2 : 0
  const formatted = (value: bigint) => (Number(value) / 10 ** digits).toFixed(digits)
  return now.slice(0, 100).map(([item, value], place) => {
    const rank = before?.findIndex(([other]) => other === item) ?? -1
    const previous = before?.[rank]?.[1] ?? 0n
    return {
      rank: place + 1,
      item_id: item,
      value: Number(value),
      formatted: formatted(value),
      tied: value === now[place - 1]?.[1] || (place < 99 && value === now[place + 1]?.[1]),
      ...(before && {
        previous: {
          value: Number(previous),
          formatted: formatted(previous),
          rank: rank < 0 ? null : rank + 1,
          change: previous === 0n ? null : Number(value - previous) / Number(previous)
        }
      })
    }
  })
}

async function ask(t: Test, { app }: HistoryApp, query: string): Promise<TopItemsOf> {
  const answer = await app.inject(`/v1/top-items?${query}`)
  t.equal(answer.statusCode, 200, `${query}: ${answer.body}`)
  const body = answer.json<TopItemsOf>()
  t.ok(Value.Check(TopItemsOfSchema, body), query)
  return body
}

interface AskedDays {
  readonly start: string
  readonly end: string
  readonly before: string
}

function randomDays(random: Random, oracle: HistoryOracle): AskedDays {
  const days = oracle.buckets('day')
  const start = dateAfter(random.pick(days).start, random.int(3) - 1)
  const length = 1 + random.int(random.pick([3, 50]))
  return { start, end: dateAfter(start, length), before: dateAfter(start, -length) }
}

async function checkDays(
  t: Test,
  served: HistoryApp,
  oracleAt: (offset: number) => HistoryOracle,
  random: Random,
  isAtRest: boolean
): Promise<void> {
  const metric = random.pick(NAMES)
  const { start, end, before } = randomDays(random, oracleAt(Infinity))
  const isCompared = random.oneIn(2)
  const limit = 1 + random.int(100)
  const query = `metric=${metric}&from=${start}&to=${end}&limit=${limit}${isCompared ? '&compare=previous_period' : ''}`
  const { data, meta } = await ask(t, served, query)
  // An answer of sealed days does not say where it stands: a late event may come to them.
  if (meta.offset === null && !isAtRest) return
  const oracle = oracleAt(meta.offset ?? Infinity)
  const now = oracle.ranking(metric, { start, end, name: '' })
  const earlier = oracle.ranking(metric, { start: before, end: start, name: '' })
  t.strictSame(data, rowsOf(metric, now, isCompared ? earlier : null).slice(0, limit), query)
  t.strictSame(meta, {
    ...meta,
    metric,
    window: null,
    interval: { start, end },
    previous_interval: isCompared ? { start: before, end: start } : null,
    status: end <= oracle.liveDate ? 'sealed' : 'open',
    now: null,
    total_items: now.length,
    sum: Number(oracle.sum(metric, { start, end, name: '' })),
    other: 0,
    exact: true,
    inexact: null
  })
}

function oraclesOf(stream: Stream, timeZone: string): (offset: number) => HistoryOracle {
  const made = new Map<number, HistoryOracle>()
  return (offset) => {
    const oracle = made.get(offset) ?? new HistoryOracle(eventsUpTo(stream, offset), timeZone)
    made.set(offset, oracle)
    return oracle
  }
}

for (const timeZone of ['UTC', 'America/New_York']) {
  t.test(`any days are the oracle’s, while a file grows and at its end: ${timeZone}`, async (t) => {
    const random = seeded(t)
    const stream = randomStream(random, 3000, SHAPE)
    const bytes = Buffer.from(stream.text)
    const served = await startHistoryApp(t, { history: { timeZone } })
    const oracleAt = oraclesOf(stream, timeZone)
    for (let written = 0; written < bytes.length;) {
      const next = Math.min(bytes.length, written + 1 + random.int(bytes.length / 8))
      appendFileSync(served.file, bytes.subarray(written, next))
      written = next
      for (let round = 0; round < 3; round++) await checkDays(t, served, oracleAt, random, false)
    }
    await applied(served.pipeline, stream.outcomes.at(-1)!.end)
    for (let round = 0; round < 30; round++) await checkDays(t, served, oracleAt, random, true)
    const month = await ask(t, served, 'metric=views&from=2023-11-01&to=2023-12-01&limit=100')
    const items = await served.items('metric=views&bucket=2023-11&limit=100')
    t.strictSame(
      month.data.map(({ item_id: id, value }) => [id, value]),
      items.data.map(({ item_id: id, value }) => [id, value]),
      'and of a month those of the history'
    )
  })
}

t.test('days that are not kept are told, and never answered with less', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 3000, { ...SHAPE, stepMs: 3_600_000 })
  const served = await startHistoryApp(t, {
    text: stream.text,
    history: { keepDays: 10 + random.int(20), keepWeeks: 4 + random.int(3) }
  })
  const end = stream.outcomes.at(-1)!.end
  await applied(served.pipeline, end)
  const oracle = new HistoryOracle(eventsUpTo(stream, end), 'UTC')
  const { data: days } = await served.series('metric=views&from=2023-09-01')
  const { data: weeks } = await served.series('metric=views&granularity=week&from=2023-09-01')
  const isKept = (buckets: typeof days, date: string) =>
    buckets.find(({ start }) => start === date)?.status !== 'expired'
  /** By the plainest way: whether some days are days, weeks or months that are kept. */
  const canBeHad = (from: string, to: string): boolean => {
    const reaching = new Set([to])
    for (let start = dateAfter(to, -1); start >= from; start = dateAfter(start, -1)) {
      const ends = (['day', 'week', 'month'] as const)
        .map((granularity) => ({ granularity, ...bucketOf(granularity, start) }))
        .filter((bucket) => bucket.start === start)
        .filter(
          ({ granularity }) => granularity === 'month' || isKept(granularity === 'day' ? days : weeks, start)
        )
      if (ends.some((bucket) => reaching.has(bucket.end))) reaching.add(start)
    }
    return reaching.has(from)
  }
  const seen = { answered: 0, refused: 0 }
  for (let round = 0; round < 60; round++) {
    let { start, end: until } = randomDays(random, oracle)
    if (random.oneIn(2)) ({ start } = bucketOf(random.pick(['week', 'month']), start))
    if (random.oneIn(2)) until = bucketOf(random.pick(['week', 'month']), until).end
    const query = `metric=revenue&from=${start}&to=${until}&limit=100`
    const answer = await served.app.inject(`/v1/top-items?${query}`)
    if (canBeHad(start, until)) {
      const rows = rowsOf('revenue', oracle.ranking('revenue', { start, end: until, name: '' }), null)
      t.strictSame(answer.json<TopItemsOf>().data, rows, query)
      seen.answered++
    } else {
      const { errors } = problemIn(t, answer, 400)
      t.match(errors, [
        { parameter: 'from', detail: /are not|not all.*days are kept from \d{4}-\d\d-\d\d on/ }
      ])
      seen.refused++
    }
  }
  t.ok(seen.answered > 0 && seen.refused > 0, JSON.stringify(seen))
  const [first] = days.filter(({ status }) => status !== 'expired')
  const query = `from=${first!.start}&to=${dateAfter(first!.start, 1)}&compare=previous_period`
  const refused = problemIn(t, await served.app.inject(`/v1/top-items?metric=views&${query}`), 400)
  t.match(refused.errors, [{ parameter: 'compare' }])
})

t.test('any live minutes are the oracle’s', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 2000, { ...SHAPE, stepMs: 60_000 })
  const served = await startHistoryApp(t, { text: stream.text })
  await applied(served.pipeline, stream.outcomes.at(-1)!.end)
  const oracle = new Oracle()
  for (const event of eventsUpTo(stream, Infinity)) oracle.add(event)
  const oldest = oracle.minute() - LIVE + 1
  for (let round = 0; round < 30; round++) {
    const metric = random.pick(NAMES)
    const minutes = 1 + random.int(random.pick([30, LIVE]))
    const first = oldest + random.int(LIVE - minutes + 1)
    const isCompared = first - minutes >= oldest
    const query = `metric=${metric}&from=${instant(first)}&to=${instant(first + minutes)}&limit=100`
    const compare = isCompared ? '&compare=previous_period' : ''
    const { data, meta } = await ask(t, served, query + compare)
    const before = isCompared ? oracle.rankWithin(metric, first - minutes, first - 1).rows : null
    t.strictSame(data, rowsOf(metric, oracle.rankWithin(metric, first, first + minutes - 1).rows, before))
    t.match(meta, {
      window: null,
      time_zone: 'UTC',
      interval: { start: instant(first), end: instant(first + minutes) },
      previous_interval: isCompared ? { start: instant(first - minutes), end: instant(first) } : null
    })
  }
  for (const [from, to, parameter] of [
    [oldest - 1, oldest + 10, 'from'],
    [oldest + 5, oldest + LIVE + 1, 'to'],
    [oldest - 1, oldest + LIVE, 'from']
  ] as const) {
    const url = `/v1/top-items?metric=views&from=${instant(from)}&to=${instant(to)}`
    const { errors } = problemIn(t, await served.app.inject(url), 400)
    t.match(errors, [{ parameter, detail: /minutes are kept/ }], url)
  }
  const late = `from=${instant(oldest)}&to=${instant(oldest + 10)}&compare=previous_period`
  t.match(problemIn(t, await served.app.inject(`/v1/top-items?metric=views&${late}`), 400).errors, [
    { parameter: 'compare', detail: /is not live any more/ }
  ])
})

t.test('a stretch has two ends of one form, and no window', async (t) => {
  const { app } = await startHistoryApp(t)
  for (const [query, parameter] of [
    ['from=2026-11-17', 'to'],
    ['to=2026-11-17', 'from'],
    ['from=2026-11-17&to=2026-11-18&window=1h', 'window'],
    ['from=2026-11-17&to=2026-11-18&as_of=2026-11-17T00:00:00Z', 'as_of'],
    ['from=2026-11-17&to=2026-11-18T00:00:00Z', 'to'],
    ['from=2026-11-17T00:00:00Z&to=2026-11-18', 'to'],
    ['from=2026-11-17&to=2026-11-17', 'to'],
    ['from=2026-11-17&to=2026-11-16', 'to'],
    ['from=2026-02-30&to=2026-03-01', 'from'],
    ['from=2026-02-01&to=2026-02-29', 'to'],
    ['from=1970-01-01&to=2026-02-28', 'from'],
    ['from=2026-11-17T10:00:01Z&to=2026-11-17T10:05:00Z', 'from'],
    ['from=2026-11-17T10:00:00Z&to=2026-11-17T10:05:00.001Z', 'to'],
    ['from=2026-11-17T10:00:00&to=2026-11-17T10:05:00', 'from'],
    ['from=2026-11-17T10:00:00Z&to=2026-11-17T10:00:00Z', 'to'],
    ['from=2026-11-16T10:00:00Z&to=2026-11-17T10:01:00Z', 'from'],
    ['from=&to=', 'from']
  ] as const) {
    const { errors } = problemIn(t, await app.inject(`/v1/top-items?metric=views&${query}`), 400)
    t.match(errors, [{ parameter }], query)
  }
})

t.test('sealed days may be kept by caches, others are asked about', async (t) => {
  const line = (timestamp: string) =>
    `${JSON.stringify({ event_type: 'page_visit', timestamp, item_id: 'a' })}\n`
  const text = ['2026-03-01', '2026-03-02', '2026-03-03'].map((date) => line(`${date}T10:00:00Z`)).join('')
  const served = await startHistoryApp(t, { text })
  await applied(served.pipeline, text.length)
  for (const [to, caching, status] of [
    ['2026-03-02', /immutable/, 'sealed'],
    ['2026-03-04', 'no-cache', 'open']
  ] as const) {
    const url = `/v1/top-items?metric=views&from=2026-03-01&to=${to}`
    const answer = await served.app.inject(url)
    t.match(answer.headers['cache-control'], caching)
    t.match(answer.json(), { data: [{ item_id: 'a', tied: false }], meta: { status } })
    const { etag } = answer.headers
    t.equal((await served.app.inject({ url, headers: { 'if-none-match': etag } })).statusCode, 304)
  }
})

t.test('without a history, minutes are answered and days are a 503', async (t) => {
  const { app } = await startHistoryApp(t, { history: null })
  const days = await app.inject('/v1/top-items?metric=views&from=2026-03-01&to=2026-03-02')
  t.match(problemIn(t, days, 503).detail, '--ephemeral')
  const minutes = await app.inject('/v1/top-items?metric=views&from=2026-03-01T00:00Z&to=2026-03-01T00:01Z')
  problemIn(t, minutes, 400)
})
