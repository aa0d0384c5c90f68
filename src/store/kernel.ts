import * as abi from '../kernel/abi.js'
import type { SlotPlace } from './layout.js'
import type { Store } from './store.js'

/** The kernel's answers to questions: what they return is an address, or a number. */
export interface LiveExports {
  rankRange(metric: number, from: number, to: number): number
  compareRange(metric: number, from: number, to: number, before: number): number
  rankTrends(metric: number, before: number, from: number, to: number, floor: bigint): number
  itemNumber(length: number): number
  rankOf(metric: number, item: number): number
  seriesOf(item: number): number
  sumOfSeries(metric: number, minutes: number): bigint
  active(minutes: number): number
}

interface KernelExports extends LiveExports {
  bind(): void
  scan(
    counts: number,
    records: number,
    recordsEnd: number,
    entries: number,
    texts: number,
    batch: number,
    from: number,
    to: number
  ): number
  hashBytes(at: number, length: number): bigint
  prepare(records: number, count: number): number
  apply(tally: number, records: number, count: number, wallMs: number, offset: number): number
  tick(wallMs: number): void
  confirm(): void
  publish(): void
  clearFold(): void
  restorePending(count: number): void
  restoreItem(name: number, length: number): number
  restoreCells(at: number, count: number): number
  restoreCustomers(at: number, count: number): number
}

/** What the store has no room left for. */
export type Shortage = 'cells' | 'revenue'

const SHORTAGES: Readonly<Record<number, Shortage>> = {
  [abi.FULL_CELLS]: 'cells',
  [abi.FULL_REVENUE]: 'revenue'
}

/** Stands for no records at all. */
const NO_SLOT: SlotPlace = { counts: 0, records: 0, recordsEnd: 0, text: 0, bytes: 0, entries: 0 }

/**
 * This thread's instance of the kernel over the shared store. All methods but
 * `scan` and `hashBytes` are for the thread that holds the turn.
 */
export class Kernel {
  readonly #exports: KernelExports
  readonly #view: DataView
  /** Where the addresses of items' names are. */
  readonly #names: number

  constructor(store: Store) {
    const instance = new WebAssembly.Instance(store.module, { env: { memory: store.memory } })
    this.#exports = instance.exports as unknown as KernelExports
    this.#view = new DataView(store.memory.buffer)
    this.#names = store.layout.regions[abi.REGION_ITEM_NAMES] ?? 0
    this.#exports.bind()
  }

  /**
   * Scans the lines of a slot's bytes [from, to), each ended by a line feed,
   * into its records, as far as these have room; where it stopped.
   */
  scan(slot: SlotPlace, from: number, to: number): number {
    const { counts, records, recordsEnd, entries, text, bytes } = slot
    const stopped = this.#exports.scan(
      counts,
      records,
      recordsEnd,
      entries,
      text,
      bytes,
      bytes + from,
      bytes + to
    )
    return (stopped >>> 0) - bytes
  }

  /** Hash of an id in the shared memory: 64 bits, signed. */
  hashBytes(at: number, length: number): bigint {
    return this.#exports.hashBytes(at, length)
  }

  /** Makes sure that `apply` of a slot's records has room, be it by losses; what it lacks all the same, or null. */
  prepare(slot: SlotPlace, count: number): Shortage | null {
    const lack = this.#exports.prepare(slot.records, count)
    if (lack === abi.READY) return null
    const shortage = SHORTAGES[lack]
    if (shortage === undefined) throw new Error(`the kernel lacks ${lack}, which has no name`)
    return shortage
  }

  /** The same for a tick of the clock, which applies what has been waiting. */
  prepareTick(): Shortage | null {
    return this.prepare(NO_SLOT, 0)
  }

  /** Applies a slot's records and tally; returns how many were ahead of the clock (FLAG_FUTURE). */
  apply(slot: SlotPlace, count: number, wallMs: number, offset: number): number {
    return this.#exports.apply(slot.counts, slot.records, count, wallMs, offset)
  }

  /** Says of the state that it includes the source up to `offset`. */
  setOffset(offset: number): void {
    this.#view.setFloat64(abi.OFFSET, offset, true)
  }

  /** The wall clock moves on to `wallMs`. */
  tick(wallMs: number): void {
    this.#exports.tick(wallMs)
  }

  /** The event that is held until the next one decides on it, if any, is right: none will come. After `prepareTick`. */
  confirm(): void {
    this.#exports.confirm()
  }

  /** Makes a board of the present state. */
  publish(): void {
    this.#exports.publish()
  }

  /** What questions over the live window are answered by, see `live.ts`. */
  get exports(): LiveExports {
    return this.#exports
  }

  /** How many rows the fold has. */
  foldCount(): number {
    return this.#view.getUint32(abi.FOLD_COUNT, true)
  }

  /** Rows of days that there is room for. */
  foldRoom(): number {
    return this.#view.getUint32(abi.FOLD_ROOM, true)
  }

  /** Items that no commit has taken yet. */
  newItemCount(): number {
    const count = this.#view.getUint32(abi.ITEM_COUNT, true)
    return Math.max(0, count - this.#view.getUint32(abi.COMMITTED_ITEMS, true))
  }

  /** Bytes of their names. */
  newNameBytes(): number {
    const first = this.#view.getUint32(abi.COMMITTED_ITEMS, true)
    if (this.newItemCount() === 0) return 0
    const name = this.#names + first * 4
    return this.#view.getUint32(abi.ARENA_NEXT, true) - this.#view.getUint32(name, true)
  }

  /** Empties the fold. */
  dropFold(): void {
    this.#exports.clearFold()
  }

  /** Takes over `count` events of an earlier run that wait for their minute, from where they wait. */
  restorePending(count: number): void {
    this.#exports.restorePending(count)
  }

  /** Adds an item of an earlier run, its name at `at`; false when there is no room, and for none after it. */
  restoreItem(at: number, length: number): boolean {
    return this.#exports.restoreItem(at, length) !== 0
  }

  /** Adds cells of an earlier run, RESTORED_CELL_BYTES each; false when there is no room. */
  restoreCells(at: number, count: number): boolean {
    return this.#exports.restoreCells(at, count) !== 0
  }

  /** Adds customers of an earlier run, RESTORED_CUSTOMER_BYTES each, as far as there is room; false when they cannot be. */
  restoreCustomers(at: number, count: number): boolean {
    return this.#exports.restoreCustomers(at, count) !== 0
  }
}
