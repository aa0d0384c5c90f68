import { createHash } from 'node:crypto'
import t from 'tap'
import Value from 'typebox/value'
import { FootfallError } from '../../src/base/errors.js'
import type { ShopEvent } from '../../src/event/event.js'
import { LineSchema } from '../../src/event/line-schema.js'
import { generateChunks, generateEvents, type ShopOptions } from '../../src/generator/generate.js'
import { lineText } from '../../src/generator/line.js'
import { eventOf } from '../support/lines.js'

const START_MS = Date.UTC(2026, 10, 17)
const HOUR_MS = 3_600_000
const OPTIONS: ShopOptions = {
  events: 20_000,
  seed: 7,
  items: 1000,
  customers: 500,
  startMs: START_MS,
  hours: 24
}

function textOf(options: ShopOptions): string {
  return [...generateChunks(options)].join('')
}

function eventsOf(options: ShopOptions): ShopEvent[] {
  return textOf(options)
    .split('\n')
    .slice(0, -1)
    .map((line) => eventOf(line))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

t.test('the same options give the same bytes', (t) => {
  t.equal(hashOf(textOf(OPTIONS)), hashOf(textOf(OPTIONS)))
  t.end()
})

t.test('another seed gives other bytes', (t) => {
  const hashes = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map((seed) =>
    hashOf(textOf({ ...OPTIONS, events: 50, seed }))
  )
  t.equal(new Set(hashes).size, hashes.length)
  t.end()
})

t.test('chunks are whole lines of what the events say', (t) => {
  const chunks = [...generateChunks(OPTIONS)]
  for (const chunk of chunks) t.ok(chunk.endsWith('\n'))
  for (const chunk of chunks.slice(0, -1)) t.ok(chunk.length >= 65_536 && chunk.length < 66_000)
  const lines = [...generateEvents(OPTIONS)].map((line) => `${lineText(line)}\n`)
  t.equal(hashOf(chunks.join('')), hashOf(lines.join('')))
  t.end()
})

t.test('it is exactly as many events, sorted and within the span', (t) => {
  const shapes: Partial<ShopOptions>[] = [
    { events: 0 },
    { events: 1 },
    { events: 2 },
    { events: 999 },
    { events: 5000, items: 1, customers: 1 },
    { events: 5000, hours: 0.001 },
    { events: 300, hours: 1 / 3_600_000 },
    { events: 300, hours: 24 * 400 },
    { events: 3000, hours: 1.37, startMs: 12_345 },
    { events: 2000, hours: 24, startMs: Date.UTC(9999, 11, 31) }
  ]
  for (const shape of shapes) {
    const options = { ...OPTIONS, ...shape }
    const times = eventsOf(options).map((event) => event.timestampMs)
    const name = JSON.stringify(shape)
    t.equal(times.length, options.events, name)
    t.same(
      times,
      times.toSorted((left, right) => left - right),
      `${name} is sorted`
    )
    const endMs = options.startMs + options.hours * HOUR_MS
    t.ok(
      times.every((time) => time >= options.startMs && time < endMs),
      `${name} is within its span`
    )
  }
  t.end()
})

t.test('events fill the span, more of them in the evening than at night', (t) => {
  const byHour = new Array<number>(24).fill(0)
  for (const { timestampMs } of eventsOf(OPTIONS)) {
    const hour = Math.floor((timestampMs - START_MS) / HOUR_MS)
    byHour[hour] = byHour[hour]! + 1
  }
  t.ok(
    byHour.every((count) => count > 100),
    byHour.join(' ')
  )
  t.ok(byHour[20]! > 4 * byHour[4]!)
  t.end()
})

t.test('lines have the fields of their type and satisfy the schema', (t) => {
  for (const text of textOf({ ...OPTIONS, events: 3000 })
    .split('\n')
    .slice(0, -1)) {
    const line = JSON.parse(text) as Record<string, unknown>
    const isPurchase = line['event_type'] === 'purchase'
    const wrong =
      !Value.Check(LineSchema, line) ||
      !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(line['timestamp'])) ||
      !/"price":\d+\.\d\d[,}]/.test(text) === isPurchase ||
      'quantity' in line !== (line['event_type'] !== 'page_visit') ||
      text.length > 200
    if (wrong) t.fail(text)
  }
  t.end()
})

