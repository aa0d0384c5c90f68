import * as abi from '../kernel/abi.js'
import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { METRICS } from '../metrics/metrics.js'
import type { ItemIds } from './item-ids.js'
import { dayBeforeBytes } from './layout.js'
import type { Store } from './store.js'

/** Number of `(other)` among items: those that there was no room for. */
export const UNKNOWN_ITEMS = abi.OTHER_NUMBER

/** Cells of live minutes: parallel columns, an entry a (minute, metric, item); what comes twice adds up. */
export interface LiveCells {
  /** Since the epoch. */
  readonly minutes: Int32Array
  /** In the order of METRICS. */
  readonly metrics: Uint8Array
  /** 0 stands for no item, UNKNOWN_ITEMS for `(other)`. */
  readonly items: Uint32Array
  readonly amounts: BigUint64Array
}

/** Amounts of days: parallel columns; what comes twice adds up. */
export interface DayRows {
  /** Local days since 1970-01-01. */
  readonly days: Int32Array
  readonly items: Uint32Array
  /** A column a metric, in the order of METRICS. */
  readonly amounts: readonly BigUint64Array[]
}

/** Customers and the minute in which each was last seen. */
export interface ActiveCustomers {
  readonly hashes: BigUint64Array
  readonly minutes: Int32Array
}

/** Sketches of unique customers: SKETCH_BYTES registers a day; of a day that comes twice the greater registers count. */
export interface DaySketches {
  readonly days: Int32Array
  readonly registers: Uint8Array
}

/** What a commit writes: the state at one ticket, as far as it differs from the one before. */
export interface Changes {
  /** Byte of the source up to which the state includes everything. */
  readonly offset: number
  /** The clock, epoch ms; null before the first event. */
  readonly nowMs: number | null
  /** The accounting, the losses, and last the revenue of all events: for `restore`. */
  readonly counters: Float64Array
  /** Events whose minute has not begun: for `restore`. */
  readonly pending: Uint8Array
  /** The minutes that `cells` has, whole. */
  readonly changedMinutes: Int32Array
  readonly cells: LiveCells
  /** The live window begins here. */
  readonly oldestLiveMinute: number
  /** What left the live window, or came too late for it. */
  readonly days: DayRows
  /** Ids of the items from number `first` on. */
  readonly newItems: { readonly first: number; readonly ids: ItemIds }
  /** Whose last minute has changed and is live. */
  readonly customers: ActiveCustomers
  /** Days of which a register has changed. */
  readonly sketches: DaySketches
  /** What is kept of the day before, all of it; null: nothing of it has changed. */
  readonly dayBefore: Uint8Array | null
}

/**
 * Takes what has changed since the last time; the turn's holder alone. The fold
 * is to be emptied afterwards. Long columns are in memory that the next call
 * writes to: by then they must have been written.
 */
export function takeChanges(store: Store): Changes {
  return new ChangeReader(store).take()
}

class ChangeReader {
  readonly #words: Uint32Array
  readonly #view: DataView
  readonly #bytes: Buffer
  readonly #regions: readonly number[]
  /** The number of `(other)` in the store. */
  readonly #other: number
  readonly #taken: SharedArrayBuffer
  #next = 0

  constructor({ memory, layout, taken }: Store) {
    this.#taken = taken
    this.#words = new Uint32Array(memory.buffer)
    this.#view = new DataView(memory.buffer)
    this.#bytes = Buffer.from(memory.buffer)
    this.#regions = layout.regions
    this.#other = (layout.regions[abi.REGION_ITEM_CAPACITY] ?? 0) - 1
  }

  take(): Changes {
    const minute = this.#view.getInt32(abi.CURRENT_MINUTE, true)
    const oldestLiveMinute = Math.max(0, minute - LIVE_WINDOW_MINUTES + 1)
    const changedMinutes = this.#takeChangedMinutes(oldestLiveMinute, minute)
    const changes: Changes = {
      offset: this.#view.getFloat64(abi.OFFSET, true),
      nowMs: minute < 0 ? null : this.#view.getFloat64(abi.NOW, true),
      counters: this.#counters(),
      pending: this.#copy(this.#region(abi.REGION_PENDING), this.#u32(abi.PENDING_COUNT) * abi.PENDING_BYTES),
      changedMinutes,
      cells: this.#cellsOf(changedMinutes),
      oldestLiveMinute,
      days: this.#fold(),
      newItems: this.#takeNewItems(),
      customers: this.#customers(oldestLiveMinute),
      sketches: this.#takeSketches(),
      dayBefore: this.#takeDayBefore()
    }
    this.#setU32(abi.EPOCH, this.#u32(abi.EPOCH) + 1)
    return changes
  }

