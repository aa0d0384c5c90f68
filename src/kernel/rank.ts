/**
 * Rankings: value descending, then name ascending by bytes. The best rows are
 * kept in a binary heap whose root is the worst of them, then sorted in place
 * (heapsort; Williams 1964). `(other)` is not ranked.
 */
import {
  ITEM_COUNT,
  RANKING_BLURRED,
  RANKING_CAPACITY,
  RANKING_ITEMS,
  RANKING_LENGTH,
  RANKING_OTHER,
  RANKING_ROWS,
  RANKING_SUM,
  ROW_BYTES,
  ROW_ITEM,
  ROW_NAME,
  ROW_VALUE,
  CURRENT_MINUTE,
  METRIC_HEADLINE,
  METRIC_WINDOW
} from './abi'
import {
  PER_CHUNK,
  STRIDE,
  cellAmount,
  cellCount,
  cellItem,
  cellsBegin,
  cellsEnd,
  firstChunk,
  listOf,
  nextChunk
} from './cells'
import { blurredFrom } from './hours'
import { nameBefore, nameOf } from './items'
import { itemSumsAt, otherItem, rankingAt } from './regions'
import { metricAt, totalsOf, windowOf } from './window'

/** Ranks a metric that has a headline over its own window into `target`. */
export function rankHeadline(metric: u32, target: usize): void {
  const headline = load<u32>(metricAt(metric), METRIC_HEADLINE)
  const window = windowOf(headline)
  rank(target, totalsOf(headline), load<u64>(window), load<u32>(window, 8))
  noteBlurred(target, metric, load<i32>(metricAt(metric), METRIC_WINDOW))
}

function noteBlurred(target: usize, metric: u32, minutes: i32): void {
  store<u32>(target, blurredFrom(metric, max(0, load<i32>(CURRENT_MINUTE) - minutes + 1)), RANKING_BLURRED)
}

/**
 * Ranks a metric over the last `minutes` minutes (1 to 1440) into the ranking
 * region, whose address is returned; valid until the turn is passed on.
 */
export function rankWindow(metric: u32, minutes: i32): usize {
  const declared = metricAt(metric)
  if (load<i32>(declared, METRIC_WINDOW) == minutes) {
    rankHeadline(metric, rankingAt)
    return rankingAt
  }
  clearSums()
  const current = load<i32>(CURRENT_MINUTE)
  let sum: u64 = 0
  let items: u32 = 0
  for (let minute = max(0, current - minutes + 1); minute <= current; minute++) {
    const list = listOf(metric, minute)
    let left = cellCount(list)
    for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
      const end = cellsEnd(chunk, left)
      for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) {
        const item = cellItem(cell)
        const at = itemSumsAt + (<usize>item << 3)
        const total = load<u64>(at)
        if (total == 0 && item != 0 && item != otherItem) items++
        store<u64>(at, total + cellAmount(cell))
        sum += cellAmount(cell)
      }
      left -= min(left, PER_CHUNK)
    }
  }
  rank(rankingAt, itemSumsAt, sum, items)
  noteBlurred(rankingAt, metric, minutes)
  clearSums()
  return rankingAt
}

/** The sums lie where `merge` has its marks, which none of them may look like. */
function clearSums(): void {
  memory.fill(itemSumsAt, 0, <usize>load<u32>(ITEM_COUNT) << 3)
  store<u64>(itemSumsAt + (<usize>otherItem << 3), 0)
}

/** Ranks the items by the u64 values at `values`; `items` of them, no item and `(other)` not counted, are above 0. */
function rank(target: usize, values: usize, sum: u64, items: u32): void {
  const rows = target + RANKING_ROWS
  const count = load<u32>(ITEM_COUNT)
  let length: u32 = 0
  let seen: u32 = 0
  for (let item: u32 = 1; item < count && seen < items; item++) {
    const value = load<u64>(values + (<usize>item << 3))
    if (value == 0) continue
    seen++
    if (length < <u32>RANKING_CAPACITY) {
      siftUp(rows, length, value, item)
      length++
    } else if (after(load<u64>(rows, ROW_VALUE), load<u32>(rows, ROW_ITEM), value, item)) {
      siftDown(rows, length, value, item)
    }
  }
  sort(rows, length)
  for (let place: u32 = 0; place < length; place++) {
    const row = rowAt(rows, place)
    store<u32>(row, <u32>nameOf(load<u32>(row, ROW_ITEM)), ROW_NAME)
  }
  store<u64>(target, sum, RANKING_SUM)
  store<u64>(target, load<u64>(values + (<usize>otherItem << 3)), RANKING_OTHER)
  store<u32>(target, items, RANKING_ITEMS)
  store<u32>(target, length, RANKING_LENGTH)
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, place: u32): usize {
  return rows + <usize>place * ROW_BYTES
}

/** Whether row `a` stands after row `b`. */
// @ts-ignore: decorator
@inline
function after(aValue: u64, aItem: u32, bValue: u64, bItem: u32): bool {
  if (aValue != bValue) return aValue < bValue
  return nameBefore(bItem, aItem)
}

// @ts-ignore: decorator
@inline
function put(row: usize, value: u64, item: u32): void {
  store<u64>(row, value, ROW_VALUE)
  store<u32>(row, item, ROW_ITEM)
}

function siftUp(rows: usize, place: u32, value: u64, item: u32): void {
  while (place > 0) {
    const parent = (place - 1) >> 1
    const row = rowAt(rows, parent)
    if (!after(value, item, load<u64>(row, ROW_VALUE), load<u32>(row, ROW_ITEM))) break
    put(rowAt(rows, place), load<u64>(row, ROW_VALUE), load<u32>(row, ROW_ITEM))
    place = parent
  }
  put(rowAt(rows, place), value, item)
}

/** Puts a row at the root of a heap of `length` rows and restores the order. */
function siftDown(rows: usize, length: u32, value: u64, item: u32): void {
  let place: u32 = 0
  while (true) {
    let child = (place << 1) + 1
    if (child >= length) break
    let row = rowAt(rows, child)
    if (child + 1 < length) {
      const other = rowAt(rows, child + 1)
      const isLater = after(
        load<u64>(other, ROW_VALUE),
        load<u32>(other, ROW_ITEM),
        load<u64>(row, ROW_VALUE),
        load<u32>(row, ROW_ITEM)
      )
      if (isLater) {
        child++
        row = other
      }
    }
    if (!after(load<u64>(row, ROW_VALUE), load<u32>(row, ROW_ITEM), value, item)) break
    put(rowAt(rows, place), load<u64>(row, ROW_VALUE), load<u32>(row, ROW_ITEM))
    place = child
  }
  put(rowAt(rows, place), value, item)
}

/** The root is the last row: taken out again and again, it fills the array from its end. */
function sort(rows: usize, length: u32): void {
  for (let left = length; left > 1; left--) {
    const last = rowAt(rows, left - 1)
    const value = load<u64>(last, ROW_VALUE)
    const item = load<u32>(last, ROW_ITEM)
    put(last, load<u64>(rows, ROW_VALUE), load<u32>(rows, ROW_ITEM))
    siftDown(rows, left - 1, value, item)
  }
}
