/** What the cells of a list add up to, all of them or those of one item. */
import { CHUNK_BYTES, PER_CHUNK, STRIDE, cellAmount, cellCount, cellItem, cellsBegin, cellsEnd, firstChunk, nextChunk } from './cells'

/** Four cells: vectors of 16 bytes begin with a cell again. */
const QUAD_BYTES: usize = 4 * STRIDE

/** What the cells of a list add up to. */
export function sumOf(list: usize): u64 {
  let sum: u64 = 0
  let left = cellCount(list)
  for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
    const end = cellsEnd(chunk, left)
    for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) sum += cellAmount(cell)
    left -= min(left, PER_CHUNK)
  }
  return sum
}

/** What the cells of a list that are of one item add up to. */
export function sumOfItem(list: usize, item: u32): u64 {
  const wanted = i32x4.splat(item)
  let sum: u64 = 0
  let left = cellCount(list)
  for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
    if (left < PER_CHUNK || hasItem(chunk, wanted)) sum += sumInChunk(chunk, left, item)
    left -= min(left, PER_CHUNK)
  }
  return sum
}

/** Whether a full chunk has a cell of an item: four cells are three vectors, with items in the same lanes each time. */
// @ts-ignore: decorator
@inline
function hasItem(chunk: usize, wanted: v128): bool {
  let first = i32x4.splat(0)
  let second = first
  let third = first
  const last = chunk + CHUNK_BYTES - QUAD_BYTES
  for (let cell = cellsBegin(chunk); ; cell = min(cell + QUAD_BYTES, last)) {
    first = v128.or(first, i32x4.eq(v128.load(cell), wanted))
    second = v128.or(second, i32x4.eq(v128.load(cell, 16), wanted))
    third = v128.or(third, i32x4.eq(v128.load(cell, 32), wanted))
    if (cell == last) break
  }
  const found = v128.or(
    v128.and(first, i32x4(-1, 0, 0, -1)),
    v128.or(v128.and(second, i32x4(0, 0, -1, 0)), v128.and(third, i32x4(0, -1, 0, 0)))
  )
  return v128.any_true(found)
}

function sumInChunk(chunk: usize, left: u32, item: u32): u64 {
  let sum: u64 = 0
  const end = cellsEnd(chunk, left)
  for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) {
    if (cellItem(cell) == item) sum += cellAmount(cell)
  }
  return sum
}
