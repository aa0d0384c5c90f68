import { join } from 'node:path'
import t from 'tap'
import { Database } from '../../src/history/database.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { OPTIONS } from './histories.js'
import { columnsOf, ShopModel } from './shop-model.js'
import { packIds } from '../../src/store/item-ids.js'

const DAY_MS = 86_400_000
/** 2026-11-20, a Friday. */
const TODAY = Date.UTC(2026, 10, 20) / DAY_MS

t.test('what is missing of a day or a week shows', async (t) => {
  const options = { ...OPTIONS, path: join(t.testdir(), 'history.db'), keepDays: 25 }
  const model = new ShopModel({ timeZone: 'UTC', startMs: TODAY * DAY_MS, items: 1, maxStepMinutes: 1 })
  const rows = Array.from({ length: 40 }, (_, index) => ({
    day: TODAY - index,
    item: 1,
    amounts: [1n, 0n, 0n, 0n, 0n]
  }))
  let history = await openDuckDbHistory(options)
  await history.commit({
    ...model.commit(),
    days: columnsOf(rows),
    newItems: { first: 1, ids: packIds(['a']) }
  })
  t.match((await history.status()).conservation, { dayDifference: 0n, weekDifference: 0n })
  await history.close()
  const database = await Database.open({ path: options.path, memoryLimitMb: 64 })
  await database.run(`UPDATE day SET views = 0 WHERE bucket = ${TODAY - 3}`)
  await database.run(`UPDATE week SET views = 3 WHERE bucket = ${TODAY - 4}`)
  database.close()
  history = await openDuckDbHistory(options)
  t.match((await history.status()).conservation, { dayDifference: -1n, weekDifference: -1n })
  await history.close()
})
