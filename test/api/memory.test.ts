import { appendFileSync } from 'node:fs'
import t from 'tap'
import type { Status, TopItems } from '../../src/query/shapes.js'
import { until } from '../support/streams.js'
import { startHistoryApp } from './history-app.js'

/** Three items: `a`, `b` and `c`. */
const CAPACITY = { items: 5, nameBytes: 4096, customers: 2, foldRows: 1000, pending: 10, cells: 1_000_000 }
const AT = Date.UTC(2026, 0, 5, 12)

function visit(item: string, customer: string, ms = AT): string {
  return `{"event_type":"page_visit","timestamp":${ms},"item_id":"${item}","customer_id":"${customer}"}\n`
}

t.test('answers that the memory has touched say so, others say that they are exact', async (t) => {
  const notices: string[] = []
  const text = ['a', 'b', 'c', 'a'].map((item, number) => visit(item, `${number % 2}`)).join('')
  const noticed = (message: string) => void notices.push(message)
  const shop = await startHistoryApp(t, { text, capacity: CAPACITY, noticed })
  const get = async <T>(url: string) => (await shop.app.inject(url)).json<T>()
  const status = () => get<Status>('/v1/status')
  const read = async (events: number) => {
    await until(shop.pipeline, ({ counts }) => counts.accepted === events)
    return status()
  }

  const before = await read(4)
  t.match(before, {
    memory: { exact: true, reasons: [], budget_bytes: 2 ** 31 },
    active_customers: { exact: true }
  })
  for (const window of ['1h', '2h']) {
    const { meta } = await get<TopItems>(`/v1/items/most-viewed?window=${window}`)
    t.match(meta, { exact: true, inexact: null, other: 0, total_items: 3 })
  }
  t.match((await shop.items('metric=views&bucket=2026-01-05')).meta, { exact: true, inexact: null, other: 0 })
  t.match(await shop.series('metric=views&item_id=d'), { meta: { exact: true, inexact: null } })
  t.strictSame(notices, [])

  appendFileSync(shop.file, visit('d', '2') + visit('d', '3') + visit('e', '0') + visit('a', '1'))
  const after = await read(8)
  t.match(after, { memory: { items: 3, exact: false }, active_customers: { '24h': 2, exact: false } })
  t.equal(after.memory.reasons.length, 2)
  t.match(
    after.memory.reasons[0],
    /^new items from 2026-01-05T12:00:00.000Z on were counted as \(other\), .*: 3 are known$/
  )
  for (const window of ['1h', '2h']) {
    const { data, meta } = await get<TopItems>(`/v1/items/most-viewed?window=${window}`)
    t.strictSame(
      data.map(({ item_id, value }) => [item_id, value]),
      [
        ['a', 3],
        ['b', 1],
        ['c', 1]
      ]
    )
    t.match(meta, { exact: false, inexact: /budget \(now 2 GiB\)/, other: 3, total_items: 3 })
  }
  const untouched = await get<TopItems>('/v1/items/most-carted')
  t.match(untouched.meta, { exact: true, inexact: null, other: 0 })
  t.equal(notices.length, 2)

  const items = await shop.items('metric=views&bucket=2026-01-05')
  t.match(items.meta, { exact: false, inexact: /\(other\)/, other: 3, sum: 8, total_items: 3 })
  t.match((await shop.series('metric=views')).meta, { exact: true })
  t.match((await shop.series('metric=views')).data, [{ value: 8 }])
  t.match(await shop.series('metric=views&item_id=d'), { data: [{ value: null }], meta: { exact: false } })
  t.match(await shop.series('metric=views&item_id=a'), { data: [{ value: 3 }], meta: { exact: false } })
  t.match((await shop.series('metric=customers')).meta, { exact: false, inexact: 'customers are estimated' })
})

t.test(
  'what becomes of items without memory for them stays what it is when it has left the live window',
  async (t) => {
    const late = AT - 5 * 86_400_000
    const text =
      ['a', 'b', 'c', 'd'].map((item) => visit(item, 'x', AT)).join('') +
      visit('a', 'x', late) +
      visit('d', 'x', late)
    const shop = await startHistoryApp(t, { text, capacity: CAPACITY })
    await until(shop.pipeline, ({ counts }) => counts.accepted === 6)
    const sealed = await shop.items('metric=views&bucket=2025-12-31')
    t.match(sealed, {
      data: [{ item_id: 'a', value: 1 }],
      meta: { exact: false, other: 1, sum: 2, status: 'sealed' }
    })
    // Items that are known are not folded into it later: it is no tail.
    appendFileSync(shop.file, visit('b', 'x', late))
    await until(shop.pipeline, ({ counts }) => counts.accepted === 7)
    const month = await shop.items('metric=views&bucket=2025-12')
    t.match(month, { data: [{ item_id: 'a' }, { item_id: 'b', value: 1 }], meta: { other: 1, sum: 3 } })
  }
)
