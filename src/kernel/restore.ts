/**
 * The state of an earlier run: what was committed becomes the store's state.
 * Before, the clock and the losses have been set. They say false where there was
 * no room, or what is restored cannot be.
 */
import { CURRENT_MINUTE, ITEM_COUNT, RESTORED_CELL_BYTES, RESTORED_CUSTOMER_BYTES } from './abi'
import { LIVE_MINUTES, append, listOf } from './cells'
import { reserveCells } from './coarsen'
import { reserveCustomers, seen } from './customers'
import { hashBytes } from './hash'
import { noteChanged, placeOf } from './hours'
import { hasRoom, intern, reserveItems } from './items'
import { otherItem } from './regions'
import { countInWindow } from './window'

/** For so many cells room is made at a time. */
const CELLS_AT_ONCE: u32 = 64

/** Adds an item, whose number is one more than the last one's. */
export function restoreItem(name: usize, length: u32): bool {
  if (!hasRoom()) return false
  const count = load<u32>(ITEM_COUNT)
  reserveItems(count + 1)
  return intern(name, length, hashBytes(name, length)) == count
}

/** Adds `count` cells of live minutes from `at` on; those of items that are not known become `(other)`. */
export function restoreCells(at: usize, count: u32): bool {
  for (let left = count; left > 0; left--, at += RESTORED_CELL_BYTES) {
    // What has been restored by then may have to be told coarser.
    if (left % CELLS_AT_ONCE == 0 || left == count) {
      if (!reserveCells(CELLS_AT_ONCE)) return false
    }
    const metric = load<u32>(at)
    const minute = load<i32>(at, 4)
    if (!isLive(minute)) return false
    const known = load<u32>(at, 8)
    const item = known < load<u32>(ITEM_COUNT) ? known : otherItem
    const amount = load<u64>(at, 16)
    const place = placeOf(metric, minute)
    append(listOf(metric, place), item, amount)
    if (place != minute) {
      noteChanged(minute)
      noteChanged(place)
    }
    countInWindow(metric, minute, item, amount)
  }
  return true
}

/** Adds `count` active customers from `at` on, as far as there is room. */
export function restoreCustomers(at: usize, count: u32): bool {
  reserveCustomers(count)
  for (const end = at + <usize>count * RESTORED_CUSTOMER_BYTES; at < end; at += RESTORED_CUSTOMER_BYTES) {
    const minute = load<i32>(at, 8)
    if (!isLive(minute)) return false
    seen(load<u64>(at), minute)
  }
  return true
}

function isLive(minute: i32): bool {
  const current = load<i32>(CURRENT_MINUTE)
  return minute <= current && minute > current - LIVE_MINUTES
}
