import { appendFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import { METRICS } from '../../src/metrics/metrics.js'
import { HistoryItemsSchema, HistorySeriesSchema } from '../../src/query/history-shapes.js'
import type { Status } from '../../src/query/shapes.js'
import { BoardQueries } from '../../src/query/board-queries.js'
import {
  HistoryOracle,
  eventsUpTo,
  type OracleBucket,
  type OracleGranularity
} from '../support/history-oracle.js'
import { seeded, type Random } from '../support/random.js'
import { itemName, type StreamShape } from '../support/shop.js'
import { randomStream, type Stream } from '../support/streams.js'
import { applied, startHistoryApp, type HistoryApp } from './history-app.js'

const GRANULARITIES: readonly OracleGranularity[] = ['day', 'week', 'month']
const TIME_ZONES = ['UTC', 'America/New_York']

/** Some ten days around the end of October 2023; in New York, clocks are turned back on 5 November. */
const SHAPE: StreamShape = {
  startMs: Date.UTC(2023, 9, 28, 20),
  items: 60,
  customers: 80,
  stepMs: 300_000,
  disorderMs: 40 * 3_600_000
}

/** Offsets differ from question to question while the file is being read: an oracle for each. */
function oracles(stream: Stream, timeZone: string): (offset: number | null) => HistoryOracle {
  const made = new Map<number, HistoryOracle>()
  return (offset) => {
    const at = offset ?? Infinity
    const oracle = made.get(at) ?? new HistoryOracle(eventsUpTo(stream, at), timeZone)
    made.set(at, oracle)
    return oracle
  }
}

async function compareSeries(
  t: Test,
  { series, timeseries }: HistoryApp,
  oracleAt: (offset: number | null) => HistoryOracle,
  metric: (typeof METRICS)[number]['name'],
  granularity: OracleGranularity,
  item: string | null
): Promise<void> {
  const itemQuery = item === null ? '' : `&item_id=${encodeURIComponent(item)}`
  for (const ask of [series, timeseries]) {
    const { data, meta } = await ask(`metric=${metric}&granularity=${granularity}${itemQuery}`)
    const oracle = oracleAt(meta.offset)
    const wanted = oracle.buckets(granularity).map((bucket) => ({
      start: bucket.start,
      end: bucket.end,
      value: Number(oracle.sum(metric, bucket, item)),
      status: oracle.isSealed(bucket) ? 'sealed' : 'open'
    }))
    t.strictSame(data, wanted, `${metric} by ${granularity} of ${item ?? 'the shop'} at ${meta.offset}`)
    t.match(meta, { metric, granularity, item_id: item, from: wanted[0]?.start, to: wanted.at(-1)?.end })
  }
}

async function compareCustomers(
  t: Test,
  { series }: HistoryApp,
  oracleAt: (offset: number | null) => HistoryOracle,
  granularity: OracleGranularity
): Promise<void> {
  const { data, meta } = await series(`metric=customers&granularity=${granularity}`)
  const oracle = oracleAt(meta.offset)
  for (const [place, bucket] of oracle.buckets(granularity).entries()) {
    const [found, wanted] = [Number(data[place]?.value), oracle.customers(bucket)]
    t.ok(Math.abs(found - wanted) <= 1 + wanted * 0.08, `${bucket.name}: ${found}, ${wanted} in truth`)
  }
}

async function compareAll(
  t: Test,
  served: HistoryApp,
  oracleAt: (offset: number | null) => HistoryOracle,
  items: readonly (string | null)[]
): Promise<void> {
  for (const granularity of GRANULARITIES) {
    for (const { name } of METRICS) {
      for (const item of items) await compareSeries(t, served, oracleAt, name, granularity, item)
    }
    await compareCustomers(t, served, oracleAt, granularity)
  }
}

for (const timeZone of TIME_ZONES) {
  t.test(`in the middle of a file and at its end, the series are the oracle’s: ${timeZone}`, async (t) => {
    const random = seeded(t)
    const stream = randomStream(random, 6000, SHAPE)
    const served = await startHistoryApp(t, { text: stream.text, history: { timeZone } })
    const oracleAt = oracles(stream, timeZone)
    const [first, last] = [
      stream.outcomes.find(({ event }) => event !== null)!.end,
      stream.outcomes.at(-1)!.end
    ]
    await applied(served.pipeline, first)
    await compareAll(t, served, oracleAt, [null])
    await applied(served.pipeline, last)
    const items = [itemName(random.int(60)), itemName(random.int(60)), 'there is no such item']
    await compareAll(t, served, oracleAt, [null, ...items])
  })
}

/** A ranking in the words of the API, for the values of a test, which are safe integers. */
function rowsOf(
  oracle: HistoryOracle,
  metric: (typeof METRICS)[number]['name'],
  bucket: OracleBucket,
  before: OracleBucket
) {
  const earlier = oracle.ranking(metric, before)
  const digits = metric === 'revenue' ? 2 : 0
  return oracle.ranking(metric, bucket).map(([item, value], place) => {
    const rank = earlier.findIndex(([other]) => other === item)
    const previous = earlier[rank]?.[1] ?? 0n
    return {
      rank: place + 1,
      item_id: item,
      value: Number(value),
      formatted: (Number(value) / 10 ** digits).toFixed(digits),
      previous: Number(previous),
      previous_rank: rank < 0 ? null : rank + 1,
      change: previous === 0n ? null : Number(value - previous) / Number(previous)
    }
  })
}

async function compareItems(
  t: Test,
  { items }: HistoryApp,
  oracle: HistoryOracle,
  random: Random
): Promise<void> {
  for (const granularity of GRANULARITIES) {
    const buckets = oracle.buckets(granularity)
    for (const { name: metric } of METRICS) {
      const place = 1 + random.int(buckets.length - 1)
      const [before, bucket] = [buckets[place - 1]!, buckets[place]!]
      const limit = 1 + random.int(100)
      const stated = random.oneIn(2) ? `&granularity=${granularity}` : ''
      const { data, meta } = await items(`metric=${metric}&bucket=${bucket.name}&limit=${limit}${stated}`)
      const rows = rowsOf(oracle, metric, bucket, before)
      t.strictSame(data, rows.slice(0, limit), `${metric} in ${bucket.name}`)
      t.match(meta, {
        metric,
        granularity,
        bucket: bucket.name,
        interval: { start: bucket.start, end: bucket.end },
        status: oracle.isSealed(bucket) ? 'sealed' : 'open',
        previous_bucket: before.name,
        previous_status: oracle.isSealed(before) ? 'sealed' : 'open',
        total_items: rows.length,
        sum: Number(oracle.sum(metric, bucket)),
        other: 0
      })
    }
  }
}

for (const timeZone of TIME_ZONES) {
  t.test(`the top items of a bucket are the oracle’s: ${timeZone}`, async (t) => {
    const random = seeded(t)
    const stream = randomStream(random, 4000, SHAPE)
    const served = await startHistoryApp(t, { text: stream.text, history: { timeZone } })
    const end = stream.outcomes.at(-1)!.end
    await applied(served.pipeline, end)
    const oracle = new HistoryOracle(eventsUpTo(stream, end), timeZone)
    for (let round = 0; round < 4; round++) await compareItems(t, served, oracle, random)
  })
}

t.test('at any point days, weeks and months come to the same, and nothing is lost', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 3000, { ...SHAPE, stepMs: 3_600_000, disorderMs: 60 * 86_400_000 })
  const bytes = Buffer.from(stream.text)
  const served = await startHistoryApp(t)
  for (let written = 0; written < bytes.length;) {
    const next = Math.min(bytes.length, written + 1 + random.int(bytes.length / 4))
    appendFileSync(served.file, bytes.subarray(written, next))
    written = next
    await applied(served.pipeline, bytes.subarray(0, written).lastIndexOf(10) + 1)
    for (const { name } of METRICS) {
      const sums = await Promise.all(
        GRANULARITIES.map(async (granularity) =>
          (await served.series(`metric=${name}&granularity=${granularity}`)).data.reduce(
            (sum, { value }) => sum + Number(value),
            0
          )
        )
      )
      t.equal(new Set(sums).size, 1, `${name}: ${sums.join()}`)
    }
    // Asked anew, so that it waits for the history.
    const { accounting, history } = await new BoardQueries(served.pipeline, {
      code: 'USD',
      minorDigits: 2
    }).status()
    const { accepted } = accounting
    const differences = { difference: 0, day_difference: 0, week_difference: 0 }
    t.strictSame(history?.conservation, { accepted, counted: accepted, ...differences }, `at ${written}`)
  }
})

