import { join } from 'node:path'
import { statSync } from 'node:fs'
import t, { type Test } from 'tap'
import { GRANULARITIES } from '../../src/base/civil-date.js'
import { Ageing } from '../../src/history/ageing.js'
import { Database } from '../../src/history/database.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import type { History } from '../../src/history/history.js'
import type { Commit } from '../../src/store/commit.js'
import { createSchema } from '../../src/history/schema.js'
import { seeded } from '../support/random.js'
import { compare, OPTIONS, WHOLE } from './histories.js'
import { columnsOf, ShopModel, startOf } from './shop-model.js'
import { packIds } from '../../src/store/item-ids.js'

const DAY_MS = 86_400_000

/** Three events each, some 22 minutes apart. */
const COMMITS = Number(process.env['FOOTFALL_TEST_COMMITS'] ?? 400)
/** 2026-11-20, a Friday. */
const TODAY = Date.UTC(2026, 10, 20) / DAY_MS

type Row = Parameters<typeof columnsOf>[0][number]

function row(day: number, item: number, views: bigint, purchases = 0n, revenue = 0n): Row {
  return { day, item, amounts: [views, 0n, purchases, purchases, revenue] }
}

/** A commit at noon of a day that holds nothing but rows of days. */
function commitOf(today: number, rows: readonly Row[], newItems = { first: 2, ids: packIds([]) }): Commit {
  const model = new ShopModel({
    timeZone: 'UTC',
    startMs: (today + 0.5) * DAY_MS,
    items: 1,
    maxStepMinutes: 1
  })
  return { ...model.commit(), days: columnsOf(rows), newItems }
}

async function values(history: History, granularity: 'day' | 'week' | 'month', from: number, to: number) {
  const question = { metric: 'views', granularity, fromDay: from, toDay: to, itemId: null } as const
  const series = await history.series(question)
  return series.map(({ value, expired }) => (expired ? 'expired' : Number(value)))
}

t.test('days and weeks go when they are older than what is kept, months stay', async (t) => {
  const history = await openDuckDbHistory({ ...OPTIONS, keepDays: 10, keepWeeks: 3 })
  const rows = Array.from({ length: 40 }, (_, index) => row(TODAY - index, 1, 1n))
  await history.commit(commitOf(TODAY, rows, { first: 1, ids: packIds(['a']) }))
  t.strictSame(await values(history, 'day', TODAY - 12, TODAY + 1), [
    'expired',
    'expired',
    ...rows.slice(0, 11).map(() => 1)
  ])
  t.strictSame(await values(history, 'week', TODAY - 28, TODAY + 1), ['expired', 7, 7, 7, 5])
  t.strictSame(await values(history, 'month', TODAY - 39, TODAY + 1), [20, 20])

  await history.commit(commitOf(TODAY + 3, []))
  t.strictSame(await values(history, 'day', TODAY - 9, TODAY - 5), ['expired', 'expired', 1, 1])
  t.strictSame(await values(history, 'week', TODAY - 21, TODAY + 1), ['expired', 7, 7, 5])
  const top = await history.topItems({ metric: 'views', granularity: 'day', bucket: TODAY - 8, limit: 5 })
  t.match(top, { rows: [], sum: 0n, expired: true })
  const { tiers, conservation } = await history.status()
  t.match(tiers, [
    { oldest: null },
    { rows: 8, oldest: '2026-11-13' },
    { rows: 3, oldest: '2026-W45' },
    { rows: 2 }
  ])
  t.match(conservation, {
    dayEvents: 8n,
    weekEvents: 19n,
    monthEvents: 40n,
    dayDifference: 0n,
    weekDifference: 0n
  })
  await history.close()
})

t.test(
  'what has gone does not come back in part: a late day is added to the tiers that have it',
  async (t) => {
    const path = join(t.testdir(), 'history.db')
    let history = await openDuckDbHistory({ ...OPTIONS, path, keepDays: 10, keepWeeks: 3 })
    const rows = Array.from({ length: 40 }, (_, index) => row(TODAY - index, 1, 1n))
    await history.commit(commitOf(TODAY, rows, { first: 1, ids: packIds(['a']) }))
    const late = [row(TODAY - 10, 1, 5n), row(TODAY - 11, 1, 5n), row(TODAY - 39, 1, 5n)]
    await history.commit(commitOf(TODAY, late))
    await history.close()
    // Neither a longer retention nor a clock set back brings anything back.
    history = await openDuckDbHistory({ ...OPTIONS, path })
    await history.commit(commitOf(TODAY - 5, late))
    t.strictSame(await values(history, 'day', TODAY - 12, TODAY - 8), ['expired', 'expired', 11, 1])
    t.strictSame(await values(history, 'week', TODAY - 39, TODAY - 7), ['expired', 'expired', 7, 7, 27])
    t.strictSame(await values(history, 'month', TODAY - 39, TODAY + 1), [30, 40])
    const day = await history.series({ ...WHOLE, metric: 'views', granularity: 'day' })
    t.equal(day[0]?.start, TODAY - 10, 'it begins with what is kept')
    await history.close()
  }
)

