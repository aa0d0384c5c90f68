import * as abi from '../kernel/abi.js'
import { FootfallError } from '../base/errors.js'
import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { MAX_LINE_BYTES } from '../event/limits.js'
import { HEADLINE_METRICS, METRICS } from '../metrics/metrics.js'
import { nameTableBytes, type NameTable } from './names.js'

/** How much the store has room for, see `budget.ts`. Address space only: real memory is taken where it is touched. */
export interface Capacity {
  /** Distinct items since the start, "no item" and `(other)` included. */
  readonly items: number
  /** Bytes of all their ids together. */
  readonly nameBytes: number
  /** Distinct customers of a live window. */
  readonly customers: number
  /** Rows (day, item) of the fold between two commits. */
  readonly foldRows: number
  /** Events that wait for their minute. */
  readonly pending: number
  /** Cells (metric, minute, item), before they are merged. */
  readonly cells: number
  /** Of these, cells that there is room for however much customers and rows take: default `LEAST.cells`. */
  readonly leastCells?: number
  /** Bytes that customers, rows and cells may take together; default: what all of them take. */
  readonly poolBytes?: number
}

/** The parts of a slot, each an address. One batch of source bytes, and what became of its lines. */
export interface SlotPlace {
  /** The tally and the other SLOT_* counts, then the shapes of lines. */
  readonly counts: number
  readonly records: number
  /** End of the records' room. */
  readonly recordsEnd: number
  /** Ids that had to be decoded, each no further back than its line is among the source bytes. */
  readonly text: number
  /** Source bytes. */
  readonly bytes: number
  /** The scanner's room for the entries of a line. */
  readonly entries: number
}

export interface Layout {
  readonly regions: readonly number[]
  readonly slots: readonly SlotPlace[]
  /** Bytes of the region of events that wait. */
  readonly pendingBytes: number
  /** Room for source bytes in a slot. */
  readonly slotBytes: number
  /** Size of the whole memory, in pages of 64 KiB. */
  readonly pages: number
}

export interface LayoutOptions {
  readonly capacity: Capacity
  readonly slots: number
  readonly chunkBytes: number
  readonly wallClock: boolean
  /** The names that the scanner looks for. */
  readonly names: NameTable
  /** Decimals of the currency. */
  readonly minorDigits: number
  /** Entries of the table of local days. */
  readonly zoneEntries: number
  /** Days for which sketches are kept, from FIRST_SKETCH_DAY on; 0: no history is kept. */
  readonly sketchDays: number
  /** Test only: minutes that leave a window are not subtracted. */
  readonly keepMinute?: boolean
}

/** Bytes of the shortest line that can be accepted, with every name mapped to one letter: `{"e":"v","t":0}`. */
const SHORTEST_EVENT = 15
/** Bytes of the shortest item of a line that can be accepted: `{"i":1},`. */
const SHORTEST_ITEM = 8
/** The hash tables begin with this many entries and double. */
export const FIRST_INDEX_SIZE = 1024
/** Where it cannot double any more, the items' index may be 5/8 full, see `reserveItems`. */
const FULLEST_ITEMS = 0.8
const CACHE_LINE = 64
/** What the reader may carry over from one chunk to the next: a line, its CR, a BOM, and some more. */
export const LONGEST_CARRY = MAX_LINE_BYTES + 64
/** The scanner reads whole blocks, and looks up to this many bytes behind what it scans. */
const SCAN_SLACK = 128

/** The regions that have an entry an item, and its bytes. */
const ITEM_REGIONS = [
  [abi.REGION_ITEM_HASHES, 8],
  [abi.REGION_ITEM_NAMES, 4],
  [abi.REGION_ITEM_MARKS, 8],
  [abi.REGION_FOLD_LAST, 4],
  [abi.REGION_ITEM_BEFORE, 8]
] as const

/**
 * Lays the shared memory out, from the metrics' declarations and the capacity:
 *
 *   header │ metrics │ boards ×2 │ lists │ histogram │ ranking │ items … │ totals
 *   │ names │ customers │ fold │ zone │ sketches │ pending │ chunks │ slot 0 │ slot 1 │ …
 *
 *   slot:  counts │ records │ text │ bytes │ entries
 *
 * Throws a FootfallError (`usage`) when it does not fit into the 4 GiB that 32
 * bits address.
 */
