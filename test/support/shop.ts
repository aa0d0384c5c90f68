import type { OracleEvent, OracleKind } from './oracle.js'
import type { Random } from './random.js'

/** How a random stream of events looks. */
export interface StreamShape {
  readonly startMs: number
  readonly items: number
  readonly customers: number
  /** Greatest step of event time between two events; ms. */
  readonly stepMs: number
  /** How far events may lie behind the newest; ms. */
  readonly disorderMs: number
}

const KINDS: readonly OracleKind[] = ['page_visit', 'page_visit', 'page_visit', 'add_to_cart', 'purchase']
const MINUTE = 60_000

/** The next event of a random stream whose newest event so far is at `newestMs`: out of order, with jumps now and then. */
export function randomEvent(random: Random, shape: StreamShape, newestMs: number): OracleEvent {
  const jump = random.oneIn(400) ? random.int(3 * 24 * 60) * MINUTE : 0
  const back = random.oneIn(3) ? random.int(shape.disorderMs) : 0
  const ms = Math.max(0, newestMs + random.int(shape.stepMs) + jump - back)
  const kind = random.pick(KINDS)
  const isBare = kind === 'page_visit' && random.oneIn(10)
  const isPriced = kind === 'purchase' && !random.oneIn(8)
  return {
    kind,
    ms,
    item: isBare ? '' : itemName(random.int(shape.items)),
    customer: random.oneIn(6) ? '' : `c${random.int(shape.customers)}`,
    cents: isPriced ? BigInt(random.int(20_000)) : null,
    quantity: kind === 'page_visit' ? 1n : BigInt(1 + random.int(4))
  }
}

/** Names of many lengths, some sharing long beginnings, some beyond ASCII. */
export function itemName(number: number): string {
  if (number % 7 === 0) return `${number}`
  if (number % 7 === 1) return `sku_with_a_long_common_beginning_${number}`
  if (number % 7 === 2) return `Schuh-größe-${number}-🥿`
  return `i${number}`
}

/** An event as a line of the contract, in one of several spellings. */
export function lineOf(random: Random, event: OracleEvent): string {
  const members: [string, unknown][] = [
    ['event_type', event.kind],
    [
      'timestamp',
      random.oneIn(4) && event.ms >= 100_000_000_000 ? event.ms : new Date(event.ms).toISOString()
    ]
  ]
  if (event.item !== '')
    members.push(['item_id', /^\d+$/.test(event.item) && random.oneIn(2) ? Number(event.item) : event.item])
  if (event.customer !== '') members.push(['customer_id', event.customer])
  if (event.cents !== null) members.push(['price', priceText(event.cents)])
  if (event.kind !== 'page_visit') members.push(['quantity', Number(event.quantity)])
  if (random.oneIn(5)) members.push(['note', { nested: ['item_id', { price: 1 }], text: '\n"é' }])
  if (random.oneIn(5)) members.reverse()
  return JSON.stringify(Object.fromEntries(members))
}

function priceText(cents: bigint): string {
  return `${cents / 100n}.${(cents % 100n).toString().padStart(2, '0')}`
}

/** Lines that are rejected or blank, each with what becomes of it. */
export const BAD_LINES: readonly (readonly [string, string])[] = [
  ['', 'blank'],
  [' \t ', 'blank'],
  ['{"event_type":"page_visit"', 'invalid_json'],
  ['[1]', 'not_an_object'],
  ['{"timestamp":1700000000}', 'missing_field'],
  ['{"event_type":"visit","timestamp":1700000000}', 'invalid_event_type'],
  ['{"event_type":"page_visit","timestamp":"2026-02-30T00:00:00Z"}', 'invalid_timestamp'],
  ['{"event_type":"page_visit","timestamp":1700000000,"item_id":""}', 'invalid_item_id'],
  ['{"event_type":"page_visit","timestamp":1700000000,"customer_id":1.5}', 'invalid_customer_id'],
  ['{"event_type":"purchase","timestamp":1700000000,"item_id":1,"price":-1}', 'invalid_price'],
  ['{"event_type":"add_to_cart","timestamp":1700000000,"item_id":1,"quantity":0}', 'invalid_quantity'],
  ['{"event_type":"page_visit","timestamp":"9998-01-01T00:00:00Z"}', 'future_timestamp']
]
