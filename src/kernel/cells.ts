/**
 * The minutes: for each metric and minute of the live window a list of cells
 * (item u32, amount u64), appended in chunks from a free list.
 *
 *   list, 16 bytes:   first chunk u32 │ end of the last cell u32 │ cells u32 │ of them merged u32
 *   chunk, 512 bytes: next u32 │ unused u32 │ 42 cells of 12 bytes
 *
 * Chunks are aligned to their size: a last cell that ends there fills its chunk.
 *
 * A list that has grown by as much as it holds merged, or whose minute closes,
 * is merged in place: one cell an item. Memory follows the data.
 */
import {
  CELL_BYTES,
  CELL_CHUNK_BYTES,
  CELLS_A_CHUNK,
  CHUNKS_FREE,
  CHUNKS_FREE_COUNT,
  CHUNKS_NEXT,
  FIRST_CELL,
  LIST_COUNT,
  LIVE_CELLS,
  MERGE_MARK
} from './abi'
import { itemMarksAt, listsAt } from './regions'

export const LIVE_MINUTES: i32 = 1440
export const CHUNK_BYTES: usize = CELL_CHUNK_BYTES
const CHUNK_CELLS: u32 = CELLS_A_CHUNK
const CELLS_AT: usize = FIRST_CELL
/** An open minute is first merged when it has this many cells. */
const MERGE_FROM: u32 = 4096

const FIRST: usize = 0
const END: usize = 4
const COUNT: usize = LIST_COUNT
const MERGED: usize = 12

// @ts-ignore: decorator
@inline
export function listOf(metric: u32, minute: i32): usize {
  return listsAt + ((<usize>metric * LIVE_MINUTES + <usize>(minute % LIVE_MINUTES)) << 4)
}

// @ts-ignore: decorator
@inline
export function cellCount(list: usize): u32 {
  return load<u32>(list, COUNT)
}

// @ts-ignore: decorator
@inline
export function firstChunk(list: usize): usize {
  return <usize>load<u32>(list, FIRST)
}

// @ts-ignore: decorator
@inline
export function nextChunk(chunk: usize): usize {
  return <usize>load<u32>(chunk)
}

/** End of the cells in a chunk of a list that has `left` cells from this chunk on. */
// @ts-ignore: decorator
@inline
export function cellsEnd(chunk: usize, left: u32): usize {
  return chunk + CELLS_AT + <usize>min(left, CHUNK_CELLS) * CELL_BYTES
}

// @ts-ignore: decorator
@inline
export function cellsBegin(chunk: usize): usize {
  return chunk + CELLS_AT
}

// @ts-ignore: decorator
@inline
export function cellItem(cell: usize): u32 {
  return load<u32>(cell)
}

// @ts-ignore: decorator
@inline
export function cellAmount(cell: usize): u64 {
  return load<u64>(cell, 4)
}

/** End of a list's last cell; 0 when it has none. */
// @ts-ignore: decorator
@inline
export function lastEnd(list: usize): usize {
  return <usize>load<u32>(list, END)
}

/** The cell behind the end of another one: in the same chunk, or the first of the next. */
// @ts-ignore: decorator
@inline
export function cellAfter(end: usize): usize {
  return (end & (CHUNK_BYTES - 1)) == 0 ? cellsBegin(nextChunk(end - CHUNK_BYTES)) : end
}

/** End of those of `left` cells, from `cell` on, that are in its chunk. */
// @ts-ignore: decorator
@inline
export function cellsStop(cell: usize, left: u32): usize {
  return min(cell + <usize>left * CELL_BYTES, (cell & ~(CHUNK_BYTES - 1)) + CHUNK_BYTES)
}

// @ts-ignore: decorator
@inline
export function cellsBetween(cell: usize, stop: usize): u32 {
  return <u32>(stop - cell) / CELL_BYTES
}

export const STRIDE: usize = CELL_BYTES
export const PER_CHUNK: u32 = CHUNK_CELLS

function takeChunk(): usize {
  const free = <usize>load<u32>(CHUNKS_FREE)
  if (free != 0) {
    store<u32>(CHUNKS_FREE, load<u32>(free))
    store<u32>(CHUNKS_FREE_COUNT, load<u32>(CHUNKS_FREE_COUNT) - 1)
    store<u32>(free, 0)
    return free
  }
  const chunk = <usize>load<u32>(CHUNKS_NEXT)
  store<u32>(CHUNKS_NEXT, <u32>(chunk + CHUNK_BYTES))
  store<u32>(chunk, 0)
  return chunk
}

function giveChunk(chunk: usize): void {
  store<u32>(chunk, load<u32>(CHUNKS_FREE))
  store<u32>(CHUNKS_FREE, <u32>chunk)
  store<u32>(CHUNKS_FREE_COUNT, load<u32>(CHUNKS_FREE_COUNT) + 1)
}

/** Adds a cell; `amount` is above 0. Room for a chunk was made sure of by `prepare`. */
export function append(list: usize, item: u32, amount: u64): void {
  push(list, item, amount)
  appended(list, 1)
}

