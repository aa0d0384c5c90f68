import type { ShopEvent, Verdict } from '../../src/event/event.js'
import { createLineParser } from '../../src/event/parse-line.js'

export const TIME_MS = Date.UTC(2026, 10, 20, 10, 0, 0, 123)
export const VISIT = { event_type: 'page_visit', timestamp: '2026-11-20T10:00:00.123Z', item_id: 'sku_0' }
export const CART = { ...VISIT, event_type: 'add_to_cart' }
export const PURCHASE = { ...VISIT, event_type: 'purchase', customer_id: 'c_1', price: 12.3, quantity: 2 }

const parse = createLineParser({ minorDigits: 2 })

/** The reference parser's verdict, for a currency of two decimals. */
export function verdictOf(line: string | Uint8Array): Verdict {
  return parse(typeof line === 'string' ? Buffer.from(line) : line)
}

/** `blank`, `accepted`, or the reason of the rejection. */
export function outcomeOf(line: string | Uint8Array): string {
  const verdict = verdictOf(line)
  return verdict.outcome === 'rejected' ? verdict.reason : verdict.outcome
}

export function eventOf(line: string): ShopEvent {
  const verdict = verdictOf(line)
  if (verdict.outcome !== 'accepted') throw new Error(`${JSON.stringify(verdict)}: ${line.slice(0, 200)}`)
  return verdict.event
}

/** The JSON of an object, one member of it replaced by source text. */
export function withSource(base: object, key: string, source: string): string {
  const others = Object.entries(base).filter(([name]) => name !== key)
  const members = others.map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
  return `{${[...members, `"${key}":${source}`].join(',')}}`
}

/** What the assertions here need of a tap test. */
interface Asserting {
  readonly equal: (found: unknown, wanted: unknown, message: string) => unknown
}

/** Checks one member over a table of source texts, with the outcome of each. */
export function checkSources(
  t: Asserting,
  base: object,
  key: string,
  cases: readonly (readonly [string, string])[]
): void {
  for (const [source, expected] of cases) {
    t.equal(outcomeOf(withSource(base, key, source)), expected, `${key}: ${source.slice(0, 60)}`)
  }
}
