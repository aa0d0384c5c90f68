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
import { blurredFrom } from './hours'
import { nameBefore, nameOf } from './items'
import { otherItem } from './regions'
import { metricAt, totalsOf, windowOf } from './window'

/** Ranks a metric that has a headline over its own window into `target`. */
export function rankHeadline(metric: u32, target: usize): void {
  const headline = load<u32>(metricAt(metric), METRIC_HEADLINE)
  const window = windowOf(headline)
  rank(target, totalsOf(headline), load<u64>(window), load<u32>(window, 8), 1)
  noteBlurred(target, metric, load<i32>(metricAt(metric), METRIC_WINDOW))
}

function noteBlurred(target: usize, metric: u32, minutes: i32): void {
  store<u32>(target, blurredFrom(metric, max(0, load<i32>(CURRENT_MINUTE) - minutes + 1)), RANKING_BLURRED)
}

/**
 * Ranks the items by the values at `values`, times `sign` (1 or -1); at most `items`
 * of them, no item and `(other)` not counted, are above 0 then.
 */
export function rank(target: usize, values: usize, sum: u64, items: u32, sign: i64): void {
  const rows = target + RANKING_ROWS
  const count = load<u32>(ITEM_COUNT)
  let length: u32 = 0
  let seen: u32 = 0
  for (let item: u32 = 1; item < count && seen < items; item++) {
    const value = load<i64>(values + (<usize>item << 3)) * sign
    if (value <= 0) continue
    seen++
    if (length < <u32>RANKING_CAPACITY) {
      siftUp(rows, length, <u64>value, item)
      length++
    } else if (after(load<u64>(rows, ROW_VALUE), load<u32>(rows, ROW_ITEM), <u64>value, item)) {
      siftDown(rows, length, <u64>value, item)
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
  store<u32>(target, 0, RANKING_BLURRED)
}

// @ts-ignore: decorator
@inline
function rowAt(rows: usize, place: u32): usize {
  return rows + <usize>place * ROW_BYTES
}

/** Whether row `a` stands after row `b`. */
// @ts-ignore: decorator
@inline
export function after(aValue: u64, aItem: u32, bValue: u64, bItem: u32): bool {
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