export function computeLayout(options: LayoutOptions): Layout {
  const { capacity, names } = options
  const take = allocator(abi.HEADER_END)
  const regions = new Array<number>(abi.REGION_COUNT).fill(0)
  const boardBytes = abi.BOARD_HEADLINES + HEADLINE_METRICS.length * abi.RANKING_BYTES
  const slotBytes = LONGEST_CARRY + options.chunkBytes
  const region = (number: number, bytes: number) => (regions[number] = take(bytes))

  region(abi.REGION_METRICS, METRICS.length * abi.METRIC_BYTES + HEADLINE_METRICS.length * 16)
  const parts = nameTableBytes(names)
  const keys = region(abi.REGION_NAMES, parts.names + parts.nodes + parts.texts + SCAN_SLACK)
  regions[abi.REGION_TYPES] = keys + parts.names
  regions[abi.REGION_NODES] = names.isFlat ? 0 : keys + parts.names + abi.NODE_BYTES
  regions[abi.REGION_TIMES] = names.times
  regions[abi.REGION_MINOR_DIGITS] = options.minorDigits
  region(abi.REGION_KINDS, abi.KIND_COUNT * abi.KIND_BYTES)
  region(abi.REGION_BOARDS, 2 * boardBytes)
  regions[abi.REGION_BOARD_BYTES] = boardBytes
  region(abi.REGION_LISTS, METRICS.length * LIVE_WINDOW_MINUTES * 16)
  region(abi.REGION_HISTOGRAM, LIVE_WINDOW_MINUTES * 4)
  region(abi.REGION_RANKING, abi.RANKING_BYTES)
  region(abi.REGION_ANSWER, abi.ANSWER_BYTES)
  region(abi.REGION_DAY_BEFORE, dayBeforeBytes())
  region(abi.REGION_ITEM_INDEX, indexBytes(capacity.items * FULLEST_ITEMS))
  for (const [one, bytes] of ITEM_REGIONS) region(one, capacity.items * bytes)
  // A ranking needs the one, a merge the other, and never both at a time.
  regions[abi.REGION_ITEM_SUMS] = regions[abi.REGION_ITEM_MARKS] ?? 0
  region(abi.REGION_TOTALS, HEADLINE_METRICS.length * capacity.items * 8)
  regions[abi.REGION_ITEM_CAPACITY] = capacity.items
  regions[abi.REGION_ARENA_END] = region(abi.REGION_ARENA, capacity.nameBytes) + capacity.nameBytes
  region(abi.REGION_CUSTOMER_INDEX, indexBytes(capacity.customers))
  region(abi.REGION_CUSTOMERS, capacity.customers * abi.CUSTOMER_BYTES)
  regions[abi.REGION_CUSTOMER_CAPACITY] = capacity.customers
  const foldRows = capacity.foldRows + abi.OTHER_ROWS
  region(abi.REGION_FOLD_INDEX, indexBytes(foldRows))
  region(abi.REGION_FOLD_HASHES, foldRows * 8)
  region(abi.REGION_FOLD_ROWS, foldRows * (abi.FOLD_AMOUNTS + METRICS.length * 8))
  regions[abi.REGION_FOLD_CAPACITY] = capacity.foldRows
  region(abi.REGION_ZONE, options.zoneEntries * 8)
  regions[abi.REGION_ZONE_COUNT] = options.zoneEntries
  regions[abi.REGION_KEEPS_HISTORY] = options.sketchDays > 0 ? 1 : 0
  region(abi.REGION_CHANGED_MINUTES, LIVE_WINDOW_MINUTES)
  region(abi.REGION_SKETCHES, options.sketchDays * abi.SKETCH_BYTES)
  region(abi.REGION_SKETCH_EPOCHS, options.sketchDays * 4)
  region(abi.REGION_CHANGED_SKETCHES, options.sketchDays * 4)
  regions[abi.REGION_SKETCH_DAYS] = options.sketchDays
  // A line that is undecided may have as many items as a slot has records.
  const pendingBytes = (capacity.pending + recordCapacity(slotBytes, names.hasItems)) * abi.PENDING_BYTES
  region(abi.REGION_PENDING, pendingBytes)
  regions[abi.REGION_PENDING_CAPACITY] = capacity.pending
  const chunkBytes = Math.ceil(capacity.cells / abi.CELLS_A_CHUNK) * abi.CELL_CHUNK_BYTES
  const chunks =
    Math.ceil(take(chunkBytes + abi.CELL_CHUNK_BYTES) / abi.CELL_CHUNK_BYTES) * abi.CELL_CHUNK_BYTES
  regions[abi.REGION_CHUNKS] = chunks
  regions[abi.REGION_CHUNKS_END] = chunks + chunkBytes
  regions[abi.REGION_METRIC_COUNT] = METRICS.length
  regions[abi.REGION_HEADLINE_COUNT] = HEADLINE_METRICS.length
  regions[abi.REGION_WALL_CLOCK] = options.wallClock ? 1 : 0
  regions[abi.REGION_KEEP_MINUTE] = options.keepMinute === true ? 1 : 0

  const slots = Array.from({ length: options.slots }, () => takeSlot(take, slotBytes, names.hasItems))
  return { regions, slots, pendingBytes, slotBytes, pages: pagesFor(take(0)) }
}

