import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import type { TSchema } from 'typebox'
import { BoardQueries } from '../../../src/query/board-queries.js'
import {
  TimeseriesSchema,
  TopItemsOfSchema,
  type ItemAnswer,
  type Timeseries,
  type TopItemsOf
} from '../../../src/query/insight-shapes.js'
import { buildDocumentedApp } from '../../support/documented-app.js'
import { startTestPipeline, temporaryFolder } from '../../support/pipelines.js'
import { seeded } from '../../support/random.js'
import { randomStream, until } from '../../support/streams.js'
import { CHECKS, LIVE, NAMES, checkSeriesBetween, instant, oracleAt } from './insight-checks.js'

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
    for (const check of [...CHECKS, checkSeriesBetween]) await check(t, ask, stream, random)
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

t.test('an hour of which a part has left the live window is refused, not answered with less', async (t) => {
  const line = (time: string) => `{"event_type":"page_visit","timestamp":"${time}:00Z","item_id":"a"}\n`
  const { pipeline, app, ask } = await shop(
    t,
    line('2026-01-05T10:05') + line('2026-01-05T10:40') + line('2026-01-06T10:04').repeat(2)
  )
  await until(pipeline, ({ nowMs }) => nowMs === Date.UTC(2026, 0, 6, 10, 4))
  const series = '/v1/timeseries?metric=views&granularity=hour'
  const { data } = await ask<Timeseries>(`${series}&to=2026-01-06T11:00:00Z`, TimeseriesSchema)
  t.equal(data[0]?.start, '2026-01-05T11:00:00.000Z')
  const answer = await app.inject(`${series}&from=2026-01-05T10:00:00Z&to=2026-01-05T11:00:00Z`)
  t.equal(answer.statusCode, 400)
  t.match(answer.json(), { errors: [{ parameter: 'from', detail: /from 2026-01-05T11:00/ }] })
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
  const later = '/v1/timeseries?metric=views&granularity=minute&from=2030-01-01T00:00:00Z'
  t.strictSame((await app.inject(later)).json<Timeseries>().data, [], 'nothing so far')
  t.equal(
    (await app.inject('/v1/timeseries?metric=views&granularity=day')).statusCode,
    503,
    'no history is kept'
  )
  t.equal((await app.inject('/v1/items/unknown')).statusCode, 404)
  t.equal((await app.inject('/v1/items/a%2Fb')).json<ItemAnswer>().data.item_id, 'a/b')
  t.equal((await app.inject('/v1/items/a?b=1')).statusCode, 400)
})
