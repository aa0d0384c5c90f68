import { createRandom, type Random } from '../../src/generator/random.js'

const ITEMS = 5000
const CUSTOMERS = 20_000
/** The item of `marker`: one that no other line has, and that is soon among the most carted. */
export const MARKER = 'marker'
/** One line in so many is blank, and one is no JSON. */
const ODD_ONE_IN = 5000

/** What was done with one item, or on one day. Revenue in cents. */
export interface Totals {
  views: number
  cart_adds: number
  purchases: number
  units: number
  revenue: number
}

/** What was written, counted naively while it is made. */
export interface Tally {
  lines: number
  blank: number
  rejected: number
  accepted: number
  anonymous: number
  readonly items: Record<string, Totals>
  /** By day of UTC, as `2026-11-20`. */
  readonly days: Record<string, Totals>
}

/** Makes lines of a shop, now and then an odd one, and keeps the tally of them. */
export class TalliedLines {
  readonly tally: Tally = { lines: 0, blank: 0, rejected: 0, accepted: 0, anonymous: 0, items: {}, days: {} }
  readonly #random: Random

  constructor(seed: number) {
    this.#random = createRandom(seed)
  }

  /** A line with its line feed, of an event at `timestampMs` (epoch). */
  next(timestampMs: number): string {
    const { tally } = this
    const odd = this.#random.below(ODD_ONE_IN)
    tally.lines++
    if (odd === 0) tally.blank++
    if (odd === 1) tally.rejected++
    if (odd < 2) return odd === 0 ? '\n' : '{"event_type":"page_visit"\n'
    tally.accepted++
    return `${JSON.stringify(this.#event(new Date(timestampMs).toISOString()))}\n`
  }

  /** A cart add by which an answer shows how far it has come: it has as many of them as were made. */
  marker(timestampMs: number): string {
    const timestamp = new Date(timestampMs).toISOString()
    const { tally } = this
    tally.lines++
    tally.accepted++
    tally.anonymous++
    totalsOf(tally.items, MARKER).cart_adds++
    totalsOf(tally.days, timestamp.slice(0, 10)).cart_adds++
    return `${JSON.stringify({ event_type: 'add_to_cart', timestamp, item_id: MARKER })}\n`
  }

  #event(timestamp: string): object {
    const random = this.#random
    // The product of two: few items have most of the events.
    const item_id = `sku_${Math.floor(random.next() * random.next() * ITEMS)}`
    const isAnonymous = random.chance(0.05)
    if (isAnonymous) this.tally.anonymous++
    const customer = isAnonymous ? {} : { customer_id: `c_${random.below(CUSTOMERS)}` }
    const both = [totalsOf(this.tally.items, item_id), totalsOf(this.tally.days, timestamp.slice(0, 10))]
    const event = { timestamp, ...customer, item_id }
    const kind = random.next()
    if (kind < 0.8) {
      for (const totals of both) totals.views++
      return { event_type: 'page_visit', ...event }
    }
    if (kind < 0.92) {
      for (const totals of both) totals.cart_adds++
      return { event_type: 'add_to_cart', ...event }
    }
    const cents = random.below(20_000)
    const quantity = 1 + random.below(4)
    for (const totals of both) {
      totals.purchases++
      totals.units += quantity
      totals.revenue += cents * quantity
    }
    return { event_type: 'purchase', ...event, price: (cents / 100).toFixed(2), quantity }
  }
}

function totalsOf(all: Record<string, Totals>, name: string): Totals {
  return (all[name] ??= { views: 0, cart_adds: 0, purchases: 0, units: 0, revenue: 0 })
}
