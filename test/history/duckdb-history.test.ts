import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GRANULARITIES } from '../../src/base/civil-date.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { RELATIVE_ERROR } from '../../src/history/distinct-count.js'
import type { History, HistoryOptions, Restored, Uncommitted } from '../../src/history/history.js'
import { COMMIT_STEPS } from '../../src/history/write-commit.js'
import { Random, seeded } from '../support/random.js'
import { expectedCustomers, expectedSeries, expectedTop, expectedSums } from './expected.js'
import { columnsOf, endOf, ShopModel, startOf } from './shop-model.js'

const OPTIONS: HistoryOptions = {
  path: null,
  timeZone: 'UTC',
  currency: 'EUR',
  keepDays: 400,
  keepWeeks: 260,
  maxItemsPerBucket: null,
  memoryLimitMb: 256
}

const NOTHING: Uncommitted = {
  days: columnsOf([]),
  newItems: { first: 1, ids: [] },
  sketches: { days: new Int32Array(0), registers: new Uint8Array(0) },
  oldestLiveDay: null
}

const WHOLE = { fromDay: null, toDay: null, itemId: null }

/** What a restart brings back, in the words of `ShopModel.liveState`. */
function liveStateOf({ cells, customers, items }: Restored): string {
  const rows = [...cells.minutes].map(
    (minute, row) => `${minute} ${cells.metrics[row]} ${cells.items[row]} ${cells.amounts[row]}`
  )
  const active = [...customers.hashes].map((hash, row) => `${hash} ${customers.minutes[row]}`)
  return [...rows.sort(), ...active.sort(), ...items].join('\n')
}

function textOf(restored: Restored | null): string {
  if (restored === null) return 'nothing'
  const { commit, nowMs, counters, pending, sources } = restored
  return [commit, nowMs, counters, pending, JSON.stringify(sources), liveStateOf(restored)].join('\n')
}

/** Asks about every metric, granularity and bucket, and compares with the model. */
async function compare(t: Test, history: History, model: ShopModel, random: Random): Promise<void> {
  const uncommitted = model.uncommitted()
  for (const granularity of GRANULARITIES) {
    for (const { name: metric } of METRICS) {
      for (const itemId of [null, random.pick(model.ids), 'no such item']) {
        const series = await history.series({ ...WHOLE, metric, granularity, itemId }, uncommitted)
        t.strictSame(
          series.map(({ start, value }) => [start, value]),
          expectedSeries(model, granularity, metric, itemId ?? undefined),
          `${metric} by ${granularity} of ${String(itemId)}`
        )
        const oldest = model.dayOf(model.oldestLiveMinute)
        t.strictSame(
          series.map(({ sealed }) => sealed),
          series.map(({ start }) => endOf(granularity, start) <= oldest)
        )
      }
      const bucket = startOf(granularity, random.pick([...model.totals.keys()]))
      const limit = 1 + random.int(12)
      const top = await history.topItems({ metric, granularity, bucket, limit }, uncommitted)
      t.strictSame(top.rows, expectedTop(model, granularity, metric, bucket, limit), `top ${metric}`)
      t.equal(top.totalItems, expectedTop(model, granularity, metric, bucket, Infinity).length)
      t.equal(top.sum, expectedSums(model, granularity, metric).get(bucket))
      t.equal(top.previousStart, startOf(granularity, bucket - 1))
    }
    const customers = await history.series({ ...WHOLE, metric: 'customers', granularity }, uncommitted)
    const expected = expectedCustomers(model, granularity)
    for (const { start, value } of customers) {
      const count = expected.get(start) ?? 0
      if (Math.abs(Number(value) - count) > Math.max(1, 5 * RELATIVE_ERROR * count)) {
        t.fail(`${value} customers at ${start}, not ${count}`)
      }
    }
  }
}