  #takeDayBefore(): Uint8Array | null {
    if (this.#u32(abi.DAY_BEFORE_CHANGED) === 0) return null
    this.#setU32(abi.DAY_BEFORE_CHANGED, 0)
    return this.#copy(this.#region(abi.REGION_DAY_BEFORE), dayBeforeBytes())
  }

  #counters(): Float64Array {
    const counters = new Float64Array(abi.COUNTER_COUNT + abi.LOSS_COUNT + 1)
    for (let counter = 0; counter < abi.COUNTER_COUNT; counter++) {
      counters[counter] = Number(this.#view.getBigUint64(abi.COUNTERS + counter * 8, true))
    }
    for (let loss = 0; loss < abi.LOSS_COUNT; loss++) {
      counters[abi.COUNTER_COUNT + loss] = this.#view.getFloat64(abi.LOSSES + loss * 8, true)
    }
    counters[counters.length - 1] = this.#view.getFloat64(abi.REVENUE, true)
    return counters
  }

  #takeChangedMinutes(oldest: number, current: number): Int32Array {
    const changed: number[] = []
    const flags = this.#region(abi.REGION_CHANGED_MINUTES)
    for (let minute = oldest; minute <= current; minute++) {
      const flag = flags + (minute % LIVE_WINDOW_MINUTES)
      if (this.#bytes[flag] === 0) continue
      this.#bytes[flag] = 0
      changed.push(minute)
    }
    return Int32Array.from(changed)
  }

  #cellsOf(minutes: Int32Array): LiveCells {
    const lists = METRICS.flatMap((_, metric) =>
      Array.from(minutes, (minute) => {
        const place = metric * LIVE_WINDOW_MINUTES + (minute % LIVE_WINDOW_MINUTES)
        return { metric, minute, at: this.#region(abi.REGION_LISTS) + place * abi.LIST_BYTES }
      })
    )
    const total = lists.reduce((sum, { at }) => sum + this.#u32(at + abi.LIST_COUNT), 0)
    const cells = {
      minutes: this.#int32(total),
      metrics: new Uint8Array(this.#taken, this.#place(total), total),
      items: this.#uint32(total),
      amounts: this.#uint64(total)
    }
    let row = 0
    for (const { metric, minute, at } of lists) {
      const end = row + this.#u32(at + abi.LIST_COUNT)
      cells.minutes.fill(minute, row, end)
      cells.metrics.fill(metric, row, end)
      this.#copyCells(this.#u32(at), row, end, cells)
      row = end
    }
    return cells
  }

  /** Copies a list's cells, from its first chunk on, to the rows [row, end). */
  #copyCells(chunk: number, row: number, end: number, cells: LiveCells): void {
    const words = this.#words
    const halves = halvesOf(cells.amounts)
    while (row < end) {
      const stop = Math.min(end, row + abi.CELLS_A_CHUNK)
      for (let cell = (chunk + abi.FIRST_CELL) / 4; row < stop; row++, cell += abi.CELL_BYTES / 4) {
        cells.items[row] = this.#numberOutside(words[cell] ?? 0)
        halves[row * 2] = words[cell + 1] ?? 0
        halves[row * 2 + 1] = words[cell + 2] ?? 0
      }
      chunk = this.#u32(chunk)
    }
  }

  #fold(): DayRows {
    const count = this.#u32(abi.FOLD_COUNT)
    const rowWords = abi.FOLD_AMOUNTS / 4 + METRICS.length * 2
    const rows = this.#region(abi.REGION_FOLD_ROWS) / 4
    const days = this.#int32(count)
    const items = this.#uint32(count)
    const amounts = METRICS.map(() => this.#uint64(count))
    const halves = amounts.map(halvesOf)
    for (let row = 0; row < count; row++) {
      const at = rows + row * rowWords
      days[row] = this.#words[at + abi.FOLD_DAY / 4] ?? 0
      items[row] = this.#numberOutside(this.#words[at + abi.FOLD_ITEM / 4] ?? 0)
      for (const [metric, column] of halves.entries()) {
        column[row * 2] = this.#words[at + abi.FOLD_AMOUNTS / 4 + metric * 2] ?? 0
        column[row * 2 + 1] = this.#words[at + abi.FOLD_AMOUNTS / 4 + metric * 2 + 1] ?? 0
      }
    }
    return { days, items, amounts }
  }

  #takeNewItems(): Changes['newItems'] {
    const first = this.#u32(abi.COMMITTED_ITEMS)
    const count = this.#u32(abi.ITEM_COUNT)
    const names = this.#region(abi.REGION_ITEM_NAMES)
    // Items of the last run that this one has no room for are not new, and keep their numbers.
    const ends = new Uint32Array(new SharedArrayBuffer(Math.max(0, count - first) * 4))
    let end = 0
    const nameOf = (place: number) => {
      const name = this.#u32(names + (first + place) * 4)
      return this.#bytes.subarray(name + 2, name + 2 + this.#view.getUint16(name, true))
    }
    for (let place = 0; place < ends.length; place++) ends[place] = end += nameOf(place).length
    const utf8 = new Uint8Array(new SharedArrayBuffer(end))
    for (let place = 0; place < ends.length; place++) utf8.set(nameOf(place), ends[place - 1] ?? 0)
    this.#setU32(abi.COMMITTED_ITEMS, Math.max(first, count))
    return { first, ids: { utf8, ends } }
  }

