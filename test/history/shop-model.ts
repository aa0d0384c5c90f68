import { createHash } from 'node:crypto'
import { addHash, REGISTERS } from '../../src/history/distinct-count.js'
import type { Granularity } from '../../src/history/history.js'
import type { DayRows, DaySketches } from '../../src/store/changes.js'
import type { Commit } from '../../src/store/commit.js'
import type { Random } from '../support/random.js'
import { packIds } from '../../src/store/item-ids.js'

const WINDOW_MINUTES = 1440
const METRIC_COUNT = 5
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export interface ModelOptions {
  readonly timeZone: string
  /** Of the first event; epoch ms. */
  readonly startMs: number
  readonly items: number
  /** The clock moves on by up to this much before each event. */
  readonly maxStepMinutes: number
}

/**
 * A shop and, in the plainest way, all that goes on between its events and the
 * history: live minutes, what leaves them, what a commit holds. It keeps what
 * the answers must be in maps, without the product's arithmetic of dates.
 */
export class ShopModel {
  readonly #options: ModelOptions
  readonly #format: Intl.DateTimeFormat
  readonly #dayByMinute = new Map<number, number>()
  readonly #live = new Map<number, Map<string, bigint>>()
  readonly #folded: { day: number; item: number; amounts: bigint[] }[] = []
  readonly #changed = new Set<number>()
  readonly #ids: string[] = []
  #committedItems = 0
  readonly #lastMinute = new Map<bigint, number>()
  readonly #changedCustomers = new Set<bigint>()
  readonly #sketches = new Map<number, Uint8Array>()
  readonly #touchedSketches = new Set<number>()
  #minute: number
  #events = 0
  /** Amounts by day and item id (null: no item), whether live, folded or late. */
  readonly totals = new Map<number, Map<string | null, bigint[]>>()
  readonly customers = new Map<number, Set<bigint>>()

