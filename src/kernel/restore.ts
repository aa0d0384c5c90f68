/**
 * The state of an earlier run: what was committed becomes the store's state.
 * Before, the clock has been set. All say whether there was room.
 */
import {
  ARENA_NEXT,
  CHUNKS_FREE_COUNT,
  CHUNKS_NEXT,
  CURRENT_MINUTE,
  ITEM_COUNT,
  ITEM_INDEX_SIZE,
  RESTORED_CELL_BYTES,
  RESTORED_CUSTOMER_BYTES
} from './abi'
import { CHUNK_BYTES, LIVE_MINUTES, append, listOf } from './cells'
import { reserveCustomers, seen } from './customers'
import { hashBytes } from './hash'
import { sizeFor } from './index'
import { NAME_OVERHEAD, intern, rebuildItems } from './items'
import { arenaEnd, chunksEnd, itemCapacity } from './regions'
import { countInWindow } from './window'

/** Adds an item, whose number is one more than the last one's. */
export function restoreItem(name: usize, length: u32): bool {
  const count = load<u32>(ITEM_COUNT)
  if (count >= itemCapacity) return false
  if (<usize>load<u32>(ARENA_NEXT) + length + NAME_OVERHEAD > arenaEnd) return false
  const size = load<u32>(ITEM_INDEX_SIZE)
  if ((count + 1) << 1 > size) rebuildItems(sizeFor(size, count + 1))
  return intern(name, length, hashBytes(name, length)) == count
}

/** Adds `count` cells of live minutes from `at` on. */
export function restoreCells(at: usize, count: u32): bool {
  for (const end = at + <usize>count * RESTORED_CELL_BYTES; at < end; at += RESTORED_CELL_BYTES) {
    if (load<u32>(CHUNKS_FREE_COUNT) == 0 && <usize>load<u32>(CHUNKS_NEXT) + CHUNK_BYTES > chunksEnd) return false
    const metric = load<u32>(at)
    const minute = load<i32>(at, 4)
    if (!isLive(minute)) return false
    const item = load<u32>(at, 8)
    const amount = load<u64>(at, 16)
    append(listOf(metric, minute), item, amount)
    countInWindow(metric, minute, item, amount)
  }
  return true
}

/** Adds `count` active customers from `at` on. */
export function restoreCustomers(at: usize, count: u32): bool {
  if (!reserveCustomers(count)) return false
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
