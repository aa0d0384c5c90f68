import type { EventType } from '../event/event.js'
import { AliasTable, mildWeights, zipfWeights } from './alias-table.js'
import { createRandom, type Random } from './random.js'

/** The shop that sessions take place in. */
export interface Shop {
  readonly random: Random
  readonly items: AliasTable
  readonly customers: AliasTable
  /** Unit price of each item in cents; it never changes. */
  readonly prices: Int32Array
}

/** One event of a session. */
export interface Step {
  readonly type: EventType
  /** Number of the item; `NO_ITEM` for a visit of the front page. */
  readonly item: number
  readonly quantity: number
  /** Time since the session's previous step; ms. */
  readonly gapMs: number
}

/** A customer's way through the shop: what is bought was put into the cart before. */
export interface Session {
  /** Number of the customer; `ANONYMOUS` where nobody has signed in. */
  readonly customer: number
  readonly id: string
  /** At least one, in order. */
  readonly steps: readonly Step[]
}

export const NO_ITEM = -1
export const ANONYMOUS = -1

/** What the numbers below come to: events and duration of a session on average. */
export const MEAN_STEPS = 7.5
export const MEAN_SESSION_MS = 240_000

const ANONYMOUS_SHARE = 0.15
const FRONT_PAGE_SHARE = 0.2
const GO_ON = 0.85
const MAX_VISITS = 40
const CART_SHARE = 0.1
const CHECKOUT_SHARE = 0.34
const SEVERAL_SHARE = 0.15
const MAX_SEVERAL = 4

/** Draws the prices of the items; the same seed opens the same shop. */
export function openShop(options: { seed: number; items: number; customers: number }): Shop {
  const random = createRandom(options.seed)
  const prices = new Int32Array(options.items).map(() => drawPrice(random))
  return {
    random,
    prices,
    items: new AliasTable(zipfWeights(options.items)),
    customers: new AliasTable(mildWeights(options.customers))
  }
}

/** Draws the next session: 1 to 40 visits, what they put into the cart, and perhaps its purchase. */
export function planSession(shop: Shop): Session {
  const { random } = shop
  const customer = random.chance(ANONYMOUS_SHARE) ? ANONYMOUS : shop.customers.draw(random)
  const id = `s_${random
    .below(2 ** 32)
    .toString(16)
    .padStart(8, '0')}`
  const steps: Step[] = []
  const cart: Step[] = []
  for (let visits = 1; ; visits++) {
    const item = visits === 1 && random.chance(FRONT_PAGE_SHARE) ? NO_ITEM : shop.items.draw(random)
    steps.push({ type: 'page_visit', item, quantity: 1, gapMs: visits === 1 ? 0 : browsingMs(random) })
    if (item !== NO_ITEM && random.chance(CART_SHARE)) {
      const added: Step = {
        type: 'add_to_cart',
        item,
        quantity: drawQuantity(random),
        gapMs: browsingMs(random)
      }
      steps.push(added)
      cart.push(added)
    }
    if (visits === MAX_VISITS || !random.chance(GO_ON)) break
  }
  if (cart.length > 0 && random.chance(CHECKOUT_SHARE)) {
    for (const [index, { item, quantity }] of cart.entries()) {
      // Paying takes a while; then the lines of one order follow each other at once.
      const gapMs = index === 0 ? 20_000 + random.below(100_000) : 1 + random.below(20)
      steps.push({ type: 'purchase', item, quantity, gapMs })
    }
  }
  return { customer, id, steps }
}

/** Most pages are left soon, some are read for a minute and a half. */
function browsingMs(random: Random): number {
  const patience = random.next()
  return 2000 + Math.floor(patience * patience * 90_000)
}

function drawQuantity(random: Random): number {
  return random.chance(SEVERAL_SHARE) ? 2 + random.below(MAX_SEVERAL - 1) : 1
}

/** 1.49 to 500.99, mostly cheap; the last digit is a 9, so that both decimals are always written. */
function drawPrice(random: Random): number {
  const luxury = random.next()
  const major = 1 + Math.floor(luxury * luxury * luxury * 500)
  return major * 100 + (random.chance(0.6) ? 99 : 49)
}