t.test(
  'the tail of a sealed bucket becomes (other), the greatest by revenue, purchases and views stay',
  async (t) => {
    const history = await openDuckDbHistory({ ...OPTIONS, maxItemsPerBucket: 3 })
    const ids = ['views', 'bought', 'revenue', 'small', 'tiny', 'least']
    const rows = (day: number) => [
      row(day, 0, 1000n),
      row(day, 1, 500n),
      row(day, 2, 1n, 3n, 10n),
      row(day, 3, 1n, 1n, 20n),
      row(day, 4, 2n, 2n, 10n),
      row(day, 5, 400n),
      row(day, 6, 1n)
    ]
    const sealed = TODAY - 5
    await history.commit(commitOf(TODAY, [...rows(sealed), ...rows(TODAY)], { first: 1, ids: packIds(ids) }))
    const ask = async (bucket: number, limit = 10) => {
      return history.topItems({ metric: 'views', granularity: 'day', bucket, limit })
    }
    // The answer to a status comes after the ageing that the commit made due.
    await history.status()
    const folded = await ask(sealed)
    t.strictSame(
      folded.rows.map(({ itemId, value }) => [itemId, value]),
      [
        ['small', 2n],
        ['bought', 1n],
        ['revenue', 1n]
      ]
    )
    t.match(folded, { totalItems: 3, sum: 1905n, other: 901n, sealed: true })
    t.match(
      await ask(TODAY),
      { totalItems: 6, sum: 1905n, other: 0n, sealed: false },
      'an open one is left alone'
    )

    const item = async (itemId: string) => {
      const question = { ...WHOLE, metric: 'views', granularity: 'day', itemId } as const
      const series = await history.series(question)
      return series
        .filter(({ start }) => start === sealed || start === TODAY)
        .map(({ value, folded }) => (folded ? 'folded' : Number(value)))
    }
    t.strictSame(await item('small'), [2, 2])
    t.strictSame(await item('views'), ['folded', 500], 'what is part of (other) is not known, and no 0')
    // Late events of the tail alone would look like all that there were: they join it. Those of what is kept count there.
    const late = [row(sealed, 0, 1n), row(sealed, 1, 7n), row(sealed, 4, 3n), row(sealed, 6, 1n, 1n, 100n)]
    await history.commit(commitOf(TODAY, late, { first: 7, ids: packIds([]) }))
    t.match(await ask(sealed), { totalItems: 3, sum: 1917n, other: 909n })
    await history.status()
    t.match(await ask(sealed), { totalItems: 3, sum: 1917n, other: 909n })
    t.strictSame(await item('views'), ['folded', 500])
    t.strictSame(await item('least'), ['folded', 1])
    t.strictSame(await item('small'), [5, 2])
    // What an item had in a bucket with a tail is not known either, unless it was kept there.
    await history.commit(
      commitOf(TODAY, [row(sealed + 1, 1, 9n), row(sealed + 1, 4, 4n)], { first: 7, ids: packIds([]) })
    )
    t.match((await ask(sealed + 1)).rows, [
      { itemId: 'views', previous: null, previousRank: null },
      { itemId: 'small', previous: 5n, previousRank: 1 }
    ])
    const { conservation } = await history.status()
    t.equal(conservation.dayEvents, conservation.monthEvents)
    await history.close()
  }
)

/** Ageing on a database of its own, told of all that is written. */
async function aged(t: Test): Promise<{ database: Database; ageing: Ageing; rewritten: string[] }> {
  const database = await Database.open({ path: null, memoryLimitMb: 128 })
  t.teardown(() => {
    database.close()
  })
  await createSchema(database, OPTIONS)
  const rewritten: string[] = []
  const ageing = new Ageing(database, { maxItemsPerBucket: null }, (tier, buckets) => {
    rewritten.push(`${tier} ${buckets.join()}`)
  })
  return { database, ageing, rewritten }
}

async function insert(
  database: Database,
  tier: string,
  bucket: number,
  rows: number,
  items: number
): Promise<void> {
  await database.run(
    `INSERT INTO "${tier}" SELECT ${bucket}, i % ${items} + 1, 1, 2, 3, 4, 5 FROM range(${rows}) r(i)`
  )
}

async function countOf(database: Database, table: string): Promise<number> {
  return Number((await database.rows(`SELECT count(*) FROM "${table}"`))[0]?.[0])
}

t.test('rows of the same bucket and item are added up where that pays, and only there', async (t) => {
  const { database, ageing, rewritten } = await aged(t)
  await insert(database, 'day', 1, 1000, 10)
  await insert(database, 'day', 2, 10, 10)
  await insert(database, 'month', 0, 1200, 1000)
  const sums = () => database.rows('SELECT bucket, item, sum(revenue) FROM day GROUP BY ALL ORDER BY ALL')
  const before = await sums()
  while (await ageing.step());
  t.strictSame(rewritten, ['day 1'])
  t.strictSame([await countOf(database, 'day'), await countOf(database, 'month')], [20, 1200])
  t.strictSame(await sums(), before)
  t.equal(await ageing.step(), false)
})

