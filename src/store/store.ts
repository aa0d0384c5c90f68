import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { FootfallError, describeError } from '../base/errors.js'
import { packageFile } from '../base/package-file.js'
import * as abi from '../kernel/abi.js'
import { HEADLINE_METRICS, METRICS, eventTypeNumber, type Amount, type Metric } from '../metrics/metrics.js'
import { EVENT_TYPES } from '../event/event.js'
import type { FieldMapping } from '../event/mapping.js'
import {
  FIRST_INDEX_SIZE,
  computeLayout,
  poolCosts,
  takenBytes,
  type Capacity,
  type Layout,
  type LayoutOptions
} from './layout.js'
import { LEAST } from './budget.js'
import { nameTable, writeNames } from './names.js'
import { seedHashes } from './seed.js'

/** What every thread of the pipeline is handed: the shared memory and where things are in it. */
export interface Store {
  readonly memory: WebAssembly.Memory
  /** The kernel, compiled once for all threads. */
  readonly module: WebAssembly.Module
  readonly layout: Layout
  /** What a commit takes is copied to here: one at a time, so that it is bounded. Writer: the turn's holder. */
  readonly taken: SharedArrayBuffer
}

const AMOUNTS: Readonly<Record<Amount, number>> = {
  one: abi.AMOUNT_ONE,
  quantity: abi.AMOUNT_QUANTITY,
  revenue: abi.AMOUNT_REVENUE
}

const KERNEL = packageFile('dist/kernel.wasm')

export type StoreOptions = Omit<LayoutOptions, 'names' | 'zoneEntries' | 'sketchDays'> & {
  readonly mapping: FieldMapping
  /** What a history is kept by; none by default. */
  readonly history?: HistoryDays
}

export interface HistoryDays {
  /**
   * Local days: from the minute `fromMinutes[i]` since the epoch on local time is
   * `offsetMinutes[i]` ahead of UTC. Ascending.
   */
  readonly fromMinutes: Int32Array
  readonly offsetMinutes: Int32Array
  /** The last local day for which customers are counted, days since 1970-01-01. */
  readonly lastDay: number
}

const UTC: HistoryDays = {
  fromMinutes: Int32Array.of(0),
  offsetMinutes: Int32Array.of(0),
  lastDay: abi.FIRST_SKETCH_DAY - 1
}

/**
 * Makes an empty store. `seed` (8 bytes) seeds the hashes; a random one by
 * default. Throws a FootfallError when the layout does not fit, or the machine
 * refuses the address space.
 */
export function createStore(options: StoreOptions, seed: Uint8Array = randomBytes(8)): Store {
  const days = options.history ?? UTC
  const names = nameTable(options.mapping)
  const layout = computeLayout({
    ...options,
    names,
    zoneEntries: days.fromMinutes.length,
    sketchDays: sketchDaysOf(days)
  })
  const memory = reserve(layout.pages)
  const view = new DataView(memory.buffer)
  const u32 = (address: number, value: number) => {
    view.setUint32(address, value, true)
  }
  layout.regions.forEach((value, number) => {
    u32(abi.REGIONS + number * 4, value)
  })
  writeMetrics(u32, layout.regions[abi.REGION_METRICS] ?? 0)
  writeKinds(u32, layout.regions[abi.REGION_KINDS] ?? 0)
  writeNames(view, names, layout.regions[abi.REGION_NAMES] ?? 0)
  view.setInt32(abi.CURRENT_MINUTE, -1, true)
  u32(abi.EPOCH, 1)
  u32(abi.COMMITTED_ITEMS, 1)
  days.fromMinutes.forEach((from, entry) => {
    const at = (layout.regions[abi.REGION_ZONE] ?? 0) + entry * 8
    view.setInt32(at, from, true)
    view.setInt32(at + 4, days.offsetMinutes[entry] ?? 0, true)
  })
  u32(abi.ITEM_COUNT, 1)
  u32(abi.ITEM_INDEX_SIZE, FIRST_INDEX_SIZE)
  u32(abi.CUSTOMER_INDEX_SIZE, FIRST_INDEX_SIZE)
  u32(abi.FOLD_INDEX_SIZE, FIRST_INDEX_SIZE)
  writePool(u32, options.capacity, options.history !== undefined)
  u32(abi.ARENA_NEXT, layout.regions[abi.REGION_ARENA] ?? 0)
  u32(abi.CHUNKS_NEXT, layout.regions[abi.REGION_CHUNKS] ?? 0)
  const module = new WebAssembly.Module(readFileSync(KERNEL))
  const taken = new SharedArrayBuffer(options.history === undefined ? 0 : takenBytes(options.capacity))
  const store = { memory, module, layout, taken }
  seedHashes(store, seed)
  return store
}

/** Days that customers are counted for. */
export function sketchDaysOf({ lastDay }: HistoryDays): number {
  return lastDay - abi.FIRST_SKETCH_DAY + 1
}

function writePool(
  u32: (address: number, value: number) => void,
  { customers, foldRows, cells, leastCells = LEAST.cells, poolBytes = Infinity }: Capacity,
  keepsHistory: boolean
): void {
  const { customer, row, chunk } = poolCosts(keepsHistory)
  u32(abi.POOL_KIB, Math.min(0xffffffff, Math.floor(poolBytes / 1024)))
  u32(abi.POOL_CUSTOMER_BYTES, customer)
  u32(abi.POOL_ROW_BYTES, row)
  u32(abi.POOL_CHUNK_BYTES, chunk)
  u32(abi.POOL_LEAST_CUSTOMERS, Math.min(customers, LEAST.customers))
  u32(abi.POOL_LEAST_ROWS, Math.min(foldRows, LEAST.foldRows))
  u32(abi.POOL_LEAST_CHUNKS, Math.floor(Math.min(cells, leastCells) / abi.CELLS_A_CHUNK))
}

function writeMetrics(u32: (address: number, value: number) => void, table: number): void {
  const metrics: readonly Metric[] = METRICS
  metrics.forEach((metric, index) => {
    const at = table + index * abi.METRIC_BYTES
    const headline = HEADLINE_METRICS.find((candidate) => candidate.index === index)
    u32(at + abi.METRIC_KIND, eventTypeNumber(metric.eventType))
    u32(at + abi.METRIC_AMOUNT, AMOUNTS[metric.amount])
    u32(at + abi.METRIC_WINDOW, headline?.headline.windowMinutes ?? 0)
    u32(at + abi.METRIC_HEADLINE, headline?.order ?? 0)
  })
}

/** Address space; pages of it become memory when they are touched. */
function reserve(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (error) {
    const message = `cannot reserve ${pages * 65536} bytes of address space for the store: ${describeError(error)}`
    throw new FootfallError('capacity', message, { cause: error })
  }
}

/** As the kernel reserves room for. */
const MOST_METRICS_A_TYPE = 3

/** Writes which metrics an event of each type has a part in. */
function writeKinds(u32: (address: number, value: number) => void, table: number): void {
  EVENT_TYPES.forEach((type) => {
    const at = table + eventTypeNumber(type) * abi.KIND_BYTES
    const metrics = METRICS.flatMap((metric, index) => (metric.eventType === type ? [index] : []))
    if (metrics.length > MOST_METRICS_A_TYPE)
      throw new Error(`${type} has more metrics than the kernel reckons with`)
    ;[metrics.length, ...metrics].forEach((value, place) => {
      u32(at + place * 4, value)
    })
  })
}
