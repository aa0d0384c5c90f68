import { FootfallError } from '../base/errors.js'
import { MAX_ID_BYTES } from '../event/limits.js'
import * as abi from '../kernel/abi.js'
import type { ActiveCustomers, LiveCells } from './changes.js'
import type { Kernel } from './kernel.js'
import { dayBeforeBytes } from './layout.js'
import type { Store } from './store.js'

/** The state of an earlier run, as commits have written it. */
export interface Restored {
  /** The clock, epoch ms; null before the first event. */
  readonly nowMs: number | null
  readonly counters: Float64Array
  readonly pending: Uint8Array
  readonly cells: LiveCells
  /** Ids of all items, from number 1 on. */
  readonly items: readonly string[]
  readonly customers: ActiveCustomers
  /** What was kept of the day before; null: nothing. */
  readonly dayBefore: Uint8Array | null
}

const MINUTE_MS = 60_000

/** The memory of the long columns, which may be moved to another thread rather than copied. */
export function columnsOf({ cells, customers }: Restored): ArrayBuffer[] {
  const columns = [
    cells.minutes,
    cells.metrics,
    cells.items,
    cells.amounts,
    customers.hashes,
    customers.minutes
  ]
  return columns.map(({ buffer }) => buffer as ArrayBuffer)
}

/**
 * Makes the state of an earlier run that of an empty store; the turn's holder
 * alone. Throws a FootfallError (`capacity`) when it does not fit.
 */
export function restore(store: Store, kernel: Kernel, state: Restored): void {
  const { memory, layout } = store
  const view = new DataView(memory.buffer)
  const bytes = Buffer.from(memory.buffer)
  const scratch = layout.slots[0]?.bytes ?? 0
  const regions = layout.regions
  if (state.nowMs !== null) {
    view.setFloat64(abi.NOW, state.nowMs, true)
    view.setInt32(abi.CURRENT_MINUTE, Math.floor(state.nowMs / MINUTE_MS), true)
  }
  // The revenue comes last. An older footfall had fewer reasons, the last ones not, and no losses: none was counted.
  state.counters.subarray(0, -1).forEach((count, place) => {
    const loss = place - abi.COUNTER_COUNT
    if (loss < 0) view.setBigUint64(abi.COUNTERS + place * 8, BigInt(count), true)
    else view.setFloat64(abi.LOSSES + loss * 8, count, true)
  })
  view.setFloat64(abi.REVENUE, state.counters.at(-1) ?? 0, true)
  // Those that there is no room for, where an earlier run had more, count as `(other)`.
  // With a bound: where 2 GiB or more lie behind it, `write` without one writes nothing.
  const known = state.items.findIndex(
    (id) => !kernel.restoreItem(scratch, bytes.write(id, scratch, MAX_ID_BYTES))
  )
  if (known >= 0) view.setFloat64(abi.LOSSES + abi.LOSS_FORGOTTEN * 8, state.items.length - known, true)
  view.setUint32(abi.COMMITTED_ITEMS, state.items.length + 1, true)
  restoreCells(state.cells, kernel, view, scratch, layout.slotBytes)
  restoreCustomers(state.customers, kernel, view, scratch, layout.slotBytes)
  if (state.pending.length > layout.pendingBytes) throw tooLarge('events ahead of the clock')
  bytes.set(state.pending, regions[abi.REGION_PENDING] ?? 0)
  kernel.restorePending(state.pending.length / abi.PENDING_BYTES)
  if (state.dayBefore?.length === dayBeforeBytes())
    bytes.set(state.dayBefore, regions[abi.REGION_DAY_BEFORE] ?? 0)
  // What was restored has not changed.
  view.setUint32(abi.EPOCH, view.getUint32(abi.EPOCH, true) + 1, true)
}

function restoreCells(cells: LiveCells, kernel: Kernel, view: DataView, scratch: number, room: number): void {
  const atOnce = Math.floor(room / abi.RESTORED_CELL_BYTES)
  for (let from = 0; from < cells.items.length; from += atOnce) {
    const to = Math.min(cells.items.length, from + atOnce)
    for (let row = from; row < to; row++) {
      const at = scratch + (row - from) * abi.RESTORED_CELL_BYTES
      view.setUint32(at, cells.metrics[row] ?? 0, true)
      view.setInt32(at + 4, cells.minutes[row] ?? 0, true)
      view.setUint32(at + 8, cells.items[row] ?? 0, true)
      view.setBigUint64(at + 16, cells.amounts[row] ?? 0n, true)
    }
    if (!kernel.restoreCells(scratch, to - from)) throw tooLarge('cells')
  }
}

function restoreCustomers(
  { hashes, minutes }: ActiveCustomers,
  kernel: Kernel,
  view: DataView,
  scratch: number,
  room: number
): void {
  const atOnce = Math.floor(room / abi.RESTORED_CUSTOMER_BYTES)
  for (let from = 0; from < hashes.length; from += atOnce) {
    const to = Math.min(hashes.length, from + atOnce)
    for (let row = from; row < to; row++) {
      const at = scratch + (row - from) * abi.RESTORED_CUSTOMER_BYTES
      view.setBigUint64(at, hashes[row] ?? 0n, true)
      view.setInt32(at + 8, minutes[row] ?? 0, true)
    }
    if (!kernel.restoreCustomers(scratch, to - from)) throw tooLarge('customers')
  }
}

function tooLarge(what: string): FootfallError {
  return new FootfallError('capacity', `the ${what} of the data directory do not fit into the store`)
}
