import t from 'tap'
import type { ItemAnswer } from '../../../src/query/insight-shapes.js'
import { applied, startHistoryApp } from '../history-app.js'

t.test('an item is found by whatever id it has', async (t) => {
  const ids = ['most-viewed', '.', '..', 'a/b', '%2F', '__proto__', 'a b&c=d', '🥿']
  const event = { event_type: 'page_visit', timestamp: '2026-01-05T10:00:00Z' }
  const text = ids.map((id) => `${JSON.stringify({ ...event, item_id: id })}\n`).join('')
  const { app, pipeline } = await startHistoryApp(t, { text, history: null })
  await applied(pipeline, Buffer.byteLength(text))
  for (const id of ids) {
    const answer = await app.inject({ url: '/v1/items', query: { item_id: id } })
    t.equal(answer.json<ItemAnswer>().data.item_id, id)
    const byPath = await app.inject(`/v1/items/${encodeURIComponent(id)}`)
    if (!/^\.+$|^most/.test(id)) t.equal(byPath.body, answer.body, id)
  }
  t.equal((await app.inject('/v1/items?item_id=unknown')).statusCode, 404)
  for (const query of ['', '?item_id=', '?item_id=a&item_id=b', '?item_id=a&limit=1']) {
    t.equal((await app.inject(`/v1/items${query}`)).statusCode, 400, query)
  }
})
