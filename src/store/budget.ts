import { FootfallError } from '../base/errors.js'
import { LIVE_WINDOW_MINUTES, MAX_MEMORY_BYTES, MIN_MEMORY_BYTES, slotsFor } from '../base/limits.js'
import type { FieldMapping } from '../event/mapping.js'
import { CELLS_A_CHUNK } from '../kernel/abi.js'
import {
  LONGEST_CARRY,
  computeLayout,
  indexBytes,
  itemBytes,
  poolCosts,
  recordCapacity,
  type Capacity
} from './layout.js'
import { METRICS } from '../metrics/metrics.js'
import { nameTable } from './names.js'

/** What the memory of a process goes to, and how much of it there may be. */
export interface MemoryOptions {
  /** Resident memory of the whole process; bytes. */
  readonly memoryBytes: number
  readonly workers: number
  readonly chunkBytes: number
  readonly mapping: FieldMapping
  /** Null: no history is kept. */
  readonly history: {
    readonly zoneEntries: number
    readonly sketchDays: number
    /** What its database may take; bytes. */
    readonly databaseBytes: number
  } | null
}

const MIB = 2 ** 20
/**
 * What Node, the server and the threads of reader and historian take besides,
 * and each thread of the pool: measured under load, with room to spare
 * (CONTRIBUTING).
 */
const PROCESS_BYTES = 176 * MIB
/** Its database takes up to a fifth more than it is told to while it is asked and written to. */
const HISTORIAN_BYTES = 64 * MIB
const WORKER_BYTES = 16 * MIB

/** Events that may wait for their minute, whatever the budget is. */
const PENDING = 128 * 1024
/** What there is room for in any case, however much the others take of the pool. */
export const LEAST = { items: 16 * 1024, customers: 16 * 1024, foldRows: 32 * 1024, cells: 2 * MIB }
/**
 * The part of what can grow that is for items alone: so which of them are known
 * depends on the events alone, not on when commits were made.
 */
const ITEMS_SHARE = 0.72
/** Bytes of an id, with what is around it in the arena, on average. */
const NAME_BYTES = 20
/** Metrics that one event can have a part in, see `prepare`. */
const MOST_METRICS_A_KIND = 3
/** Steps of halving in which a number is found. */
const STEPS = 40

/**
 * What the store has room for, such that it, its slots, what a commit copies,
 * the history's database and the threads stay within the budget, even if all of
 * it is in use. Throws a FootfallError (`usage`) when that is too little.
 */
export function capacityWithin(options: MemoryOptions): Capacity {
  const { memoryBytes, workers } = options
  const fixed = fixedBytes(options)
  if (fixed === Infinity) {
    throw new FootfallError(
      'usage',
      'so many workers and such chunks need more shared memory than 4 GiB, which is the most there is'
    )
  }
  const least = fixed + itemsBytes(LEAST.items) + leastPool(options)
  if (least > memoryBytes) {
    const enough = `${Math.ceil(least / (64 * MIB)) * 64}M`
    const message = `${formatBytes(memoryBytes)} of memory is too little for ${workers} workers and such chunks: --memory ${enough} would do`
    throw new FootfallError('usage', message)
  }
  // The store's addresses have 32 bits: of very much memory not all can be used.
  const fits = (part: number) =>
    layoutBytes(capacityOf((memoryBytes - fixed) * part, options), options) < Infinity
  return capacityOf((memoryBytes - fixed) * greatest(fits), options)
}

/** What a process with this capacity takes at the most; bytes. Infinite where it cannot be laid out. */
export function bytesOf(capacity: Capacity, options: MemoryOptions): number {
  return fixedBytes(options) + itemBytes(capacity) + (capacity.poolBytes ?? Infinity)
}

/** What is taken whatever is counted; bytes. */
function fixedBytes(options: MemoryOptions): number {
  const nothing = { items: 0, nameBytes: 0, customers: 0, foldRows: 0, pending: PENDING, cells: 0 }
  const { workers, history } = options
  const kept = history === null ? 0 : history.databaseBytes + HISTORIAN_BYTES
  return layoutBytes(nothing, options) + kept + PROCESS_BYTES + workers * WORKER_BYTES
}