/** Bytes of what is kept of the day before. */
export function dayBeforeBytes(): number {
  return LIVE_WINDOW_MINUTES * (abi.ENDED_BYTES + abi.LEFT_SUMS + METRICS.length * 8)
}

/** What items take in the store, their index included; bytes. */
export function itemBytes({ items, nameBytes }: Pick<Capacity, 'items' | 'nameBytes'>): number {
  const entryBytes = ITEM_REGIONS.reduce((sum, [, bytes]) => sum + bytes, 0)
  return indexBytes(items * FULLEST_ITEMS) + items * (entryBytes + HEADLINE_METRICS.length * 8) + nameBytes
}

/** Bytes of a cell, a customer and a row of days in what a commit takes, by columns. See `changes.ts`. */
const TAKEN = { cell: 17, customer: 12, row: 8 + METRICS.length * 8 }

/** Bytes that a commit takes at most: cells, customers and rows of days. */
export function takenBytes({ cells, customers, foldRows }: Capacity): number {
  const lists = METRICS.length * LIVE_WINDOW_MINUTES
  const rows = (foldRows + abi.OTHER_ROWS) * TAKEN.row
  return (cells + lists) * TAKEN.cell + customers * TAKEN.customer + rows + 4096
}

/** What one more of each takes of the pool, without indexes: in the store, and in what a commit takes; bytes. */
export function poolCosts(keepsHistory: boolean): Readonly<Record<'customer' | 'row' | 'chunk', number>> {
  const taken = keepsHistory ? TAKEN : { cell: 0, customer: 0, row: 0 }
  return {
    customer: abi.CUSTOMER_BYTES + taken.customer,
    row: abi.FOLD_AMOUNTS + METRICS.length * 8 + 8 + taken.row,
    chunk: abi.CELL_CHUNK_BYTES + abi.CELLS_A_CHUNK * taken.cell
  }
}

/** How many records a slot has room for: every line, or item of a line, that can be accepted, and one more. */
export function recordCapacity(slotBytes: number, hasItems: boolean): number {
  return Math.ceil(slotBytes / (hasItems ? SHORTEST_ITEM : SHORTEST_EVENT)) + 1
}

function takeSlot(take: (bytes: number) => number, slotBytes: number, hasItems: boolean): SlotPlace {
  const counts = take(abi.SLOT_COUNTS_BYTES + abi.SHAPES_BYTES)
  const recordBytes = recordCapacity(slotBytes, hasItems) * abi.RECORD_BYTES
  const records = take(recordBytes)
  return {
    counts,
    records,
    recordsEnd: records + recordBytes,
    text: take(slotBytes + SCAN_SLACK),
    bytes: take(slotBytes + SCAN_SLACK),
    entries: take((MAX_LINE_BYTES + SCAN_SLACK) * 4)
  }
}

function allocator(from: number): (bytes: number) => number {
  let next = from
  return (bytes) => {
    const address = Math.ceil(next / CACHE_LINE) * CACHE_LINE
    next = address + bytes
    return address
  }
}

/** What an index of so many entries takes: it is at most half full, and a power of two. */
export function indexBytes(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(FIRST_INDEX_SIZE, entries * 2))) * 8
}

function pagesFor(bytes: number): number {
  const pages = Math.ceil(bytes / 65536)
  if (pages > 65536) {
    const gibibytes = ((pages * 65536) / 2 ** 30).toFixed(1)
    throw new FootfallError(
      'usage',
      `so many workers and such chunks would need ${gibibytes} GiB of shared memory; 4 GiB is the most there is`
    )
  }
  return pages
}