t.test('after the first look only what was written to is looked at, when enough was', async (t) => {
  const { database, ageing, rewritten } = await aged(t)
  while (await ageing.step());
  const write = async (bucket: number, rows: number) => {
    await insert(database, 'day', bucket, rows, 10)
    ageing.noteDays('day', [bucket], rows)
  }
  await write(1, 15_000)
  t.equal(await ageing.step(), false, 'not yet')
  await write(2, 10_000)
  t.equal(await ageing.step(), true)
  t.strictSame(rewritten, ['day 1,2'])
  t.equal(await countOf(database, 'day'), 20)
  for (let bucket = 100; bucket < 200; bucket++) await write(bucket, 250)
  ageing.noteSealed(1000)
  while (await ageing.step());
  t.equal(await countOf(database, 'day'), 20 + 100 * 10)
})

t.test('a bucket whose sums do not fit into 64 bits stays in its rows', async (t) => {
  const { database, ageing, rewritten } = await aged(t)
  await insert(database, 'day', 1, 100, 10)
  await database.run('UPDATE day SET revenue = 18446744073709551615 WHERE item = 3')
  while (await ageing.step());
  t.strictSame(rewritten, [])
  t.equal(await countOf(database, 'day'), 100)
})

t.test("a customer's last minute is what stays", async (t) => {
  const { database, ageing } = await aged(t)
  await database.run('INSERT INTO customers SELECT i % 100, i FROM range(30000) r(i)')
  ageing.noteCustomers(30_000)
  while (await ageing.step());
  const [row] = await database.rows('SELECT count(*), min(minute), max(minute) FROM customers')
  t.strictSame(row, [100n, 29_900, 29_999])
})

t.test('the file stays small over weeks of small commits, and all answers exact', async (t) => {
  const random = seeded(t)
  const directory = t.testdir()
  const path = join(directory, 'history.db')
  const model = new ShopModel({
    timeZone: 'Europe/Berlin',
    startMs: Date.UTC(2026, 9, 1),
    items: 40,
    maxStepMinutes: 45
  })
  let history = await openDuckDbHistory({ ...OPTIONS, path, timeZone: 'Europe/Berlin' })
  for (let number = 1; number <= COMMITS; number++) {
    for (let event = 0; event < 3; event++) model.event(random)
    await history.commit(model.commit())
    if (number % 100 !== 0) continue
    await history.close()
    history = await openDuckDbHistory({ ...OPTIONS, path, timeZone: 'Europe/Berlin' })
  }
  await compare(t, history, model, random)
  const restored = await history.restore()
  await history.close()

  // The same content, written at once.
  const fresh = join(directory, 'fresh.db')
  const copy = await openDuckDbHistory({ ...OPTIONS, path: fresh, timeZone: 'Europe/Berlin' })
  const days = [...model.totals].flatMap(([day, items]) =>
    [...items].map(([id, amounts]) => ({ day, item: id === null ? 0 : model.ids.indexOf(id) + 1, amounts }))
  )
  await copy.commit({
    ...model.commit(),
    cells: restored!.cells,
    customers: restored!.customers,
    days: columnsOf(days),
    newItems: { first: 1, ids: packIds(model.ids) }
  })
  await copy.close()
  const [size, freshSize] = [statSync(path).size, statSync(fresh).size]
  t.comment(`${size} bytes, ${freshSize} when written at once`)
  t.ok(size <= 3 * freshSize, `${size} against ${freshSize} bytes`)
})

t.test('a bucket keeps one sketch, and few rows, however often it is committed', async (t) => {
  const path = join(t.testdir(), 'history.db')
  const random = seeded(t)
  const model = new ShopModel({
    timeZone: 'UTC',
    startMs: Date.UTC(2026, 9, 1),
    items: 10,
    maxStepMinutes: 9
  })
  const history = await openDuckDbHistory({ ...OPTIONS, path })
  for (let number = 0; number < 50; number++) {
    for (let event = 0; event < 20; event++) model.event(random)
    await history.commit(model.commit())
  }
  await history.close()
  const database = await Database.open({ path, memoryLimitMb: 64, readOnly: true })
  const [commits] = await database.rows('SELECT count(*) FROM commits')
  t.strictSame(commits, [1n])
  for (const tier of GRANULARITIES) {
    const starts = new Set([...model.customers.keys()].map((day) => startOf(tier, day)))
    t.strictSame(
      await database.rows(`SELECT count(*), count(DISTINCT bucket) FROM sketches WHERE tier = '${tier}'`),
      [[BigInt(starts.size), BigInt(starts.size)]]
    )
  }
  database.close()
})
