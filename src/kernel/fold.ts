/**
 * The fold: what has left the live window, added up by day and item until it
 * is drained into the history; where none is kept, nothing is folded. A row is
 * day (local, since the epoch) i32, item u32 and one u64 a metric; rows are
 * dense, found through an index over (day, item). Beyond their capacity there are
 * those of `(other)`, one a day, for what has no room of its own.
 */
import { FOLD_AMOUNTS, FOLD_COUNT, FOLD_DAY, FOLD_INDEX_SIZE, FOLD_ITEM, FOLD_MOST, FOLD_ROOM, LOSS_FOLDED } from './abi'
import { PER_CHUNK, STRIDE, cellAmount, cellCount, cellItem, cellsBegin, cellsEnd, firstChunk, nextChunk } from './cells'
import { hashKey } from './hash'
import { find, insert, rebuild } from './index'
import { addLoss } from './losses'
import { foldRoom, noteMost } from './pool'
import { dayOf } from './zone'
import {
  foldHashesAt,
  foldIndexAt,
  foldLastAt,
  foldRowBytes,
  foldRowsAt,
  metricCount,
  otherItem
} from './regions'

/** Adds to a day's row of an item. */
export function fold(minute: i32, item: u32, metric: u32, amount: u64): void {
  foldInto(<u32>dayOf(minute), item, amountsOf(metric), amount)
}

/** Adds a list of cells, all of one minute and metric. */
export function foldCells(minute: i32, metric: u32, list: usize): void {
  const day = <u32>dayOf(minute)
  const amounts = amountsOf(metric)
  let left = cellCount(list)
  for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
    const end = cellsEnd(chunk, left)
    for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) {
      foldInto(day, cellItem(cell), amounts, cellAmount(cell))
    }
    left -= min(left, PER_CHUNK)
  }
}

/** Most items fold into the same day again and again: each remembers its last row. */
// @ts-ignore: decorator
@inline
function foldInto(day: u32, item: u32, amounts: usize, amount: u64): void {
  const remembered = foldLastAt + (<usize>item << 2)
  let number = load<u32>(remembered)
  if (number >= load<u32>(FOLD_COUNT) || load<u64>(foldRow(number)) != (((<u64>item) << 32) | day)) {
    number = rowNumber(day, item)
    store<u32>(remembered, number)
  }
  const at = foldRow(number) + amounts
  store<u64>(at, load<u64>(at) + amount)
}

// @ts-ignore: decorator
@inline
function foldRow(number: u32): usize {
  return foldRowsAt + <usize>number * foldRowBytes
}

/** Where a metric's amount is in a row. */
// @ts-ignore: decorator
@inline
function amountsOf(metric: u32): usize {
  return <usize>FOLD_AMOUNTS + (<usize>metric << 3)
}

function rowNumber(day: u32, item: u32): u32 {
  const hash = hashKey(((<u64>day) << 32) | item)
  let size = load<u32>(FOLD_INDEX_SIZE)
  const found = find(foldIndexAt, size, foldHashesAt, 3, hash)
  if (found >= 0) return found
  const number = load<u32>(FOLD_COUNT)
  if (number >= load<u32>(FOLD_ROOM) && item != otherItem) {
    addLoss(LOSS_FOLDED)
    return rowNumber(day, otherItem)
  }
  if (number << 1 >= size) {
    size <<= 1
    store<u32>(FOLD_INDEX_SIZE, size)
    rebuild(foldIndexAt, size, foldHashesAt, 3, number)
  }
  store<u32>(FOLD_COUNT, number + 1)
  store<u64>(foldHashesAt + (<usize>number << 3), hash)
  insert(foldIndexAt, size, hash, number + 1)
  const row = foldRow(number)
  store<u32>(row, day, FOLD_DAY)
  store<u32>(row, item, FOLD_ITEM)
  memory.fill(row + FOLD_AMOUNTS, 0, <usize>metricCount << 3)
  return number
}

/** Finds out how many rows there may be. */
export function reserveFold(): void {
  store<u32>(FOLD_ROOM, foldRoom())
}

/** Forgets all rows, after they were read. */
export function clearFold(): void {
  noteMost(FOLD_MOST, load<u32>(FOLD_COUNT))
  store<u32>(FOLD_COUNT, 0)
  memory.fill(foldIndexAt, 0, (<usize>load<u32>(FOLD_INDEX_SIZE)) << 3)
}
