import t, { type Test } from 'tap'
import { HEADLINE_METRICS, METRICS } from '../../src/metrics/metrics.js'
import { takeChanges } from '../../src/store/changes.js'
import { seriesAt } from '../../src/store/live.js'
import { restore } from '../../src/store/restore.js'
import { Bench, HISTORY, plain } from '../support/kernel-bench.js'
import { Ledger } from '../support/ledger.js'
import { Oracle, type OracleRanking } from '../support/oracle.js'
import { seeded, type Random } from '../support/random.js'
import { itemName, randomEvent, type StreamShape } from '../support/shop.js'

const LIVE = 1440
const SHAPES: readonly StreamShape[] = [
  { startMs: 1_700_000_000_000, items: 40, customers: 30, stepMs: 60_000, disorderMs: 3_600_000 },
  { startMs: 1_700_000_000_000, items: 300, customers: 50, stepMs: 90_000, disorderMs: 40 * 3_600_000 },
  { startMs: 0, items: 3, customers: 3, stepMs: 600_000, disorderMs: 60_000 },
  { startMs: 1_600_000_000_000, items: 2000, customers: 2000, stepMs: 30_000, disorderMs: 90_000 }
]

const top = ({ items, sum, rows }: OracleRanking) => ({ items, sum, rows: rows.slice(0, 100) })

function compareRanking(t: Test, bench: Bench, oracle: Oracle, random: Random) {
  const metric = random.int(METRICS.length)
  const { name } = METRICS[metric]!
  const minutes = 1 + random.int(random.pick([3, 60, LIVE]))
  const asOf = oracle.minute() - random.int(LIVE - minutes + 1)
  const question = { kind: 'ranking', metric, minutes, asOf, compare: true } as const
  const { ranking, before, from } = bench.ask(question)
  t.equal(from, asOf - minutes + 1)
  t.strictSame(
    plain(ranking),
    top(oracle.rankWithin(name, asOf - minutes + 1, asOf)),
    `${name} as of a minute`
  )
  if (asOf - 2 * minutes + 1 < oracle.minute() - LIVE + 1) {
    t.equal(before, null, 'not all of the period before is live')
    return
  }
  const { rows } = oracle.rankWithin(name, asOf - 2 * minutes + 1, asOf - minutes)
  const expected = ranking.rows.map(({ itemId }) => {
    const place = rows.findIndex(([item]) => item === itemId)
    return { value: rows[place]?.[1] ?? 0n, rank: place < 0 ? null : place + 1 }
  })
  t.strictSame(before, expected, `${name} in the period before`)
}

function compareTrends(t: Test, bench: Bench, oracle: Oracle, random: Random) {
  const metric = random.int(METRICS.length)
  const { name } = METRICS[metric]!
  const minutes = 1 + random.int(LIVE / 2)
  const floor = BigInt(random.int(4))
  const last = oracle.minute()
  const now = new Map(oracle.rankWithin(name, last - minutes + 1, last).rows)
  const then = new Map(oracle.rankWithin(name, last - 2 * minutes + 1, last - minutes).rows)
  const found = [...new Set([...now.keys(), ...then.keys()])]
    .map((item) => ({ item, now: now.get(item) ?? 0n, then: then.get(item) ?? 0n }))
    .filter((one) => one.now >= floor || one.then >= floor)
  const sorted = (sign: bigint) =>
    found
      .map((one) => ({ ...one, change: (one.now - one.then) * sign }))
      .filter(({ change }) => change > 0n)
      .sort((a, b) =>
        a.change === b.change
          ? Buffer.compare(Buffer.from(a.item), Buffer.from(b.item))
          : a.change > b.change
            ? -1
            : 1
      )
      .slice(0, 100)
      .map(({ item, change, then: before }) => [item, change, before])
  const answer = bench.ask({ kind: 'trends', metric, minutes, floor })
  const words = (rows: typeof answer.rising.rows, before: readonly bigint[]) =>
    rows.map(({ itemId, value }, place) => [itemId, value, before[place]])
  t.equal(answer.rising.items, found.length)
  t.strictSame(words(answer.rising.rows, answer.risingBefore), sorted(1n), `${name} rising`)
  t.strictSame(words(answer.falling.rows, answer.fallingBefore), sorted(-1n), `${name} falling`)
}

function compareItem(t: Test, bench: Bench, oracle: Oracle, random: Random, items: number) {
  const item = itemName(random.int(items))
  const { item: found } = bench.ask({ kind: 'item', itemId: item })
  const { series } = bench.ask({ kind: 'item-series', itemId: item })
  const last = oracle.minute()
  for (const [metric, { name }] of METRICS.entries()) {
    const expected = Array.from({ length: 20 }, () => last - random.int(LIVE)).map(
      (minute) => [minute, oracle.sumWithin(name, minute, minute, item)] as const
    )
    t.strictSame(
      expected.map(([minute]) => [minute, seriesAt(series, metric, minute)]),
      expected
    )
    const sum = oracle.sumWithin(name, last - LIVE + 1, last, item)
    t.equal(
      series.subarray(metric * LIVE, (metric + 1) * LIVE).reduce((all, value) => all + value, 0n),
      sum
    )
    if (found === null) continue
    t.equal(found.sums['24h'][metric], sum)
    t.equal(found.sums['1h'][metric], oracle.sumWithin(name, last - 59, last, item))
    const place = random.int(60)
    const minute = last - 59 + place
    t.equal(found.lastHour[metric]?.[place], oracle.sumWithin(name, minute, minute, item))
  }
  if (found === null) {
    t.equal(oracle.sumWithin('views', 0, last, item), 0n)
    return
  }
  t.strictSame(
    found.ranks,
    HEADLINE_METRICS.map(({ index, headline }) => {
      const place = oracle
        .rank(METRICS[index]!.name, headline.windowMinutes)
        .rows.findIndex(([id]) => id === item)
      return place < 0 ? null : place + 1
    }),
    `ranks of ${item}`
  )
}