function layoutBytes(capacity: Capacity, { workers, chunkBytes, mapping, history }: MemoryOptions): number {
  try {
    const { pages } = computeLayout({
      capacity,
      slots: slotsFor(workers),
      chunkBytes,
      wallClock: false,
      names: nameTable(mapping),
      minorDigits: 0,
      zoneEntries: history?.zoneEntries ?? 1,
      sketchDays: history?.sketchDays ?? 0
    })
    return pages * 65536
  } catch (error) {
    if (error instanceof FootfallError) return Infinity
    throw error
  }
}

/** How `bytes` that can grow are used: the items have a share of their own; the rest is a pool. */
function capacityOf(bytes: number, options: MemoryOptions): Capacity {
  const { history } = options
  const leastCells = leastCellsOf(options)
  const share = Math.min(bytes * ITEMS_SHARE, bytes - leastPool(options))
  const items = Math.floor(share * greatest((part) => itemsBytes(share * part) <= share))
  const poolBytes = Math.floor(bytes - itemsBytes(items))
  const { customer, row, chunk } = poolCosts(history !== null)
  return {
    items,
    nameBytes: items * NAME_BYTES,
    customers: Math.max(LEAST.customers, Math.floor(poolBytes / 2 / customer)),
    foldRows: history === null ? LEAST.foldRows : Math.max(LEAST.foldRows, Math.floor(poolBytes / 2 / row)),
    pending: PENDING,
    cells: Math.max(leastCells, Math.floor((poolBytes / chunk) * CELLS_A_CHUNK)),
    leastCells,
    poolBytes
  }
}

function itemsBytes(items: number): number {
  return itemBytes({ items, nameBytes: items * NAME_BYTES })
}

/**
 * Cells that one batch needs at most, with the events that have waited until then,
 * and a chunk for each list; or LEAST.cells, if that is more.
 */
function leastCellsOf({ chunkBytes, mapping }: MemoryOptions): number {
  const records = recordCapacity(LONGEST_CARRY + chunkBytes, nameTable(mapping).hasItems)
  const lists = METRICS.length * LIVE_WINDOW_MINUTES
  // A line that is undecided may have as many items as a batch has records.
  return Math.max(LEAST.cells, (2 * records + PENDING) * MOST_METRICS_A_KIND + (lists + 2) * CELLS_A_CHUNK)
}

function leastPool(options: MemoryOptions): number {
  const { customer, row, chunk } = poolCosts(options.history !== null)
  const indexes = indexBytes(LEAST.customers) + indexBytes(LEAST.foldRows)
  return (
    LEAST.customers * customer +
    LEAST.foldRows * row +
    (leastCellsOf(options) / CELLS_A_CHUNK) * chunk +
    indexes
  )
}

/** The greatest part of 1 of which `holds` is true; it is of 0, and of none behind one of which it is not. */
function greatest(holds: (part: number) => boolean): number {
  if (holds(1)) return 1
  let [low, high] = [0, 1]
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

/** Bytes from `512M`, `2G`, `2GiB` or a number of them; null where it is no size, or out of bounds. */
export function parseMemory(text: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)\s?(?:([KMG])(?:i?B)?)?$/i.exec(text) ?? []
  const bytes = Math.floor(Number(digits ?? NaN) * (UNITS[unit.toUpperCase()] ?? NaN))
  return bytes >= MIN_MEMORY_BYTES && bytes <= MAX_MEMORY_BYTES ? bytes : null
}

/** `512 MiB`, `2 GiB`. */
export function formatBytes(bytes: number): string {
  const [unit, size] = bytes % 2 ** 30 === 0 || bytes >= 10 * 2 ** 30 ? ['GiB', 2 ** 30] : ['MiB', 2 ** 20]
  return `${Math.round((bytes / size) * 10) / 10} ${unit}`
}
