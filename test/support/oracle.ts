/**
 * The naive oracle: keeps every event and counts anew for each question, with
 * Map, Set and BigInt. It shares no code with the product.
 */

export type OracleKind = 'page_visit' | 'add_to_cart' | 'purchase'
export type OracleMetric = 'views' | 'cart_adds' | 'purchases' | 'units' | 'revenue'

export interface OracleEvent {
  readonly kind: OracleKind
  readonly ms: number
  /** Empty: no item. */
  readonly item: string
  /** Empty: anonymous. */
  readonly customer: string
  /** Cents; null: unpriced. */
  readonly cents: bigint | null
  readonly quantity: bigint
}

export interface OracleRanking {
  readonly start: number
  readonly end: number
  readonly items: number
  readonly sum: bigint
  readonly rows: readonly (readonly [string, bigint])[]
}

const MINUTE = 60_000
const DAY_MINUTES = 1440

export class Oracle {
  readonly #events: OracleEvent[] = []
  /** The clock's minute after each of them. */
  readonly #minutes: number[] = []
  /** Machine's clock, epoch ms; null: the clock is the greatest event time. */
  wallMs: number | null = null
  now = -1
  accepted = 0
  late = 0
  unpriced = 0
  anonymous = 0

  /** An event over a day ahead of the clock, until the next one says whether it is right. */
  #held: number | null = null

  add(event: OracleEvent): void {
    if (this.wallMs === null) this.#moveClock(event.ms)
    this.#events.push(event)
    this.#minutes.push(this.minute())
    this.accepted++
    if (minuteOf(event.ms) <= this.minute() - DAY_MINUTES) this.late++
    if (event.kind === 'purchase' && event.cents === null) this.unpriced++
    if (event.customer === '') this.anonymous++
  }

  /** No more events come: nothing contradicts one that is held. */
  end(): void {
    this.now = Math.max(this.now, this.#held ?? 0)
    this.#held = null
  }

  #moveClock(ms: number): void {
    const day = DAY_MINUTES * MINUTE
    if (this.#held !== null && ms > this.now + day && ms >= this.#held - day) this.now = this.#held
    this.#held = null
    if (this.now >= 0 && ms > this.now + day) this.#held = ms
    else if (ms > this.now) this.now = ms
  }

  /** How many events are of minutes that have not begun. */
  waiting(): number {
    return this.#events.filter(({ ms }) => minuteOf(ms) > this.minute()).length
  }

  minute(): number {
    return minuteOf(this.wallMs ?? this.now)
  }

  rank(metric: OracleMetric, minutes: number): OracleRanking {
    const last = this.minute()
    return this.rankWithin(metric, last - minutes + 1, last)
  }

  /** Over the minutes first to last, which have begun. */
  rankWithin(metric: OracleMetric, first: number, last: number): OracleRanking {
    const totals = new Map<string, bigint>()
    for (const event of this.#within(first, last)) {
      const amount = amountOf(event, metric)
      if (amount > 0n) totals.set(event.item, (totals.get(event.item) ?? 0n) + amount)
    }
    const sum = [...totals.values()].reduce((a, b) => a + b, 0n)
    totals.delete('')
    const rows = [...totals].sort(([a, x], [b, y]) =>
      x === y ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : x > y ? -1 : 1
    )
    const end = (last + 1) * MINUTE
    return { start: first * MINUTE, end, items: rows.length, sum, rows }
  }

  /** Sum of a metric over the minutes first to last; `item` null: of all. */
  sumWithin(metric: OracleMetric, first: number, last: number, item: string | null = null): bigint {
    return this.#within(first, last)
      .filter((event) => item === null || event.item === item)
      .reduce((sum, event) => sum + amountOf(event, metric), 0n)
  }

  /** Customers of the `minutes` minutes up to a minute that has ended, as it was when it did. */
  activeWhenEnded(minute: number, minutes: number): number {
    const customers = new Set<string>()
    for (const [number, { ms, customer }] of this.#events.entries()) {
      const isBefore = (this.#minutes[number] ?? 0) <= minute
      if (isBefore && minuteOf(ms) <= minute && minuteOf(ms) > minute - minutes) customers.add(customer)
    }
    customers.delete('')
    return customers.size
  }

  active(minutes: number): number {
    const last = this.minute()
    const customers = new Set<string>()
    for (const event of this.#within(last - minutes + 1, last)) customers.add(event.customer)
    customers.delete('')
    return customers.size
  }

  /** Σ of a metric by (day, item), days since the epoch in UTC, keys `day item`; of minutes that have begun. */
  days(metric: OracleMetric): Map<string, bigint> {
    const totals = new Map<string, bigint>()
    for (const event of this.#events) {
      const amount = amountOf(event, metric)
      if (amount === 0n || minuteOf(event.ms) > this.minute()) continue
      const key = `${Math.floor(event.ms / (DAY_MINUTES * MINUTE))} ${event.item}`
      totals.set(key, (totals.get(key) ?? 0n) + amount)
    }
    return totals
  }

  #within(first: number, last: number): OracleEvent[] {
    return this.#events.filter(({ ms }) => minuteOf(ms) >= first && minuteOf(ms) <= last)
  }
}

export function amountOf(event: OracleEvent, metric: OracleMetric): bigint {
  if (metric === 'views') return event.kind === 'page_visit' ? 1n : 0n
  if (metric === 'cart_adds') return event.kind === 'add_to_cart' ? 1n : 0n
  if (event.kind !== 'purchase') return 0n
  if (metric === 'purchases') return 1n
  return metric === 'units' ? event.quantity : event.quantity * (event.cents ?? 0n)
}

function minuteOf(ms: number): number {
  return Math.floor(ms / MINUTE)
}