function compareShop(t: Test, bench: Bench, oracle: Oracle, random: Random) {
  const { series, dayBefore, active, activeBefore } = bench.ask({ kind: 'shop' })
  const last = oracle.minute()
  const windows = [5, 60, LIVE]
  t.strictSame(
    active,
    windows.map((minutes) => oracle.active(minutes))
  )
  t.strictSame(
    activeBefore,
    windows.map((minutes) => oracle.activeWhenEnded(last - LIVE, minutes)),
    'active a day before'
  )
  for (const [metric, { name }] of METRICS.entries()) {
    const sum = (values: BigUint64Array) =>
      values.subarray(metric * LIVE, (metric + 1) * LIVE).reduce((all, value) => all + value, 0n)
    t.equal(sum(series), oracle.sumWithin(name, last - LIVE + 1, last))
    t.equal(
      sum(dayBefore),
      oracle.sumWithin(name, last - 2 * LIVE + 1, last - LIVE),
      `${name} of the day before`
    )
    const minute = last - random.int(LIVE)
    t.equal(seriesAt(series, metric, minute), oracle.sumWithin(name, minute, minute))
    t.equal(seriesAt(dayBefore, metric, minute - LIVE), oracle.sumWithin(name, minute - LIVE, minute - LIVE))
  }
}

t.test('questions over the live window agree with the oracle, over restarts too', (t) => {
  const random = seeded(t)
  for (const shape of SHAPES) {
    for (const history of [HISTORY, undefined]) {
      let bench = new Bench({ ...(history === undefined ? {} : { history }) })
      const oracle = new Oracle()
      const ledger = new Ledger()
      let newest = shape.startMs
      for (let batch = 0; batch < 14; batch++) {
        const events = Array.from({ length: random.int(300) }, () => {
          const event = randomEvent(random, shape, newest)
          newest = Math.max(newest, event.ms)
          return event
        })
        for (const event of events) oracle.add(event)
        t.equal(bench.apply(events), 0)
        if (oracle.accepted === 0) continue
        for (let round = 0; round < 3; round++) {
          compareRanking(t, bench, oracle, random)
          compareTrends(t, bench, oracle, random)
        }
        compareItem(t, bench, oracle, random, shape.items + 1)
        compareShop(t, bench, oracle, random)
        if (history === undefined) continue
        ledger.commit(takeChanges(bench.store))
        bench.kernel.dropFold()
        if (!random.oneIn(3)) continue
        bench = new Bench({ history })
        restore(bench.store, bench.kernel, ledger.restored())
      }
    }
  }
  t.end()
})

t.test('before the first event, and outside of the live window, there is nothing', (t) => {
  const bench = new Bench()
  t.match(bench.ask({ kind: 'ranking', metric: 0, minutes: 5, asOf: null, compare: true }), {
    nowMs: null,
    from: null
  })
  t.match(bench.ask({ kind: 'trends', metric: 0, minutes: 5, floor: 0n }), { rising: { rows: [] } })
  t.equal(bench.ask({ kind: 'item', itemId: 'a' }).item, null)
  t.match(bench.ask({ kind: 'shop' }), { active: [0, 0, 0], activeBefore: [0, 0, 0] })
  const view = { kind: 'page_visit', ms: 1e9, item: 'a', customer: 'c', cents: null, quantity: 1n } as const
  bench.apply([view])
  const minute = Math.floor(1e9 / 60_000)
  const ask = (asOf: number, minutes: number) =>
    bench.ask({ kind: 'ranking', metric: 0, minutes, asOf, compare: false }).from
  t.equal(ask(minute + 1, 5), null, 'not begun')
  t.equal(ask(minute - LIVE + 1, 2), null, 'not live any more')
  t.equal(ask(minute - LIVE + 1, 1), minute - LIVE + 1)
  t.end()
})

t.test('items of the same value stand by the bytes of their ids, whatever they share', (t) => {
  const random = seeded(t)
  for (let round = 0; round < 20; round++) {
    const shared = 'x'.repeat(random.int(20))
    const ids = new Set<string>()
    while (ids.size < 90) {
      const length = 1 + random.int(20)
      ids.add(
        shared + Array.from({ length }, () => random.pick(['a', 'b', 'é', '\u{1f600}', '\u0000'])).join('')
      )
    }
    const bench = new Bench()
    const base = {
      kind: 'page_visit',
      ms: 1_700_000_000_000,
      customer: '',
      cents: null,
      quantity: 1n
    } as const
    bench.apply([...ids].map((item) => ({ ...base, item })))
    const { ranking } = bench.rankWindow(0, 60)
    const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    t.strictSame(
      ranking.rows.map(({ itemId }) => itemId),
      sorted
    )
    const ranks = sorted.map((itemId) => bench.ask({ kind: 'item', itemId }).item?.ranks[0])
    t.strictSame(
      ranks,
      sorted.map((_, place) => place + 1)
    )
  }
  t.end()
})