  constructor(options: ModelOptions) {
    this.#options = options
    this.#minute = Math.floor(options.startMs / MINUTE_MS)
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone: options.timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit'
    })
  }

  get events(): number {
    return this.#events
  }

  get ids(): readonly string[] {
    return this.#ids
  }

  /** What was accepted so far, as the accounting has it. */
  get oldestLiveMinute(): number {
    return this.#minute - WINDOW_MINUTES + 1
  }

  get minute(): number {
    return this.#minute
  }

  /** Moves the clock, and folds what leaves the window. */
  advance(minutes: number): void {
    this.#minute += minutes
    for (const [minute, cells] of this.#live) {
      if (minute >= this.oldestLiveMinute) continue
      for (const [key, amount] of cells) {
        const [metric = 0, item = 0] = key.split(' ').map(Number)
        this.#fold(minute, metric, item, amount)
      }
      this.#live.delete(minute)
      this.#changed.delete(minute)
    }
    for (const [hash, minute] of this.#lastMinute) {
      if (minute < this.oldestLiveMinute) this.#lastMinute.delete(hash)
    }
  }

  /** One event: mostly now, sometimes out of order, sometimes days late. */
  event(random: Random): void {
    if (random.oneIn(3)) this.advance(random.int(this.#options.maxStepMinutes + 1))
    const back = random.oneIn(40) ? random.int(20 * 1440) : random.oneIn(4) ? random.int(WINDOW_MINUTES) : 0
    const minute = this.#minute - back
    const number = random.oneIn(9) ? 0 : this.#numberOf(`item ${random.int(this.#options.items)}`)
    const kind = number === 0 ? 0 : random.int(4)
    const quantity = BigInt(1 + random.int(3))
    // Cents beyond what a double counts exactly.
    const price = random.oneIn(20) ? 999_999_999n * 100_000n : BigInt(random.int(10_000))
    if (kind < 2) this.#count(minute, kind, number, 1n)
    else {
      this.#count(minute, 2, number, 1n)
      this.#count(minute, 3, number, quantity)
      this.#count(minute, 4, number, quantity * price)
    }
    this.#visit(minute, random.int(500))
    this.#events++
  }

  /** All that changed since the last call. */
  commit(): Commit {
    const changed = [...this.#changed]
    const cells = changed.flatMap((minute) => this.#cellsOf(minute))
    const customers = [...this.#changedCustomers].filter((hash) => this.#lastMinute.has(hash))
    const commit: Commit = {
      offset: 0,
      sources: [
        {
          name: 'events.jsonl',
          device: '1',
          inode: String(BigInt(2 ** 53) + 1n),
          head: Uint8Array.of(1, 0, 255),
          tailBytes: 20,
          tailHash: 'bb',
          offset: this.#events * 100,
          generation: 0
        }
      ],
      nowMs: this.#minute * MINUTE_MS,
      // The third one is of accepted events, of which one waits.
      counters: Float64Array.of(this.#events, Math.PI, this.#events + 1, 0),
      pending: Uint8Array.of(1, 2, this.#events % 256, ...new Array<number>(29).fill(0)),
      dayBefore: Uint8Array.of(this.#events % 256),
      changedMinutes: Int32Array.from(changed),
      cells: {
        minutes: Int32Array.from(cells, ({ minute }) => minute),
        metrics: Uint8Array.from(cells, ({ metric }) => metric),
        items: Uint32Array.from(cells, ({ item }) => item),
        amounts: BigUint64Array.from(cells, ({ amount }) => amount)
      },
      oldestLiveMinute: this.oldestLiveMinute,
      days: columnsOf(this.#folded),
      newItems: { first: this.#committedItems + 1, ids: packIds(this.#ids.slice(this.#committedItems)) },
      customers: {
        hashes: BigUint64Array.from(customers),
        minutes: Int32Array.from(customers, (hash) => this.#lastMinute.get(hash)!)
      },
      sketches: this.#touched()
    }
    this.#changed.clear()
    this.#folded.length = 0
    this.#committedItems = this.#ids.length
    this.#changedCustomers.clear()
    this.#touchedSketches.clear()
    return commit
  }

  /** Live cells and customers as text, in an order of their own: what a restart must bring back. */
  liveState(): string {
    const cells = [...this.#live.keys()].flatMap((minute) =>
      this.#cellsOf(minute).map(({ metric, item, amount }) => `${minute} ${metric} ${item} ${amount}`)
    )
    const customers = [...this.#lastMinute].map(([hash, minute]) => `${hash} ${minute}`)
    return [...cells.sort(), ...customers.sort(), ...this.#ids].join('\n')
  }

  /** Number of the local day that a minute begins in, by Intl. */
  dayOf(minute: number): number {
    let day = this.#dayByMinute.get(minute)
    if (day === undefined) {
      day = Date.parse(`${this.#format.format(minute * MINUTE_MS)}T00:00:00Z`) / DAY_MS
      this.#dayByMinute.set(minute, day)
    }
    return day
  }

  #numberOf(id: string): number {
    const place = this.#ids.indexOf(id)
    return place >= 0 ? place + 1 : this.#ids.push(id)
  }

  #count(minute: number, metric: number, item: number, amount: bigint): void {
    // What was free leaves no cell in the store either.
    if (amount === 0n) return
    const id = item === 0 ? null : this.#ids[item - 1]!
    const day = this.dayOf(minute)
    const items = this.totals.get(day) ?? new Map<string | null, bigint[]>()
    const amounts = items.get(id) ?? amountsOf(0, 0n)
    amounts[metric]! += amount
    this.totals.set(day, items.set(id, amounts))
    if (minute < this.oldestLiveMinute) {
      this.#fold(minute, metric, item, amount)
      return
    }
    const cells = this.#live.get(minute) ?? new Map<string, bigint>()
    const key = `${metric} ${item}`
    this.#live.set(minute, cells.set(key, (cells.get(key) ?? 0n) + amount))
    this.#changed.add(minute)
  }

  #fold(minute: number, metric: number, item: number, amount: bigint): void {
    this.#folded.push({ day: this.dayOf(minute), item, amounts: amountsOf(metric, amount) })
  }

  #visit(minute: number, customer: number): void {
    const hash = createHash('sha256').update(String(customer)).digest().readBigUInt64LE()
    const day = this.dayOf(minute)
    this.customers.set(day, (this.customers.get(day) ?? new Set()).add(hash))
    const registers = this.#sketches.get(day) ?? new Uint8Array(REGISTERS)
    addHash(registers, hash)
    this.#sketches.set(day, registers)
    this.#touchedSketches.add(day)
    if (minute >= this.oldestLiveMinute && minute > (this.#lastMinute.get(hash) ?? -Infinity)) {
      this.#lastMinute.set(hash, minute)
      this.#changedCustomers.add(hash)
    }
  }

  #cellsOf(minute: number): { minute: number; metric: number; item: number; amount: bigint }[] {
    return [...(this.#live.get(minute) ?? [])].map(([key, amount]) => {
      const [metric = 0, item = 0] = key.split(' ').map(Number)
      return { minute, metric, item, amount }
    })
  }

  #touched(): DaySketches {
    const days = [...this.#touchedSketches]
    return {
      days: Int32Array.from(days),
      registers: Uint8Array.from(days.flatMap((day) => [...this.#sketches.get(day)!]))
    }
  }
}

/** First day of the bucket of a day, by `Date`. */
export function startOf(granularity: Granularity, day: number): number {
  const date = new Date(day * DAY_MS)
  if (granularity === 'month') date.setUTCDate(1)
  if (granularity === 'week') while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1)
  return date.getTime() / DAY_MS
}

/** First day of the next bucket, by `Date`. */
export function endOf(granularity: Granularity, start: number): number {
  const date = new Date(start * DAY_MS)
  if (granularity === 'month') date.setUTCMonth(date.getUTCMonth() + 1)
  else date.setUTCDate(date.getUTCDate() + (granularity === 'week' ? 7 : 1))
  return date.getTime() / DAY_MS
}

export function columnsOf(
  rows: readonly { day: number; item: number; amounts: readonly bigint[] }[]
): DayRows {
  return {
    days: Int32Array.from(rows, ({ day }) => day),
    items: Uint32Array.from(rows, ({ item }) => item),
    amounts: amountsOf(0, 0n).map((_, metric) => BigUint64Array.from(rows, ({ amounts }) => amounts[metric]!))
  }
}

function amountsOf(metric: number, amount: bigint): bigint[] {
  return Array.from({ length: METRIC_COUNT }, (_, index) => (index === metric ? amount : 0n))
}
