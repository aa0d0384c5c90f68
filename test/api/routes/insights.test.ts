import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import type { TSchema } from 'typebox'
import { METRICS } from '../../../src/metrics/metrics.js'
import { BoardQueries } from '../../../src/query/board-queries.js'
import {
  ItemSchema,
  SummarySchema,
  TimeseriesSchema,
  TopItemsOfSchema,
  TrendsSchema,
  type ItemAnswer,
  type Summary,
  type Timeseries,
  type TopItemsOf,
  type Trends
} from '../../../src/query/insight-shapes.js'
import { buildDocumentedApp } from '../../support/documented-app.js'
import { Oracle, type OracleMetric } from '../../support/oracle.js'
import { startTestPipeline, temporaryFolder } from '../../support/pipelines.js'
import { seeded, type Random } from '../../support/random.js'
import { randomStream, until, type Stream } from '../../support/streams.js'

const LIVE = 1440
const MINUTE_MS = 60_000
const NAMES = METRICS.map(({ name }) => name) as readonly OracleMetric[]

async function shop(t: Test, text: string) {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, text)
  const pipeline = startTestPipeline(t, { file, follow: true, workers: 2, chunkBytes: 4096 })
  await pipeline.ready
  const queries = new BoardQueries(pipeline, { code: 'USD', minorDigits: 2 })
  const app = await buildDocumentedApp(t, { queries, version: '0' })
  t.teardown(() => app.close())
  const ask = async <Answer>(url: string, schema: TSchema) => {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 200, `${url}: ${answer.body.slice(0, 200)}`)
    const body = answer.json<Answer>()
    if (!Value.Check(schema, body))
      t.fail(`${url}: ${JSON.stringify(Value.Errors(schema, body)).slice(0, 400)}`)
    return body
  }
  return { file, pipeline, app, ask }
}

type Ask = Awaited<ReturnType<typeof shop>>['ask']

function oracleAt(stream: Stream, offset: number): Oracle {
  const oracle = new Oracle()
  for (const { end, event } of stream.outcomes) if (event !== null && end <= offset) oracle.add(event)
  return oracle
}

const instant = (minute: number) => new Date(minute * MINUTE_MS).toISOString()

async function checkTopItems(t: Test, ask: Ask, stream: Stream, random: Random) {
  const metric = random.pick(NAMES)
  const minutes = 1 + random.int(random.pick([5, 120, LIVE / 2]))
  const url = `/v1/top-items?metric=${metric}&window=${minutes}m&limit=${1 + random.int(100)}&compare=previous_period`
  const { data, meta } = await ask<TopItemsOf>(url, TopItemsOfSchema)
  const oracle = oracleAt(stream, meta.offset ?? 0)
  if (oracle.accepted === 0) return
  const last = oracle.minute()
  const now = oracle.rankWithin(metric, last - minutes + 1, last)
  const before = oracle.rankWithin(metric, last - 2 * minutes + 1, last - minutes)
  t.strictSame(
    data.map(({ item_id: id, value }) => [id, BigInt(value)]),
    now.rows.slice(0, data.length),
    url
  )
  t.match(meta, {
    total_items: now.items,
    sum: Number(now.sum),
    interval: { start: instant(last - minutes + 1), end: instant(last + 1) }
  })
  for (const { item_id: id, value, tied, previous } of data) {
    const place = before.rows.findIndex(([item]) => item === id)
    const was = Number(before.rows[place]?.[1] ?? 0n)
    t.strictSame(
      [previous?.value, previous?.rank, previous?.change],
      [was, place < 0 ? null : place + 1, was === 0 ? null : (Number(value) - was) / was]
    )
    t.equal(
      tied,
      data.filter((row) => row.value === value).length > 1 ||
        (tied && data.length === 100) ||
        isTiedBeyond(now.rows, id, data.length)
    )
  }
}

/** Whether the last listed row ties with the first that is not. */
function isTiedBeyond(rows: readonly (readonly [string, bigint])[], id: string, length: number): boolean {
  return rows[length - 1]?.[0] === id && rows[length]?.[1] === rows[length - 1]?.[1] && length < 100
}

