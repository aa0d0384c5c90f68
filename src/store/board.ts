import { REJECTION_REASONS, type RejectionReason } from '../event/event.js'
import * as abi from '../kernel/abi.js'
import { HEADLINE_METRICS } from '../metrics/metrics.js'
import { readLosses, type Losses } from './losses.js'
import type { Store } from './store.js'

/** A ranking as the kernel left it. */
export interface Ranking {
  /** Of all items, "no item" and `(other)` included. */
  readonly sum: bigint
  /** What the items came to that there was no room for. */
  readonly other: bigint
  /** Whether the window begins within minutes that were merged, and includes all of them. */
  readonly isEdgeBlurred: boolean
  /** Whether events are missing that came before their minute and could not wait for it. */
  readonly lacksEarly: boolean
  /** Items above 0. */
  readonly items: number
  /** The best first, at most MAX_ROWS. */
  readonly rows: readonly RankedItem[]
}

/** The ranking of no event. */
export const NO_RANKING: Ranking = {
  sum: 0n,
  other: 0n,
  isEdgeBlurred: false,
  lacksEarly: false,
  items: 0,
  rows: []
}

export interface RankedItem {
  readonly itemId: string
  readonly value: bigint
}

/** What became of the lines up to the board's offset. */
export interface Counts {
  readonly lines: number
  readonly blank: number
  readonly accepted: number
  readonly late: number
  readonly unpriced: number
  readonly anonymous: number
  readonly fallback: number
  readonly rejected: Readonly<Record<RejectionReason, number>>
}

/** What became of no line. */
export const NO_COUNTS: Counts = {
  lines: 0,
  blank: 0,
  accepted: 0,
  late: 0,
  unpriced: 0,
  anonymous: 0,
  fallback: 0,
  rejected: Object.fromEntries(REJECTION_REASONS.map((reason) => [reason, 0])) as Counts['rejected']
}

/** One consistent state of all that headline answers need. */
export interface Board {
  /** Number of the board, from 1, counted on over restarts of ingest; two boards of one number are the same. */
  readonly sequence: number
  /** Epoch ms; null before the first event. */
  readonly nowMs: number | null
  /** Byte of the source up to which the board includes everything. */
  readonly offset: number
  readonly items: number
  readonly customers: number
  readonly cells: number
  readonly activeCustomers: { readonly fiveMinutes: number; readonly hour: number; readonly day: number }
  /** Events that wait for their minute. */
  readonly pending: number
  readonly storeBytes: number
  readonly counts: Counts
  readonly losses: Losses
  /** In the order of HEADLINE_METRICS. */
  readonly headlines: readonly Ranking[]
}

/** Boards, one after the other. */
export interface Boards {
  /** Number of the newest board, 0 before the first. */
  sequence(): number
  /** The newest board; null before the first. The same object as long as there is no newer one. */
  read(): Board | null
}

/** Tries before a reader gives up: a writer would have to publish this often within one copy of a few KiB. */
const TRIES = 1000

/**
 * Reads boards without a lock. The writer fills the half that the sequence
 * does not name and then counts the sequence up; so a copy is whole when the
 * sequence is the same before and after it (a sequence lock over two halves,
 * as in thread-stream).
 */
export class BoardReader implements Boards {
  readonly #words: Int32Array
  readonly #memory: Buffer
  readonly #view: DataView
  readonly #boards: number
  readonly #boardBytes: number
  readonly #copy: Buffer
  readonly #before: number
  #last: Board | null = null

  /** `before`: number of the last board of an earlier store, from which the numbers of these go on. */
  constructor(store: Store, before = 0) {
    this.#before = before
    this.#words = new Int32Array(store.memory.buffer)
    this.#memory = Buffer.from(store.memory.buffer)
    this.#view = new DataView(store.memory.buffer)
    this.#boards = store.layout.regions[abi.REGION_BOARDS] ?? 0
    this.#boardBytes = store.layout.regions[abi.REGION_BOARD_BYTES] ?? 0
    this.#copy = Buffer.alloc(this.#boardBytes)
  }

  sequence(): number {
    const published = this.#published()
    return published === 0 ? 0 : this.#before + published
  }

