import * as abi from '../kernel/abi.js'
import { METRICS } from '../metrics/metrics.js'
import { readRanking, type Ranking } from './board.js'
import type { SlotPlace } from './layout.js'
import type { Store } from './store.js'

interface KernelExports {
  bind(): void
  scan(
    counts: number,
    records: number,
    recordsEnd: number,
    entries: number,
    batch: number,
    from: number,
    to: number
  ): number
  hashBytes(at: number, length: number): bigint
  prepare(records: number, count: number, idBytes: number): number
  apply(tally: number, records: number, count: number, wallMs: number, offset: number): number
  tick(wallMs: number): void
  publish(): void
  rankWindow(metric: number, minutes: number): number
  clearFold(): void
}

/** What the store has no room left for. */
export type Shortage =
  'items' | 'item names' | 'customers' | 'cells' | 'folded days' | 'events ahead of the clock' | 'revenue'

const SHORTAGES: Readonly<Record<number, Shortage>> = {
  [abi.FULL_ITEMS]: 'items',
  [abi.FULL_NAMES]: 'item names',
  [abi.FULL_CUSTOMERS]: 'customers',
  [abi.FULL_CELLS]: 'cells',
  [abi.FULL_FOLD]: 'folded days',
  [abi.FULL_PENDING]: 'events ahead of the clock',
  [abi.FULL_REVENUE]: 'revenue'
}

/** A row of the fold: what a day has of an item, an amount a metric in the order of METRICS. */
export interface FoldRow {
  /** Days since 1970-01-01, UTC. */
  readonly day: number
  /** Empty for visits of no item. */
  readonly itemId: string
  readonly amounts: readonly bigint[]
}

export interface WindowAnswer {
  /** Epoch ms; null before the first event. */
  readonly nowMs: number | null
  readonly offset: number
  readonly ranking: Ranking
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
  readonly #memory: Buffer
  readonly #layout

  constructor(store: Store) {
    const instance = new WebAssembly.Instance(store.module, { env: { memory: store.memory } })
    this.#exports = instance.exports as unknown as KernelExports
    this.#view = new DataView(store.memory.buffer)
    this.#memory = Buffer.from(store.memory.buffer)
    this.#layout = store.layout
    this.#exports.bind()
  }

  /**
   * Scans the lines of a slot's bytes [from, to), each ended by a line feed,
   * into its records, as far as these have room; where it stopped.
   */
  scan(slot: SlotPlace, from: number, to: number): number {
    const { counts, records, recordsEnd, entries, bytes } = slot
    const stopped = this.#exports.scan(counts, records, recordsEnd, entries, bytes, bytes + from, bytes + to)
    return (stopped >>> 0) - bytes
  }

  /** Hash of an id in the shared memory: 64 bits, signed. */
  hashBytes(at: number, length: number): bigint {
    return this.#exports.hashBytes(at, length)
  }

  /** Makes sure that `apply` of a slot's records has room; what it lacks, or null. */
  prepare(slot: SlotPlace, count: number, idBytes: number): Shortage | null {
    const lack = this.#exports.prepare(slot.records, count, idBytes)
    if (lack === abi.READY) return null
    const shortage = SHORTAGES[lack]
    if (shortage === undefined) throw new Error(`the kernel lacks ${lack}, which has no name`)
    return shortage
  }

  /** The same for a tick of the clock, which applies what has been waiting. */
  prepareTick(): Shortage | null {
    return this.prepare(NO_SLOT, 0, 0)
  }

  /** Applies a slot's records and tally; returns how many were ahead of the clock (FLAG_FUTURE). */
  apply(slot: SlotPlace, count: number, wallMs: number, offset: number): number {
    return this.#exports.apply(slot.counts, slot.records, count, wallMs, offset)
  }

  /** Test only: says of the state that it includes the source up to `offset`, before it does. */
  claimOffset(offset: number): void {
    this.#view.setFloat64(abi.OFFSET, offset, true)
  }

  /** The wall clock moves on to `wallMs`. */
  tick(wallMs: number): void {
    this.#exports.tick(wallMs)
  }

  /** Makes a board of the present state. */
  publish(): void {
    this.#exports.publish()
  }

  /** Ranks a metric over the last `minutes` minutes, 1 to 1440. */
  rankWindow(metric: number, minutes: number): WindowAnswer {
    const at = this.#exports.rankWindow(metric, minutes)
    const started = this.#view.getInt32(abi.CURRENT_MINUTE, true) >= 0
    return {
      nowMs: started ? this.#view.getFloat64(abi.NOW, true) : null,
      offset: this.#view.getFloat64(abi.OFFSET, true),
      ranking: readRanking(this.#memory, this.#view, at)
    }
  }

  /** How many rows the fold has. */
  foldCount(): number {
    return this.#view.getUint32(abi.FOLD_COUNT, true)
  }

  /** Reads the fold and empties it. */
  drainFold(): FoldRow[] {
    const rowBytes = abi.FOLD_AMOUNTS + METRICS.length * 8
    const rows = Array.from({ length: this.foldCount() }, (_, number) => {
      const at = (this.#layout.regions[abi.REGION_FOLD_ROWS] ?? 0) + number * rowBytes
      return {
        day: this.#view.getUint32(at + abi.FOLD_DAY, true),
        itemId: this.#itemId(this.#view.getUint32(at + abi.FOLD_ITEM, true)),
        amounts: METRICS.map((_, metric) => this.#view.getBigUint64(at + abi.FOLD_AMOUNTS + metric * 8, true))
      }
    })
    this.dropFold()
    return rows
  }

  /** Empties the fold. */
  dropFold(): void {
    this.#exports.clearFold()
  }

  #itemId(number: number): string {
    if (number === 0) return ''
    const name = this.#view.getUint32((this.#layout.regions[abi.REGION_ITEM_NAMES] ?? 0) + number * 4, true)
    return this.#memory.toString('utf8', name + 2, name + 2 + this.#view.getUint16(name, true))
  }
}
