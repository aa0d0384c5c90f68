import type { Test } from 'tap'
import type { TSchema } from 'typebox'
import { METRICS } from '../../../src/metrics/metrics.js'
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
import { Oracle, type OracleMetric } from '../../support/oracle.js'
import type { Random } from '../../support/random.js'
import type { Stream } from '../../support/streams.js'

export const LIVE = 1440
const MINUTE_MS = 60_000
export const NAMES = METRICS.map(({ name }) => name) as readonly OracleMetric[]

/** Asks for an answer and checks it against its schema. */
export type Ask = <Answer>(url: string, schema: TSchema) => Promise<Answer>

/** The oracle of what is in a stream up to a byte. */
export function oracleAt(stream: Stream, offset: number): Oracle {
  const oracle = new Oracle()
  for (const { end, event } of stream.outcomes) if (event !== null && end <= offset) oracle.add(event)
  return oracle
}

export const instant = (minute: number) => new Date(minute * MINUTE_MS).toISOString()

async function checkTopItems(t: Test, ask: Ask, stream: Stream, random: Random) {
  const metric = random.pick(NAMES)
  const minutes = 1 + random.int(random.pick([5, 120, LIVE / 2]))
  const limit = 1 + random.int(100)
  const url = `/v1/top-items?metric=${metric}&window=${minutes}m&limit=${limit}&compare=previous_period`
  const { data, meta } = await ask<TopItemsOf>(url, TopItemsOfSchema)
  const oracle = oracleAt(stream, meta.offset ?? 0)
  if (oracle.accepted === 0) return
  const last = oracle.minute()
  const now = oracle.rankWithin(metric, last - minutes + 1, last)
  const before = oracle.rankWithin(metric, last - 2 * minutes + 1, last - minutes)
  t.strictSame(
    data.map(({ item_id: id, value }) => [id, BigInt(value)]),
    now.rows.slice(0, limit),
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
  const now = new Map(oracle.rankWithin(metric, last - minutes + 1, last).rows)
  const then = new Map(oracle.rankWithin(metric, last - 2 * minutes + 1, last - minutes).rows)
  const considered = [...new Set([...now.keys(), ...then.keys()])]
    .map((id) => ({ id, value: Number(now.get(id) ?? 0n), previous: Number(then.get(id) ?? 0n) }))
    .filter(({ value, previous }) => value >= floor || previous >= floor)
  t.equal(meta.considered, considered.length, url)
  const rows = (sign: 1 | -1) =>
    considered
      .filter(({ value, previous }) => (value - previous) * sign > 0)
      .sort(
        (a, b) =>
          (b.value - b.previous - a.value + a.previous) * sign ||
          Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))
      )
      .slice(0, 100)
      .map(({ id, value, previous }, place) => [
        place + 1,
        id,
        value,
        previous,
        value - previous,
        change(value, previous)
      ])
  const words = (found: Trends['data']['rising']) =>
    found.map((row) => [row.rank, row.item_id, row.value, row.previous, row.difference, row.change])
  t.strictSame(words(data.rising), rows(1), `rising: ${url}`)
  t.strictSame(words(data.falling), rows(-1), `falling: ${url}`)
}

const rate = (part: number, whole: number) => (whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6)
const change = (value: number, previous: number) => (previous === 0 ? null : (value - previous) / previous)

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
    t.equal(data.windows[window].view_to_cart, rate(sum('cart_adds'), sum('views')))
    t.equal(data.windows[window].cart_to_purchase, rate(sum('purchases'), sum('cart_adds')))
    t.equal(data.windows[window].view_to_purchase, rate(sum('purchases'), sum('views')))
  }
  for (const metric of NAMES) {
    t.strictSame(
      (data.sparkline as unknown as Record<string, number[]>)[metric],
      Array.from({ length: 60 }, (_, place) =>
        Number(oracle.sumWithin(metric, last - 59 + place, last - 59 + place, item))
      ),
      `${metric} by minute`
    )
  }
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
  checkFigures(t, data, oracle, minutes)
  const last = oracle.minute()
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

/** Compares what a summary has of the last minutes, but for customers. */
export function checkFigures(t: Test, data: Summary['data'], oracle: Oracle, minutes: number): void {
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
    const figure = {
      value: now(metric),
      previous: before(metric),
      change: change(now(metric), before(metric))
    }
    t.match(data[name], figure, `${name} of ${minutes} min`)
  }
  const average = (sum: typeof now) =>
    sum('purchases') === 0
      ? null
      : Math.floor((2 * sum('revenue') + sum('purchases')) / (2 * sum('purchases')))
  t.match(data.average_order_value, { value: average(now), previous: average(before) })
  for (const [name, part, whole] of [
    ['view_to_cart', 'cart_adds', 'views'],
    ['cart_to_purchase', 'purchases', 'cart_adds'],
    ['view_to_purchase', 'purchases', 'views']
  ] as const) {
    const rates = { value: rate(now(part), now(whole)), previous: rate(before(part), before(whole)) }
    t.strictSame(data.conversion[name], rates, name)
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
  const firstHour = Math.ceil((last - LIVE + 1) / 60)
  const starts =
    granularity === 'minute'
      ? Array.from({ length: 60 }, (_, place) => last - 59 + place)
      : Array.from({ length: Math.floor(last / 60) + 1 - firstHour }, (_, place) => (firstHour + place) * 60)
  t.strictSame(
    data.map(({ start }) => start),
    starts.map(instant)
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

/** A part of the live window, at rest: while events come its first minutes may leave before they are asked for. */
export async function checkSeriesBetween(t: Test, ask: Ask, stream: Stream, random: Random) {
  const oracle = oracleAt(stream, Infinity)
  const last = oracle.minute()
  const metric = random.pick(NAMES)
  const [granularity, step] = random.pick([
    ['minute', 1],
    ['hour', 60]
  ] as const)
  const first = Math.ceil((last - LIVE + 1) / step)
  const end = Math.floor(last / step) + 1
  const from = first + random.int(end - first)
  const to = from + random.int(end - from + 1)
  const url = `/v1/timeseries?metric=${metric}&granularity=${granularity}&from=${instant(from * step)}&to=${instant(to * step)}`
  const { data } = await ask<Timeseries>(url, TimeseriesSchema)
  t.strictSame(
    data.map(({ start, end, value }) => [start, end, Number(value)]),
    Array.from({ length: to - from }, (_, place) => (from + place) * step).map((minute) => [
      instant(minute),
      instant(minute + step),
      Number(oracle.sumWithin(metric, minute, Math.min(last, minute + step - 1), null))
    ]),
    url
  )
}

/** Each compares an answer over items or minutes with the oracle, as of the byte that the answer says. */
export const ITEM_CHECKS = [checkTopItems, checkTrends, checkItem, checkSeries]

/** The same, and of the shop as a whole. */
export const CHECKS = [...ITEM_CHECKS, checkSummary]
