/**
 * The pool: customers, rows of days and cells share what the memory budget leaves
 * them, first come, first served. Each has a least of its own that the others do
 * not take. Memory that was once touched stays with the process, so what counts is
 * the most there ever was of each, and the size of their indexes. What one batch
 * adds is not foreseen: by that much the pool may be exceeded.
 */
import {
  CHUNKS_NEXT,
  CUSTOMERS_MOST,
  CUSTOMER_COUNT,
  CUSTOMER_INDEX_SIZE,
  FOLD_COUNT,
  FOLD_INDEX_SIZE,
  FOLD_MOST,
  POOL_CHUNK_BYTES,
  POOL_CUSTOMER_BYTES,
  POOL_KIB,
  POOL_LEAST_CHUNKS,
  POOL_LEAST_CUSTOMERS,
  POOL_LEAST_ROWS,
  POOL_ROW_BYTES
} from './abi'
import { CHUNK_BYTES } from './cells'
import { sizeFor } from './index'
import { chunksAt, chunksEnd, customerCapacity, foldCapacity } from './regions'

/** How many customers there may be. */
export function customerRoom(): u32 {
  const most = mostOf(CUSTOMERS_MOST, CUSTOMER_COUNT, POOL_LEAST_CUSTOMERS)
  return min(customerCapacity, roomFor(most, load<u32>(POOL_CUSTOMER_BYTES), slotsOf(CUSTOMER_INDEX_SIZE, POOL_LEAST_CUSTOMERS)))
}

/** How many rows of days there may be. */
export function foldRoom(): u32 {
  const most = mostOf(FOLD_MOST, FOLD_COUNT, POOL_LEAST_ROWS)
  return min(foldCapacity, roomFor(most, load<u32>(POOL_ROW_BYTES), slotsOf(FOLD_INDEX_SIZE, POOL_LEAST_ROWS)))
}

/** How many chunks of cells there may be, free ones included. */
export function chunkRoom(): u32 {
  const all = <u32>((chunksEnd - chunksAt) / CHUNK_BYTES)
  return min(all, mostChunks() + <u32>min(<f64>all, bytesLeft() / <f64>load<u32>(POOL_CHUNK_BYTES)))
}

/** Notes how many there are before some are dropped. */
export function noteMost(most: usize, count: u32): void {
  if (count > load<u32>(most)) store<u32>(most, count)
}

function mostOf(most: usize, count: usize, least: usize): u32 {
  noteMost(most, load<u32>(count))
  return max(load<u32>(most), load<u32>(least))
}

/** Slots of an index: what it has, or needs for the least there is room for. */
function slotsOf(size: usize, least: usize): u32 {
  return sizeFor(load<u32>(size), load<u32>(least))
}

function mostChunks(): u32 {
  return max(<u32>((<usize>load<u32>(CHUNKS_NEXT) - chunksAt) / CHUNK_BYTES), load<u32>(POOL_LEAST_CHUNKS))
}

function bytesLeft(): f64 {
  const customers = <f64>mostOf(CUSTOMERS_MOST, CUSTOMER_COUNT, POOL_LEAST_CUSTOMERS) * <f64>load<u32>(POOL_CUSTOMER_BYTES)
  const rows = <f64>mostOf(FOLD_MOST, FOLD_COUNT, POOL_LEAST_ROWS) * <f64>load<u32>(POOL_ROW_BYTES)
  const chunks = <f64>mostChunks() * <f64>load<u32>(POOL_CHUNK_BYTES)
  const slots = <f64>slotsOf(CUSTOMER_INDEX_SIZE, POOL_LEAST_CUSTOMERS) + <f64>slotsOf(FOLD_INDEX_SIZE, POOL_LEAST_ROWS)
  return max(0, <f64>load<u32>(POOL_KIB) * 1024 - customers - rows - chunks - slots * 8)
}

/**
 * How many entries of `bytes` each there is room for where there were up to `most`,
 * in an index that is at most half full: of `size` slots, or of as many times the
 * double of it as there is room for.
 */
function roomFor(most: u32, bytes: u32, size: u32): u32 {
  let left = bytesLeft()
  let room = entries(most, left, bytes, size)
  while (room == size >> 1 && size < 0x40000000) {
    left -= <f64>size * 8
    size <<= 1
    if (left < 0) break
    const more = entries(most, left, bytes, size)
    if (more <= room) break
    room = more
  }
  return room
}

function entries(most: u32, left: f64, bytes: u32, size: u32): u32 {
  return <u32>min(<f64>(size >> 1), <f64>most + left / <f64>bytes)
}