async function checkTrends(t: Test, ask: Ask, stream: Stream, random: Random) {
  const metric = random.pick(NAMES)
  const minutes = 1 + random.int(LIVE / 2)
  const floor = random.int(3)
  const url = `/v1/trends?metric=${metric}&window=${minutes}m&floor=${floor}&limit=100`
  const { data, meta } = await ask<Trends>(url, TrendsSchema)
  const oracle = oracleAt(stream, meta.offset)
  if (oracle.accepted === 0) return
  const last = oracle.minute()
  const sumOf = (item: string, from: number, to: number) => Number(oracle.sumWithin(metric, from, to, item))
  for (const row of [...data.rising.slice(0, 5), ...data.falling.slice(0, 5)]) {
    const value = sumOf(row.item_id, last - minutes + 1, last)
    const previous = sumOf(row.item_id, last - 2 * minutes + 1, last - minutes)
    t.match(row, {
      value,
      previous,
      difference: value - previous,
      change: previous === 0 ? null : (value - previous) / previous
    })
  }
  const best = Math.max(
    0,
    ...oracle
      .rankWithin(metric, last - minutes + 1, last)
      .rows.filter(
        ([item, value]) =>
          value >= BigInt(floor) || sumOf(item, last - 2 * minutes + 1, last - minutes) >= floor
      )
      .map(([item, value]) => Number(value) - sumOf(item, last - 2 * minutes + 1, last - minutes))
  )
  t.equal(Number(data.rising[0]?.difference ?? 0), best, url)
}

async function checkItem(t: Test, ask: Ask, stream: Stream, random: Random) {
  const known = stream.outcomes.filter(({ event }) => event !== null && event.item !== '').slice(0, 20)
  const item = random.pick(known).event!.item
  const url = `/v1/items/${encodeURIComponent(item)}`
  const { data, meta } = await ask<ItemAnswer>(url, ItemSchema)
  const oracle = oracleAt(stream, meta.offset)
  const last = oracle.minute()
  for (const [window, minutes] of [
    ['1h', 60],
    ['24h', LIVE]
  ] as const) {
    const sum = (metric: OracleMetric) => Number(oracle.sumWithin(metric, last - minutes + 1, last, item))
    t.match(
      data.windows[window],
      Object.fromEntries(NAMES.map((name) => [name, sum(name)])),
      `${item} in ${window}`
    )
    const rate = (part: number, whole: number) =>
      whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6
    t.equal(data.windows[window].view_to_cart, rate(sum('cart_adds'), sum('views')))
    t.equal(data.windows[window].cart_to_purchase, rate(sum('purchases'), sum('cart_adds')))
  }
  const views = (data.sparkline as unknown as Record<string, number[]>)['views']!
  t.strictSame(
    views,
    Array.from({ length: 60 }, (_, place) =>
      Number(oracle.sumWithin('views', last - 59 + place, last - 59 + place, item))
    )
  )
  for (const { metric, window, rank } of data.ranks) {
    const place = oracle.rank(metric, window === '1h' ? 60 : LIVE).rows.findIndex(([id]) => id === item)
    t.equal(rank, place < 0 ? null : place + 1)
  }
}

async function checkSummary(t: Test, ask: Ask, stream: Stream, random: Random) {
  const minutes = 1 + random.int(LIVE)
  const { data, meta } = await ask<Summary>(`/v1/summary?window=${minutes}m`, SummarySchema)
  const oracle = oracleAt(stream, meta.offset)
  if (oracle.accepted === 0) return
  const last = oracle.minute()
  const now = (metric: OracleMetric) => Number(oracle.sumWithin(metric, last - minutes + 1, last))
  const before = (metric: OracleMetric) =>
    Number(oracle.sumWithin(metric, last - LIVE - minutes + 1, last - LIVE))
  for (const [name, metric] of [
    ['visits', 'views'],
    ['cart_adds', 'cart_adds'],
    ['purchases', 'purchases'],
    ['units', 'units'],
    ['revenue', 'revenue']
  ] as const) {
    t.match(data[name], { value: now(metric), previous: before(metric) }, `${name} of ${minutes} min`)
  }
  t.match(data.average_order_value, {
    value:
      now('purchases') === 0
        ? null
        : Math.floor((2 * now('revenue') + now('purchases')) / (2 * now('purchases')))
  })
  for (const [window, length] of [
    ['5m', 5],
    ['1h', 60],
    ['24h', LIVE]
  ] as const) {
    t.match(data.active_customers[window], {
      value: oracle.active(length),
      previous: oracle.activeWhenEnded(last - LIVE, length)
    })
  }
}

async function checkSeries(t: Test, ask: Ask, stream: Stream, random: Random) {
  const metric = random.pick(NAMES)
  const granularity = random.pick(['minute', 'hour'] as const)
  const step = granularity === 'minute' ? 1 : 60
  const item = random.oneIn(2)
    ? random.pick(stream.outcomes.filter(({ event }) => event !== null && event.item !== '')).event!.item
    : null
  const url = `/v1/timeseries?metric=${metric}&granularity=${granularity}${item === null ? '' : `&item_id=${encodeURIComponent(item)}`}`
  const { data, meta } = await ask<Timeseries>(url, TimeseriesSchema)
  const oracle = oracleAt(stream, meta.offset ?? 0)
  if (oracle.accepted === 0) return
  const last = oracle.minute()
  t.equal(
    data.length,
    granularity === 'minute'
      ? 60
      : Math.ceil((Math.floor(last / 60) * 60 + 60 - Math.ceil((last - LIVE + 1) / 60) * 60) / 60)
  )
  t.strictSame(
    data.map(({ start, value }) => [start, Number(value)]),
    data.map(({ start }) => {
      const minute = Date.parse(start) / MINUTE_MS
      return [start, Number(oracle.sumWithin(metric, minute, Math.min(last, minute + step - 1), item))]
    }),
    url
  )
}

