import type { Test } from 'tap'
import Value from 'typebox/value'
import type { TSchema } from 'typebox'
import { HEADLINE_METRICS, METRICS } from '../../src/metrics/metrics.js'
import {
  HistoryItemsSchema,
  HistorySeriesSchema,
  type HistoryItems,
  type HistorySeries
} from '../../src/query/history-shapes.js'
import {
  SummarySchema,
  TopItemsOfSchema,
  type Summary,
  type TopItemsOf
} from '../../src/query/insight-shapes.js'
import { TopItemsSchema, type Status, type TopItems } from '../../src/query/shapes.js'
import { checkFigures, ITEM_CHECKS, LIVE, oracleAt, type Ask } from '../api/routes/insight-checks.js'
import type { Served } from '../support/command.js'
import { eventsUpTo, HistoryOracle, type OracleBucket } from '../support/history-oracle.js'
import type { Random } from '../support/random.js'
import { itemName, type StreamShape } from '../support/shop.js'
import { unionOf, type SplitLine } from '../support/split-stream.js'
import { whenNews } from './small-shop.js'

export const COLLECTORS = 3
const GRANULARITIES = ['day', 'week', 'month'] as const

/** Some ten days around the end of October 2023; in New York, clocks are turned back on 5 November. */
export const SHAPE: StreamShape = {
  startMs: Date.UTC(2023, 9, 28, 20),
  items: 60,
  customers: 300,
  stepMs: 300_000,
  disorderMs: 40 * 3_600_000
}

/** Asks a gateway, and checks that its answers are as they are described. */
export function asking(t: Test, { url }: Served): Ask {
  return async <Answer>(path: string, schema: TSchema): Promise<Answer> => {
    const response = await fetch(`${url}${path}`)
    const answer = (await response.json()) as Answer
    t.equal(response.status, 200, `${path}: ${JSON.stringify(answer).slice(0, 300)}`)
    t.ok(Value.Check(schema, answer), `${path}: ${JSON.stringify([...Value.Errors(schema, answer)][0])}`)
    return answer
  }
}

export async function compareLive(
  t: Test,
  ask: Ask,
  lines: readonly SplitLine[],
  random: Random,
  collectors = COLLECTORS
): Promise<void> {
  const stream = unionOf(lines)
  const oracle = oracleAt(stream, 0)
  for (const { name, headline } of HEADLINE_METRICS) {
    const { data, meta } = await ask<TopItems>(`/v1/items/${headline.path}?limit=100`, TopItemsSchema)
    const wanted = oracle.rank(name as never, headline.windowMinutes)
    t.strictSame(
      data.map(({ item_id: id, value }) => [id, BigInt(value)]),
      wanted.rows.slice(0, 100),
      headline.path
    )
    t.match(meta, {
      now: new Date(oracle.now).toISOString(),
      total_items: wanted.items,
      interval: { start: new Date(wanted.start).toISOString(), end: new Date(wanted.end).toISOString() },
      exact: true
    })
    t.equal(meta.collectors?.length, collectors)
  }
  for (let round = 0; round < 4; round++) {
    for (const check of ITEM_CHECKS) await check(t, ask, stream, random)
    const minutes = 1 + random.int(LIVE)
    const { data } = await ask<Summary>(`/v1/summary?window=${minutes}m`, SummarySchema)
    checkFigures(t, data, oracle, minutes)
    for (const [window, length] of [
      ['1h', 60],
      ['24h', LIVE]
    ] as const) {
      near(t, data.active_customers[window].value, oracle.active(length), `active customers of ${window}`)
    }
  }
}

/** Four standard errors of an estimate, and one customer. */
function near(t: Test, found: number | bigint | null, wanted: number, what: string): void {
  t.ok(
    Math.abs(Number(found) - wanted) <= 1 + wanted * 0.065,
    `${what}: ${String(found)}, ${wanted} in truth`
  )
}

export async function compareHistory(
  t: Test,
  ask: Ask,
  lines: readonly SplitLine[],
  timeZone: string,
  random: Random
): Promise<void> {
  const oracle = new HistoryOracle(eventsUpTo(unionOf(lines), 0), timeZone)
  for (const granularity of GRANULARITIES) {
    const buckets = oracle.buckets(granularity)
    for (const { name } of METRICS) {
      for (const item of [null, itemName(random.int(SHAPE.items)), 'there is no such item']) {
        const who = item === null ? '' : `&item_id=${encodeURIComponent(item)}`
        const path = `/v1/history?metric=${name}&granularity=${granularity}${who}`
        const { data, meta } = await ask<HistorySeries>(path, HistorySeriesSchema)
        t.strictSame(
          data.map(({ start, end, value }) => ({ start, end, value })),
          buckets.map((bucket) => ({
            start: bucket.start,
            end: bucket.end,
            value: Number(oracle.sum(name, bucket, item))
          })),
          path
        )
        t.equal(meta.exact, true, `${path}: ${meta.inexact ?? ''}`)
      }
      await compareItems(t, ask, oracle, granularity, name, random)
    }
    const { data } = await ask<HistorySeries>(
      `/v1/history?metric=customers&granularity=${granularity}`,
      HistorySeriesSchema
    )
    for (const [place, bucket] of buckets.entries()) {
      near(t, data[place]?.value ?? null, oracle.customers(bucket), `customers of ${bucket.name}`)
    }
  }
}

async function compareItems(
  t: Test,
  ask: Ask,
  oracle: HistoryOracle,
  granularity: (typeof GRANULARITIES)[number],
  metric: (typeof METRICS)[number]['name'],
  random: Random
): Promise<void> {
  const buckets = oracle.buckets(granularity)
  const place = random.int(buckets.length)
  const [bucket, before] = [buckets[place]!, buckets[place - 1]]
  const path = `/v1/history/items?metric=${metric}&granularity=${granularity}&bucket=${bucket.name}&limit=100`
  const { data, meta } = await ask<HistoryItems>(path, HistoryItemsSchema)
  const earlier = before === undefined ? [] : oracle.ranking(metric, before)
  const wanted = oracle.ranking(metric, bucket)
  t.strictSame(
    data.map((row) => [row.item_id, row.value, row.previous, row.previous_rank]),
    wanted.slice(0, 100).map(([item, value]) => {
      const rank = earlier.findIndex(([id]) => id === item)
      return [item, Number(value), Number(earlier[rank]?.[1] ?? 0n), rank < 0 ? null : rank + 1]
    }),
    path
  )
  t.match(meta, {
    total_items: wanted.length,
    sum: Number(oracle.sum(metric, bucket)),
    other: 0,
    exact: true
  })
}

export async function compareDays(t: Test, ask: Ask, oracle: HistoryOracle, random: Random): Promise<void> {
  const days = oracle.buckets('day')
  const from = random.int(days.length)
  const to = from + random.int(days.length - from)
  const stretch: OracleBucket = { start: days[from]!.start, end: days[to]!.end, name: '' }
  const path = `/v1/top-items?metric=units&from=${stretch.start}&to=${stretch.end}&limit=100`
  const { data } = await ask<TopItemsOf>(path, TopItemsOfSchema)
  t.strictSame(
    data.map(({ item_id: id, value }) => [id, BigInt(value)]),
    oracle.ranking('units', stretch),
    path
  )
}

/** Waits until the gateway has all lines. */
export async function seenAll(t: Test, gateway: Served, lines: readonly SplitLine[]): Promise<void> {
  const status = async () => (await gateway.get('/v1/status')) as Status
  await whenNews(t, gateway, status, ({ accounting }) => accounting.lines === lines.length)
}