  /** Whether something has been lost, maybe not on a board yet. */
  hasLosses(): boolean {
    for (let word = 0; word < abi.LOSS_COUNT; word++) {
      if (this.#view.getFloat64(abi.LOSSES + word * 8, true) !== 0) return true
    }
    return false
  }

  /** The newest board; null before the first. The same object as long as there is no newer one. */
  read(): Board | null {
    for (let tries = 0; tries < TRIES; tries++) {
      const published = this.#published()
      if (published === 0) return null
      const sequence = this.#before + published
      if (this.#last?.sequence === sequence) return this.#last
      const half = this.#boards + (published & 1) * this.#boardBytes
      this.#memory.copy(this.#copy, 0, half, half + this.#boardBytes)
      // A read-modify-write: on weakly ordered machines a mere load could be done before the copy.
      if (Atomics.or(this.#words, abi.BOARD_SEQUENCE >> 2, 0) !== published) continue
      this.#last = this.#decode(sequence)
      return this.#last
    }
    throw new Error(`no consistent board within ${TRIES} tries`)
  }

  #published(): number {
    return Atomics.load(this.#words, abi.BOARD_SEQUENCE >> 2)
  }

  #decode(sequence: number): Board {
    const copy = this.#copy
    const copied = new DataView(copy.buffer, copy.byteOffset, copy.length)
    return {
      sequence,
      nowMs: copy.readInt32LE(abi.BOARD_MINUTE) >= 0 ? copy.readDoubleLE(abi.BOARD_NOW) : null,
      offset: copy.readDoubleLE(abi.BOARD_OFFSET),
      items: copy.readUInt32LE(abi.BOARD_ITEMS),
      customers: copy.readUInt32LE(abi.BOARD_CUSTOMERS),
      cells: copy.readUInt32LE(abi.BOARD_CELLS),
      activeCustomers: {
        fiveMinutes: copy.readUInt32LE(abi.BOARD_ACTIVE_5M),
        hour: copy.readUInt32LE(abi.BOARD_ACTIVE_1H),
        day: copy.readUInt32LE(abi.BOARD_ACTIVE_24H)
      },
      pending: copy.readUInt32LE(abi.BOARD_PENDING),
      storeBytes: copy.readDoubleLE(abi.BOARD_STORE_BYTES),
      counts: readCounts(copy),
      losses: readLosses(copied, abi.BOARD_LOSSES),
      headlines: HEADLINE_METRICS.map(({ order }) =>
        readRanking(this.#memory, copied, abi.BOARD_HEADLINES + order * abi.RANKING_BYTES, this.#view)
      )
    }
  }
}

function readCounts(board: Buffer): Counts {
  return countsBy((counter) => Number(board.readBigUInt64LE(abi.BOARD_COUNTERS + counter * 8)))
}

/** Counts of lines by the numbers of their counters, COUNT_*. */
export function countsBy(count: (counter: number) => number): Counts {
  const rejected = REJECTION_REASONS.map((reason, number) => [reason, count(abi.COUNT_REJECTED + number)])
  return {
    lines: count(abi.COUNT_LINES),
    blank: count(abi.COUNT_BLANK),
    accepted: count(abi.COUNT_ACCEPTED),
    late: count(abi.COUNT_LATE),
    unpriced: count(abi.COUNT_UNPRICED),
    anonymous: count(abi.COUNT_ANONYMOUS),
    fallback: count(abi.COUNT_FALLBACK),
    rejected: Object.fromEntries(rejected) as Record<RejectionReason, number>
  }
}

/**
 * Reads the ranking at `at` of `view`. Names are read from the shared memory:
 * one that a ranking points at never changes.
 */
export function readRanking(memory: Buffer, view: DataView, at: number, names: DataView = view): Ranking {
  const rows = Array.from({ length: view.getUint32(at + abi.RANKING_LENGTH, true) }, (_, place) => {
    const row = at + abi.RANKING_ROWS + place * abi.ROW_BYTES
    const name = view.getUint32(row + abi.ROW_NAME, true)
    return {
      itemId: memory.toString('utf8', name + 2, name + 2 + names.getUint16(name, true)),
      value: view.getBigUint64(row + abi.ROW_VALUE, true)
    }
  })
  const blurred = view.getUint32(at + abi.RANKING_BLURRED, true)
  return {
    sum: view.getBigUint64(at + abi.RANKING_SUM, true),
    other: view.getBigUint64(at + abi.RANKING_OTHER, true),
    isEdgeBlurred: (blurred & abi.BLURRED_EDGE) !== 0,
    lacksEarly: (blurred & abi.BLURRED_EARLY) !== 0,
    items: view.getUint32(at + abi.RANKING_ITEMS, true),
    rows
  }
}