  #customers(oldestLiveMinute: number): ActiveCustomers {
    const epoch = this.#u32(abi.EPOCH)
    const customers = this.#region(abi.REGION_CUSTOMERS)
    const end = customers + this.#u32(abi.CUSTOMER_COUNT) * abi.CUSTOMER_BYTES
    // Who has left the live window is dropped only when room is needed.
    const isChanged = (at: number) =>
      this.#u32(at + abi.CUSTOMER_EPOCH) === epoch && this.#u32(at + abi.CUSTOMER_MINUTE) >= oldestLiveMinute
    let count = 0
    for (let at = customers; at < end; at += abi.CUSTOMER_BYTES) if (isChanged(at)) count++
    const hashes = this.#uint64(count)
    const minutes = this.#int32(count)
    let row = 0
    for (let at = customers; at < end; at += abi.CUSTOMER_BYTES) {
      if (!isChanged(at)) continue
      hashes[row] = this.#view.getBigUint64(at, true)
      minutes[row++] = this.#u32(at + abi.CUSTOMER_MINUTE)
    }
    return { hashes, minutes }
  }

  #takeSketches(): DaySketches {
    const count = this.#u32(abi.CHANGED_SKETCHES)
    const days = Int32Array.from({ length: count }, (_, place) =>
      this.#view.getInt32(this.#region(abi.REGION_CHANGED_SKETCHES) + place * 4, true)
    )
    const registers = new Uint8Array(count * abi.SKETCH_BYTES)
    for (const [place, day] of days.entries()) {
      const at = this.#region(abi.REGION_SKETCHES) + (day - abi.FIRST_SKETCH_DAY) * abi.SKETCH_BYTES
      registers.set(this.#bytes.subarray(at, at + abi.SKETCH_BYTES), place * abi.SKETCH_BYTES)
    }
    this.#setU32(abi.CHANGED_SKETCHES, 0)
    return { days, registers }
  }

  /** A copy that does not share the store's memory. */
  #copy(at: number, length: number): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(at, at + length))
  }

  #int32(length: number): Int32Array {
    return new Int32Array(this.#taken, this.#place(length * 4), length)
  }

  #uint32(length: number): Uint32Array {
    return new Uint32Array(this.#taken, this.#place(length * 4), length)
  }

  #uint64(length: number): BigUint64Array {
    return new BigUint64Array(this.#taken, this.#place(length * 8), length)
  }

  #place(bytes: number): number {
    const at = this.#next
    this.#next += Math.ceil(bytes / 8) * 8
    return at
  }

  #numberOutside(item: number): number {
    return item === this.#other ? UNKNOWN_ITEMS : item
  }

  #region(number: number): number {
    return this.#regions[number] ?? 0
  }

  #u32(at: number): number {
    return this.#words[at >>> 2] ?? 0
  }

  #setU32(at: number, value: number): void {
    this.#words[at >>> 2] = value
  }
}

/** The same memory as pairs of 32 bits: a bigint each would be ten times as slow. */
function halvesOf({ buffer, byteOffset, length }: BigUint64Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length * 2)
}
