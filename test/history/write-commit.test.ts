import { join } from 'node:path'
import t from 'tap'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { OPTIONS, WHOLE } from './histories.js'
import { columnsOf, ShopModel } from './shop-model.js'
import { packIds } from '../../src/store/item-ids.js'

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
  const newItems = { first: 1, ids: packIds(ids) }
  const top = () => history.topItems({ metric: 'views', granularity: 'day', bucket: 1, limit: 100 })
  const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  await history.commit({ ...model.commit(), days, newItems, nowMs: null })
  await history.close()
  history = await openDuckDbHistory({ ...OPTIONS, path })
  t.strictSame((await history.restore())?.items, ids)
  t.strictSame(
    (await top()).rows.map(({ itemId }) => itemId),
    sorted
  )
  for (const itemId of ids) {
    const [bucket] = await history.series({ ...WHOLE, metric: 'views', granularity: 'day', itemId })
    t.equal(bucket?.value, 5n, JSON.stringify(itemId))
  }
  await history.close()
})

t.test('sums beyond 64 bits are exact', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const most = 2n ** 64n - 1n
  // The last one twice: not even the sum of an item fits.
  const days = columnsOf([1, 2, 3, 3].map((item) => ({ day: 1, item, amounts: [0n, 0n, 1n, 1n, most] })))
  const newItems = { first: 1, ids: packIds(['a', 'b', 'c']) }
  await history.commit({ ...model.commit(), days, newItems, nowMs: null })
  const [bucket] = await history.series({ ...WHOLE, metric: 'revenue', granularity: 'month' })
  t.equal(bucket?.value, 4n * most)
  const top = await history.topItems({ metric: 'revenue', granularity: 'week', bucket: -3, limit: 2 })
  t.strictSame(
    top.rows.map(({ value }) => value),
    [2n * most, most]
  )
  await history.close()
})

t.test('each source keeps its latest position', async (t) => {
  const path = join(t.testdir(), 'history.db')
  const history = await openDuckDbHistory({ ...OPTIONS, path })
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const commit = model.commit()
  const at = (generation: number, name: string, inode: string, offset: number) => ({
    ...commit.sources[0]!,
    generation,
    name,
    inode,
    offset
  })
  // The same name and inode can be those of another file in the end.
  const positions = [at(1, 'a', '1', 10), at(2, 'b', '2', 20), at(1, 'a', '1', 30), at(3, 'a', '1', 40)]
  for (const sources of [...positions.map((position) => [position]), []]) {
    await history.commit({ ...commit, sources })
  }
  t.strictSame((await history.restore())?.sources, positions.slice(1))
  await history.close()
})

t.test('items that do not follow on those stored are a bug', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  const commit = model.commit()
  await t.rejects(history.commit({ ...commit, newItems: { first: 2, ids: packIds(['b']) } }), RangeError)
  t.strictSame(await history.commit(commit), { commit: 1 })
  await history.close()
})