for (const timeZone of ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Apia', 'America/New_York']) {
  t.test(`${timeZone}: all answers are those of the model, across restarts`, async (t) => {
    const random = seeded(t)
    const path = join(t.testdir(), 'history.db')
    const options = { ...OPTIONS, path, timeZone }
    const startMs = Date.UTC(2010 + random.int(15), random.int(12), 1 + random.int(28))
    const model = new ShopModel({ timeZone, startMs, items: 25, maxStepMinutes: 90 })
    let history = await openDuckDbHistory(options)
    const { seed } = history
    t.equal(await history.restore(), null)
    for (let round = 1; round <= 12; round++) {
      for (let event = random.int(300); event >= 0; event--) model.event(random)
      if (random.oneIn(3)) await compare(t, history, model, random)
      const before = model.events
      t.strictSame(await history.commit(model.commit()), { commit: round })
      for (let event = random.oneIn(2) ? random.int(100) : 0; event > 0; event--) model.event(random)
      const status = await history.status(model.uncommitted())
      const { liveEvents, monthEvents, uncommittedEvents, dayEvents, weekEvents } = status.conservation
      t.equal(liveEvents + monthEvents, BigInt(before), 'all that was committed is there')
      t.equal(monthEvents + uncommittedEvents, BigInt(model.events), 'and all that was accepted')
      t.strictSame([dayEvents, weekEvents], [monthEvents, monthEvents])
      if (!random.oneIn(2)) continue
      await history.close()
      history = await openDuckDbHistory(options)
      t.strictSame(history.seed, seed)
      if (before !== model.events) continue
      const restored = await history.restore()
      t.equal(restored?.commit, round)
      t.equal(restored && liveStateOf(restored), model.liveState(), 'the live window comes back')
      t.strictSame([...restored!.counters], [model.events, Math.PI])
      t.strictSame([...restored!.pending], [1, 2, model.events % 256])
      t.equal(restored?.nowMs, model.minute * 60_000)
      t.strictSame(restored?.sources.length, 1)
      t.equal(restored?.sources[0]?.offset, model.events * 100)
      t.equal(restored?.sources[0]?.inode, '9007199254740993')
    }
    await compare(t, history, model, random)
    await history.close()
  })
}

t.test('a commit that breaks at any step leaves the last one, and can be handed over again', async (t) => {
  const random = seeded(t)
  for (const inMemory of [false, true]) {
    const path = inMemory ? null : join(t.testdir(), 'history.db')
    const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 25, maxStepMinutes: 60 })
    let broken: string | null = null
    const history = await openDuckDbHistory({ ...OPTIONS, path }, (step) => {
      if (step === broken) throw new Error(`broken at ${step}`)
    })
    for (const [round, step] of COMMIT_STEPS.entries()) {
      for (let event = 0; event < 200; event++) model.event(random)
      const uncommitted = model.uncommitted()
      const commit = model.commit()
      const before = await history.restore()
      const questions = () =>
        Promise.all(
          GRANULARITIES.map((granularity) =>
            history.series({ ...WHOLE, metric: 'revenue', granularity }, uncommitted)
          )
        )
      const answers = await questions()
      broken = step
      await t.rejects(history.commit(commit), { code: 'history', message: `broken at ${step}` })
      t.equal(textOf(await history.restore()), textOf(before), step)
      t.strictSame(await questions(), answers)
      broken = null
      t.strictSame(await history.commit(commit), { commit: round + 1 })
    }
    await compare(t, history, model, random)
    await history.close()
  }
})

t.test('an empty history has no buckets, no top items and nothing to restore', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  t.equal(history.seed.length, 8)
  t.equal(await history.restore(), null)
  for (const itemId of [null, 'x']) {
    t.strictSame(
      await history.series({ metric: 'views', granularity: 'day', fromDay: 1, toDay: 9, itemId }, NOTHING),
      []
    )
  }
  t.strictSame(
    await history.topItems({ metric: 'views', granularity: 'week', bucket: 4, limit: 10 }, NOTHING),
    { rows: [], totalItems: 0, sum: 0n, other: 0n, sealed: false, expired: false, previousStart: -3 }
  )
  t.strictSame(await history.status(NOTHING), {
    commit: 0,
    tiers: ['live', 'day', 'week', 'month'].map((tier) => ({ tier, rows: 0, oldest: null })),
    databaseBytes: 0,
    conservation: { liveEvents: 0n, dayEvents: 0n, weekEvents: 0n, monthEvents: 0n, uncommittedEvents: 0n },
    ageingFailure: null
  })
  await history.close()
  await t.rejects(history.restore(), { code: 'history' })
})