/** Adds a cell without what `appended` does, which is then due for all that were added. */
// @ts-ignore: decorator
@inline
export function push(list: usize, item: u32, amount: u64): void {
  const count = load<u32>(list, COUNT)
  let cell = <usize>load<u32>(list, END)
  if ((cell & (CHUNK_BYTES - 1)) == 0) cell = startChunk(list, cell, count)
  store<u32>(cell, item)
  store<u64>(cell, amount, 4)
  store<u32>(list, <u32>(cell + CELL_BYTES), END)
  store<u32>(list, count + 1, COUNT)
}

/** Counts `more` cells that were added to a list, and merges it when it has grown enough. */
export function appended(list: usize, more: u32): void {
  store<u32>(LIVE_CELLS, load<u32>(LIVE_CELLS) + more)
  const merged = load<u32>(list, MERGED)
  if (load<u32>(list, COUNT) - merged > max(MERGE_FROM, merged)) merge(list)
}

function startChunk(list: usize, end: usize, count: u32): usize {
  const chunk = takeChunk()
  if (count == 0) store<u32>(list, <u32>chunk, FIRST)
  else store<u32>(end - CHUNK_BYTES, <u32>chunk)
  return chunk + CELLS_AT
}

/**
 * One cell an item, in the order of their first appearance. What has been seen
 * is kept in a sparse set over the items (Briggs and Torczon 1993): for each
 * item a mark, which is this merge's own, and the place of its cell, u32 each.
 */
export function merge(list: usize): void {
  let left = load<u32>(list, COUNT)
  if (left == load<u32>(list, MERGED)) return
  const before = left
  const mark = load<u32>(MERGE_MARK) + 1
  store<u32>(MERGE_MARK, mark)
  let kept: u32 = 0
  let target = firstChunk(list)
  let to = cellsBegin(target)
  let toEnd = cellsEnd(target, CHUNK_CELLS)
  for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
    const end = cellsEnd(chunk, left)
    for (let cell = cellsBegin(chunk); cell < end; cell += CELL_BYTES) {
      const item = load<u32>(cell)
      const marked = itemMarksAt + (<usize>item << 3)
      const amount = load<u64>(cell, 4)
      if (load<u32>(marked) == mark) {
        const place = <usize>load<u32>(marked, 4)
        store<u64>(place, load<u64>(place, 4) + amount, 4)
        continue
      }
      if (to == toEnd) {
        target = nextChunk(target)
        to = cellsBegin(target)
        toEnd = cellsEnd(target, CHUNK_CELLS)
      }
      store<u32>(marked, mark)
      store<u32>(marked, <u32>to, 4)
      store<u32>(to, item)
      store<u64>(to, amount, 4)
      to += CELL_BYTES
      kept++
    }
    left -= min(left, CHUNK_CELLS)
  }
  giveAll(nextChunk(target))
  store<u32>(target, 0)
  store<u32>(list, <u32>to, END)
  store<u32>(list, kept, COUNT)
  store<u32>(list, kept, MERGED)
  store<u32>(LIVE_CELLS, load<u32>(LIVE_CELLS) - (before - kept))
}

/** Empties a list and gives its chunks back, linked as they are: all of them but the last are full. */
export function clear(list: usize): void {
  const count = load<u32>(list, COUNT)
  if (count == 0) return
  const last = (<usize>load<u32>(list, END) - 1) & ~(CHUNK_BYTES - 1)
  store<u32>(last, load<u32>(CHUNKS_FREE))
  store<u32>(CHUNKS_FREE, load<u32>(list, FIRST))
  store<u32>(CHUNKS_FREE_COUNT, load<u32>(CHUNKS_FREE_COUNT) + (count + CHUNK_CELLS - 1) / CHUNK_CELLS)
  store<u32>(LIVE_CELLS, load<u32>(LIVE_CELLS) - count)
  store<u64>(list, 0)
  store<u64>(list, 0, 8)
}

/** Moves all cells of a list to the end of another one; a chunk must be free. */
export function moveAll(list: usize, target: usize): void {
  let left = load<u32>(list, COUNT)
  let chunk = firstChunk(list)
  while (left > 0) {
    const end = cellsEnd(chunk, left)
    for (let cell = cellsBegin(chunk); cell < end; cell += CELL_BYTES) push(target, load<u32>(cell), load<u64>(cell, 4))
    left -= min(left, CHUNK_CELLS)
    const next = nextChunk(chunk)
    giveChunk(chunk)
    chunk = next
  }
  store<u64>(list, 0)
  store<u64>(list, 0, 8)
}

/** Cells that were added to a list since it was merged. */
// @ts-ignore: decorator
@inline
export function unmergedCells(list: usize): u32 {
  return load<u32>(list, COUNT) - load<u32>(list, MERGED)
}

function giveAll(chunk: usize): void {
  while (chunk != 0) {
    const next = nextChunk(chunk)
    giveChunk(chunk)
    chunk = next
  }
}