t.test('what is bought was put into the cart before, in the same session by the same customer', (t) => {
  const carts = new Map<string, number>()
  let purchases = 0
  for (const line of generateEvents(OPTIONS)) {
    const key = [line.session_id, line.customer_id, line.item_id, line.quantity].join(' ')
    if (line.event_type === 'add_to_cart') carts.set(key, (carts.get(key) ?? 0) + 1)
    if (line.event_type !== 'purchase') continue
    purchases++
    const left = carts.get(key) ?? 0
    if (left === 0) t.fail(lineText(line))
    carts.set(key, left - 1)
  }
  t.ok(purchases > 100)
  t.end()
})

t.test('the mix is that of a shop', (t) => {
  const events = eventsOf({ ...OPTIONS, events: 50_000 })
  const shareOf = (holds: (event: ShopEvent) => boolean) => events.filter(holds).length / events.length
  const between = (share: number, low: number, high: number, what: string) =>
    t.ok(share >= low && share <= high, `${what}: ${share}`)
  between(
    shareOf((event) => event.type === 'page_visit'),
    0.85,
    0.9,
    'visits'
  )
  between(
    shareOf((event) => event.type === 'add_to_cart'),
    0.08,
    0.1,
    'cart adds'
  )
  between(
    shareOf((event) => event.type === 'purchase'),
    0.02,
    0.04,
    'purchases'
  )
  between(
    shareOf((event) => event.customerId === null),
    0.1,
    0.2,
    'anonymous'
  )
  between(
    shareOf((event) => event.itemId === null),
    0.01,
    0.05,
    'without an item'
  )
  const carted = events.filter((event) => event.type !== 'page_visit')
  const several = carted.filter((event) => event.quantity > 1).length / carted.length
  between(several, 0.1, 0.2, 'several at once')
  t.end()
})

t.test('few items have most of the visits', (t) => {
  const views = new Map<string, number>()
  const events = eventsOf(OPTIONS)
  for (const { itemId } of events) if (itemId !== null) views.set(itemId, (views.get(itemId) ?? 0) + 1)
  const counts = [...views.values()].sort((left, right) => right - left)
  const top = counts.slice(0, OPTIONS.items / 100).reduce((sum, count) => sum + count, 0)
  t.ok(top / events.length > 0.25, `the top 1 % of items have ${top} of ${events.length}`)
  t.ok(views.size > OPTIONS.items * 0.8, 'yet most items are seen')
  t.end()
})

t.test('an item has one price', (t) => {
  const prices = new Map<string, number>()
  for (const { type, itemId, priceMinor } of eventsOf(OPTIONS)) {
    if (type !== 'purchase' || itemId === null || priceMinor === null) continue
    t.equal(prices.get(itemId) ?? priceMinor, priceMinor, itemId)
    prices.set(itemId, priceMinor)
  }
  t.ok(new Set(prices.values()).size > 20)
  t.end()
})

t.test('few sessions are under way at a time: what is held does not grow with the events', (t) => {
  const lines = [...generateEvents({ ...OPTIONS, hours: 72 })]
  const last = new Map(lines.map((line, index) => [line.session_id, index]))
  const open = new Set<string | undefined>()
  let most = 0
  for (const [index, line] of lines.entries()) {
    open.add(line.session_id)
    most = Math.max(most, open.size)
    if (last.get(line.session_id) === index) open.delete(line.session_id)
  }
  t.ok(last.size > 2000, `${last.size} sessions`)
  t.ok(most < 30, `${most} at a time`)
  t.end()
})

t.test('options out of range are wrong usage', (t) => {
  const wrong: Partial<ShopOptions>[] = [
    { events: -1 },
    { events: 1.5 },
    { seed: -1 },
    { seed: Number.NaN },
    { items: 0 },
    { items: 10_000_001 },
    { customers: 0 },
    { startMs: -1 },
    { startMs: 0.5 },
    { hours: 0 },
    { hours: -1 },
    { hours: Number.NaN },
    { hours: 1e9 },
    { hours: 25, startMs: Date.UTC(9999, 11, 31) }
  ]
  for (const shape of wrong) {
    t.throws(() => generateEvents({ ...OPTIONS, ...shape }).next(), FootfallError, JSON.stringify(shape))
  }
  t.end()
})