t.test('a series is what is asked for, in whole buckets', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  // 2026-11-20 is a Friday.
  const day = Date.UTC(2026, 10, 20) / 86_400_000
  const uncommitted: Uncommitted = {
    ...NOTHING,
    days: columnsOf([
      { day, item: 1, amounts: [3n, 0n, 0n, 0n, 0n] },
      { day: day + 5, item: 0, amounts: [4n, 0n, 0n, 0n, 0n] }
    ]),
    newItems: { first: 1, ids: ['shoe'] },
    oldestLiveDay: day + 2
  }
  const ask = async (granularity: 'day' | 'week' | 'month', from: number | null, to: number | null) => {
    const question = { metric: 'views', granularity, fromDay: from, toDay: to, itemId: null } as const
    return (await history.series(question, uncommitted)).map(({ start, value }) => [
      start - day,
      Number(value)
    ])
  }
  const zeros = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => [from + index, 0])
  t.strictSame(await ask('day', null, null), [[0, 3], ...zeros(1, 5), [5, 4]])
  t.strictSame(await ask('day', day - 2, day + 1), [...zeros(-2, 0), [0, 3]])
  t.strictSame(await ask('day', day + 7, day + 9), zeros(7, 9))
  t.strictSame(await ask('day', day + 5, null), [[5, 4]])
  t.strictSame(await ask('day', day + 6, null), [])
  t.strictSame(await ask('day', day, day), [])
  t.strictSame(await ask('week', null, null), [
    [-4, 3],
    [3, 4]
  ])
  t.strictSame(await ask('week', day, day + 3), [[-4, 3]])
  t.strictSame(await ask('week', day, day + 4), [
    [-4, 3],
    [3, 4]
  ])
  t.strictSame(await ask('month', day + 10, day + 11), [[-19, 7]])
  await t.rejects(
    history.series({ ...WHOLE, metric: 'customers', granularity: 'day', itemId: 'shoe' }, uncommitted),
    { code: 'usage' }
  )
  const again = await history.series(
    { ...WHOLE, metric: 'views', granularity: 'day', itemId: 'shoe' },
    uncommitted
  )
  t.strictSame(
    again.map(({ value, sealed }) => [Number(value), sealed]),
    [
      [3, true],
      [0, true],
      [0, false],
      [0, false],
      [0, false],
      [0, false]
    ]
  )
  await history.close()
})

t.test('ids of any characters are kept to the byte, and rank by their bytes', async (t) => {
  const path = join(t.testdir(), 'history.db')
  const ids = [
    '__proto__',
    'a\u0000b',
    'a',
    '=cmd()',
    "o'clock",
    '\u001b[31m',
    'é'.repeat(128),
    '(other)',
    '😀',
    '\uffee',
    'Z'
  ]
  let history = await openDuckDbHistory({ ...OPTIONS, path })
  const days = columnsOf(ids.map((_, place) => ({ day: 1, item: place + 1, amounts: [5n, 0n, 0n, 0n, 0n] })))
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const newItems = { first: 1, ids }
  const top = (uncommitted: Uncommitted) =>
    history.topItems({ metric: 'views', granularity: 'day', bucket: 1, limit: 100 }, uncommitted)
  const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  t.strictSame(
    (await top({ ...NOTHING, days, newItems })).rows.map(({ itemId }) => itemId),
    sorted,
    'before they are stored'
  )
  await history.commit({ ...model.commit(), days, newItems, nowMs: null })
  await history.close()
  history = await openDuckDbHistory({ ...OPTIONS, path })
  t.strictSame((await history.restore())?.items, ids)
  t.strictSame(
    (await top({ ...NOTHING, newItems: { first: ids.length + 1, ids: [] } })).rows.map(
      ({ itemId }) => itemId
    ),
    sorted
  )
  for (const itemId of ids) {
    const [bucket] = await history.series({ ...WHOLE, metric: 'views', granularity: 'day', itemId }, NOTHING)
    t.equal(bucket?.value, 5n, JSON.stringify(itemId))
  }
  await history.close()
})

t.test('sums beyond 64 bits are exact', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const most = 2n ** 64n - 1n
  const days = columnsOf([1, 2, 3].map((item) => ({ day: 1, item, amounts: [0n, 0n, 1n, 1n, most] })))
  const newItems = { first: 1, ids: ['a', 'b', 'c'] }
  await history.commit({ ...model.commit(), days, newItems, nowMs: null })
  const [bucket] = await history.series({ ...WHOLE, metric: 'revenue', granularity: 'month' }, NOTHING)
  t.equal(bucket?.value, 3n * most)
  await history.close()
})

t.test('each source keeps its latest position', async (t) => {
  const path = join(t.testdir(), 'history.db')
  const history = await openDuckDbHistory({ ...OPTIONS, path })
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const commit = model.commit()
  const at = (name: string, inode: string, offset: number) => ({ ...commit.source!, name, inode, offset })
  const positions = [at('a', '1', 10), at('b', '2', 20), at('a', '1', 30), at('a', '3', 40)]
  for (const source of [...positions, null]) await history.commit({ ...commit, source })
  t.strictSame((await history.restore())?.sources, positions.slice(1))
  await history.close()
})

t.test('items that do not follow on those stored are a bug', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const commit = model.commit()
  await t.rejects(history.commit({ ...commit, newItems: { first: 2, ids: ['b'] } }), RangeError)
  t.strictSame(await history.commit(commit), { commit: 1 })
  await history.close()
})