t.test('the status tells commits and tiers, and asks again in the background', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 1000, SHAPE)
  const { pipeline, file } = await startHistoryApp(t, { text: stream.text })
  await applied(pipeline, Buffer.byteLength(stream.text))
  let time = 0
  const queries = new BoardQueries(pipeline, { code: 'USD', minorDigits: 2 }, () => time)
  let first = (await queries.status()).history!
  // On a busy machine the status does not wait long enough.
  while (first.conservation === null) {
    await pipeline.askHistory({ kind: 'status' })
    first = (await queries.status()).history!
  }
  t.equal(first.commits.offset, Buffer.byteLength(stream.text))
  t.match(first, {
    commits: { number: Number, at: /^\d{4}-.*Z$/, age_seconds: Number, duration_ms: Number, error: null },
    ageing_error: null,
    database_bytes: 0,
    time_zone: 'UTC'
  })
  t.strictSame(
    first.tiers.map(({ tier }) => tier),
    ['live', 'day', 'week', 'month']
  )
  appendFileSync(file, stream.text)
  await applied(pipeline, 2 * Buffer.byteLength(stream.text))
  time = 999
  t.strictSame((await queries.status()).history!.conservation, first.conservation, 'it is not asked yet')
  time = 1000
  t.strictSame(
    (await queries.status()).history!.conservation,
    first.conservation,
    'it is asked, and not waited for'
  )
  const isDoubled = ({ history }: Status) =>
    history?.conservation?.counted === 2 * (first.conservation?.counted ?? 0)
  let status = await queries.status()
  while (!isDoubled(status)) {
    await pipeline.askHistory({ kind: 'status' })
    status = await queries.status()
  }
  t.equal(status.history!.conservation!.difference, 0)
})

t.test('answers are as documented', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 500, SHAPE)
  const { series, items, pipeline } = await startHistoryApp(t, { text: stream.text })
  await applied(pipeline, Buffer.byteLength(stream.text))
  t.ok(Value.Check(HistorySeriesSchema, await series('metric=revenue')))
  const customers = await series('metric=customers&granularity=week&from=2023-11-01&to=2023-11-15')
  t.ok(Value.Check(HistorySeriesSchema, customers))
  t.strictSame(customers.meta.estimate, { method: 'HyperLogLog', relative_error: 0.016 })
  t.match(customers.meta, { unit: 'customers', minor_units: 0, from: '2023-10-30', to: '2023-11-20' })
  const top = await items('metric=revenue&bucket=2023-10')
  t.ok(Value.Check(HistoryItemsSchema, top))
  t.match(top.meta, { unit: 'USD', minor_units: 2, granularity: 'month', time_zone: 'UTC' })
  t.equal((await series('metric=revenue')).meta.estimate, null)
})
