import t from 'tap'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { packIds } from '../../src/store/item-ids.js'
import { OPTIONS } from './histories.js'
import { ShopModel } from './shop-model.js'

const BUCKET = 20_000

t.test('an id stays as it is, also where it begins like a mark of an encoding', async (t) => {
  const ids = ['\ufeff', '\ufeffx', 'x', '\ufeff\ufeffx', 'x\ufeff', '\ufffe', "'-", '-x']
  const history = await openDuckDbHistory(OPTIONS)
  t.teardown(() => history.close())
  const model = new ShopModel({ timeZone: 'UTC', startMs: 0, items: 1, maxStepMinutes: 1 })
  await history.commit({
    ...model.commit(),
    newItems: { first: 1, ids: packIds(ids) },
    days: {
      days: new Int32Array(ids.length).fill(BUCKET),
      items: Uint32Array.from(ids, (_, place) => place + 1),
      // Of each two the same, so that ids decide.
      amounts: METRICS.map(() => BigUint64Array.from(ids, (_, place) => BigInt(100 - (place >> 1))))
    }
  })
  t.strictSame((await history.restore())?.items, ids)
  const question = { metric: 'views', granularity: 'day', limit: 100 } as const
  const before = await history.topItems({ ...question, bucket: BUCKET })
  t.strictSame(before.rows.map(({ itemId }) => itemId).sort(), [...ids].sort())
  const { rows } = await history.topItems({ ...question, bucket: BUCKET + 1 })
  t.strictSame(rows, [])
})