const CHECKS = [checkTopItems, checkTrends, checkItem, checkSummary, checkSeries]

t.test('answers agree with the oracle, at rest and at any instant while events pour in', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 3000)
  const bytes = Buffer.from(stream.text)
  const first = 20_000
  const { file, pipeline, ask } = await shop(t, bytes.subarray(0, first).toString())
  await until(pipeline, ({ offset }) => offset > (stream.outcomes[40]?.end ?? 0))
  for (let written = first; written < bytes.length;) {
    const next = Math.min(bytes.length, written + random.int(40_000))
    appendFileSync(file, bytes.subarray(written, next))
    written = next
    for (const check of CHECKS) await check(t, ask, stream, random)
  }
  await until(pipeline, ({ offset }) => offset === bytes.length)
  for (let round = 0; round < 4; round++) {
    for (const check of CHECKS) await check(t, ask, stream, random)
  }
})

t.test('as of a minute, the answer is what it was in that minute', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 1500)
  const { pipeline, ask } = await shop(t, stream.text)
  await until(pipeline, ({ offset }) => offset === Buffer.byteLength(stream.text))
  const oracle = oracleAt(stream, Infinity)
  for (let round = 0; round < 20; round++) {
    const metric = random.pick(NAMES)
    const minutes = 1 + random.int(LIVE)
    const asOf = oracle.minute() - random.int(LIVE - minutes + 1)
    const url = `/v1/top-items?metric=${metric}&window=${minutes}m&as_of=${instant(asOf)}&limit=100`
    const { data } = await ask<TopItemsOf>(url, TopItemsOfSchema)
    t.strictSame(
      data.map(({ item_id: id, value }) => [id, BigInt(value)]),
      oracle.rankWithin(metric, asOf - minutes + 1, asOf).rows.slice(0, 100)
    )
  }
})

t.test('questions that make no sense are told so', async (t) => {
  const line = (minute: number) =>
    `{"event_type":"page_visit","timestamp":"2026-01-05T10:${String(minute).padStart(2, '0')}:00Z","item_id":"a/b"}\n`
  const { app } = await shop(t, line(1) + line(2))
  for (const [url, parameter] of [
    ['/v1/top-items', 'metric'],
    ['/v1/top-items?metric=customers', 'metric'],
    ['/v1/top-items?metric=views&compare=1', 'compare'],
    ['/v1/top-items?metric=views&compare=previous_period&window=13h', 'compare'],
    ['/v1/top-items?metric=views&as_of=yesterday', 'as_of'],
    ['/v1/top-items?metric=views&window=24h&as_of=2026-01-05T10:01:00Z', 'as_of'],
    ['/v1/top-items?metric=views&as_of=2026-01-06T10:01:00Z', 'as_of'],
    ['/v1/trends?metric=views&window=13h', 'window'],
    ['/v1/trends?metric=views&floor=-1', 'floor'],
    ['/v1/summary?window=25h', 'window'],
    ['/v1/timeseries?metric=views&granularity=second', 'granularity'],
    ['/v1/timeseries?metric=customers&granularity=hour', 'metric'],
    ['/v1/timeseries?metric=views&granularity=hour&from=2026-01-05T10:30:00Z', 'from'],
    ['/v1/timeseries?metric=views&granularity=minute&from=2026-01-01T10:30:00Z', 'from'],
    ['/v1/timeseries?metric=views&granularity=minute&to=2026-01-07T10:30:00Z', 'to'],
    ['/v1/timeseries?metric=views&granularity=minute&from=2026-01-05T10:02:00Z&to=2026-01-05T10:01:00Z', 'to']
  ] as const) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 400, url)
    t.match(answer.json(), { errors: [{ parameter }] }, url)
  }
  t.equal(
    (await app.inject('/v1/timeseries?metric=views&granularity=day')).statusCode,
    503,
    'no history is kept'
  )
  t.equal((await app.inject('/v1/items/unknown')).statusCode, 404)
  t.equal((await app.inject('/v1/items/a%2Fb')).json<ItemAnswer>().data.item_id, 'a/b')
  t.equal((await app.inject('/v1/items/a?b=1')).statusCode, 400)
})
