import t from 'tap'
import { lineText } from '../../src/generator/line.js'
import { liveEvents } from '../../src/generator/live.js'
import { eventOf } from '../support/lines.js'

const OPTIONS = { seed: 3, items: 200, customers: 100, rate: 10 }

t.test('each call gives the next line with the time that the caller says', (t) => {
  const next = liveEvents(OPTIONS)
  for (const time of [0, 5, 5, 1_763_632_800_123, 1]) {
    t.equal(eventOf(lineText(next(time))).timestampMs, time)
  }
  t.end()
})

t.test('the same seed gives the same lines, another seed others', (t) => {
  const take = (seed: number) => {
    const next = liveEvents({ ...OPTIONS, seed })
    return Array.from({ length: 500 }, (_, second) => lineText(next(second * 1000)))
  }
  t.same(take(3), take(3))
  t.strictNotSame(take(3), take(4))
  t.end()
})

t.test('it goes on, and what is bought was put into the cart before', (t) => {
  for (const rate of [0.001, 10, 1e9]) {
    const next = liveEvents({ ...OPTIONS, rate })
    const carts = new Set<string>()
    const kinds = new Set<string>()
    for (let time = 0; time < 50_000; time++) {
      const line = next(time)
      const key = [line.session_id, line.customer_id, line.item_id, line.quantity].join(' ')
      kinds.add(line.event_type)
      if (line.event_type === 'add_to_cart') carts.add(key)
      if (line.event_type === 'purchase' && !carts.has(key)) t.fail(lineText(line))
    }
    if (rate === 10) t.equal(kinds.size, 3)
  }
  t.end()
})
