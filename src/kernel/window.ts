/**
 * Time moves on: minutes close, leave the headline windows and then the live
 * window. Each headline metric has the running total of each item over its
 * window, their sum, and the number of items above 0 (16 bytes a headline,
 * behind the metric table).
 */
import {
  CURRENT_MINUTE,
  METRIC_AMOUNT,
  METRIC_BLOCK_COUNT,
  METRIC_BLOCK_END,
  METRIC_BYTES,
  METRIC_HEADLINE,
  KIND_BYTES,
  METRIC_WINDOW,
  AMOUNT_ONE,
  AMOUNT_QUANTITY
} from './abi'
import {
  LIVE_MINUTES,
  STRIDE,
  append,
  appended,
  cellAfter,
  cellAmount,
  cellCount,
  cellItem,
  cellsBegin,
  cellsBetween,
  cellsStop,
  clear,
  firstChunk,
  lastEnd,
  listOf,
  merge,
  push
} from './cells'
import { sumOf, sumOfItem } from './cell-sums'
import { forget } from './customers'
import { addToLeft, noteEnded } from './day-before'
import { fold, foldCells } from './fold'
import { noteChanged, placeOf } from './hours'
import {
  changedMinutesAt,
  itemCapacity,
  keepMinute,
  keepsHistory,
  kindsAt,
  metricCount,
  metricsAt,
  otherItem,
  totalsAt
} from './regions'

// @ts-ignore: decorator
@inline
export function metricAt(metric: u32): usize {
  return metricsAt + <usize>metric * METRIC_BYTES
}

// @ts-ignore: decorator
@inline
export function totalsOf(headline: u32): usize {
  return totalsAt + ((<usize>headline * itemCapacity) << 3)
}

/** Sum u64 and number of items u32 of a headline's window. */
// @ts-ignore: decorator
@inline
export function windowOf(headline: u32): usize {
  return metricsAt + <usize>metricCount * METRIC_BYTES + (<usize>headline << 4)
}

/** What an event adds to a metric of its kind. */
// @ts-ignore: decorator
@inline
function amountOf(metric: usize, quantity: u32, revenue: u64): u64 {
  const amount = load<u32>(metric, METRIC_AMOUNT)
  if (amount == AMOUNT_ONE) return 1
  return amount == AMOUNT_QUANTITY ? <u64>quantity : revenue
}

/** Counts an event in its minute of the live window, and in the headline windows that the minute is in. */
export function countLive(minute: i32, kind: u32, item: u32, quantity: u32, revenue: u64): void {
  const current = load<i32>(CURRENT_MINUTE)
  let entry = kindsAt + <usize>kind * KIND_BYTES
  for (let left = load<u32>(entry); left > 0; left--) {
    entry += 4
    const metric = load<u32>(entry)
    const declared = metricAt(metric)
    const amount = amountOf(declared, quantity, revenue)
    if (amount == 0) continue
    const place = placeOf(metric, minute)
    append(listOf(metric, place), item, amount)
    if (place != minute) noteChanged(place)
    // A window has all of a block or nothing of it, as long as it has or lacks the minute.
    const window = load<i32>(declared, METRIC_WINDOW)
    if (minute > current - window) addToWindow(load<u32>(declared, METRIC_HEADLINE), item, amount)
  }
  noteChanged(minute)
}

/** Counts an amount in a headline window, if the metric has one and the minute is in it. */
export function countInWindow(metric: u32, minute: i32, item: u32, amount: u64): void {
  const declared = metricAt(metric)
  const window = load<i32>(declared, METRIC_WINDOW)
  if (minute > load<i32>(CURRENT_MINUTE) - window) addToWindow(load<u32>(declared, METRIC_HEADLINE), item, amount)
}

/** Counts an event that is older than the live window: where no history is kept, for the day before alone. */
export function countLate(minute: i32, kind: u32, item: u32, quantity: u32, revenue: u64): void {
  const isOfDayBefore = minute > load<i32>(CURRENT_MINUTE) - 2 * LIVE_MINUTES
  if (!keepsHistory && !isOfDayBefore) return
  let entry = kindsAt + <usize>kind * KIND_BYTES
  for (let left = load<u32>(entry); left > 0; left--) {
    entry += 4
    const metric = load<u32>(entry)
    const amount = amountOf(metricAt(metric), quantity, revenue)
    if (amount == 0) continue
    if (keepsHistory) fold(minute, item, metric, amount)
    if (isOfDayBefore) addToLeft(minute, metric, amount)
  }
}

function addToWindow(headline: u32, item: u32, amount: u64): void {
  const window = windowOf(headline)
  const at = totalsOf(headline) + (<usize>item << 3)
  const total = load<u64>(at)
  store<u64>(at, total + amount)
  store<u64>(window, load<u64>(window) + amount)
  if (total == 0 && item != 0 && item != otherItem) store<u32>(window, load<u32>(window, 8) + 1, 8)
}

/** A block of records of the current minute begins, each counted by `appendLive`. */
export function beginBlock(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    const list = listOf(metric, minute)
    store<u32>(metricAt(metric), cellCount(list), METRIC_BLOCK_COUNT)
    store<u32>(metricAt(metric), <u32>lastEnd(list), METRIC_BLOCK_END)
  }
}

/** Counts an event of the current minute, but not yet in the headline windows. */
// @ts-ignore: decorator
@inline
export function appendLive(minute: i32, kind: u32, item: u32, quantity: u32, revenue: u64): void {
  let entry = kindsAt + <usize>kind * KIND_BYTES
  for (let left = load<u32>(entry); left > 0; left--) {
    entry += 4
    const metric = load<u32>(entry)
    const amount = amountOf(metricAt(metric), quantity, revenue)
    if (amount != 0) push(listOf(metric, minute), item, amount)
  }
}

/** Counts what the block has appended in the headline windows, all of which have the current minute. */
export function endBlock(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    const declared = metricAt(metric)
    const list = listOf(metric, minute)
    const before = load<u32>(declared, METRIC_BLOCK_COUNT)
    const more = cellCount(list) - before
    if (more == 0) continue
    if (load<u32>(declared, METRIC_WINDOW) != 0) {
      const from = before == 0 ? cellsBegin(firstChunk(list)) : cellAfter(load<u32>(declared, METRIC_BLOCK_END))
      moveCells(load<u32>(declared, METRIC_HEADLINE), from, more, 1)
    }
    appended(list, more)
    noteChanged(minute)
  }
}

/**
 * Adds `left` cells, above 0, from `cell` on to a headline window (`sign` 1), or
 * takes them out again (-1). The loop has no branches but its own, since a total
 * that begins or ends at 0 is hard to foresee.
 */
function moveCells(headline: u32, cell: usize, left: u32, sign: u64): void {
  const window = windowOf(headline)
  const totals = totalsOf(headline)
  const otherAt = totals + (<usize>otherItem << 3)
  const noItem = load<u64>(totals)
  const other = load<u64>(otherAt)
  let sum: u64 = 0
  let items: u32 = 0
  while (true) {
    const stop = cellsStop(cell, left)
    left -= cellsBetween(cell, stop)
    for (; cell < stop; cell += STRIDE) {
      const at = totals + (<usize>cellItem(cell) << 3)
      const amount = cellAmount(cell) * sign
      const before = load<u64>(at)
      const after = before + amount
      store<u64>(at, after)
      sum += amount
      items += <u32>(before == 0) - <u32>(after == 0)
    }
    if (left == 0) break
    cell = cellAfter(stop)
  }
  // Number 0 is no item, and the last one stands for many.
  items -= <u32>(noItem == 0) - <u32>(load<u64>(totals) == 0)
  items -= <u32>(other == 0) - <u32>(load<u64>(otherAt) == 0)
  store<u64>(window, load<u64>(window) + sum)
  store<u32>(window, load<u32>(window, 8) + items, 8)
}

/** Adds all amounts of a metric's minute, which has some, up to one of `(other)`, and one of no item. */
export function collapse(metric: u32, minute: i32): void {
  const list = listOf(metric, minute)
  const declared = metricAt(metric)
  const isInWindow = minute > load<i32>(CURRENT_MINUTE) - load<i32>(declared, METRIC_WINDOW)
  const from = cellsBegin(firstChunk(list))
  if (isInWindow) moveCells(load<u32>(declared, METRIC_HEADLINE), from, cellCount(list), -1)
  const noItem = sumOfItem(list, 0)
  const other = sumOf(list) - noItem
  clear(list)
  collapseInto(declared, list, 0, noItem, isInWindow)
  collapseInto(declared, list, otherItem, other, isInWindow)
}

function collapseInto(declared: usize, list: usize, item: u32, sum: u64, isInWindow: bool): void {
  if (sum == 0) return
  append(list, item, sum)
  if (isInWindow) addToWindow(load<u32>(declared, METRIC_HEADLINE), item, sum)
}

/**
 * Moves the current minute on to `to`, minute by minute, since each one leaves
 * on its own; after 1440 steps nothing is left that could leave.
 */
export function advance(to: i32): void {
  const from = load<i32>(CURRENT_MINUTE)
  if (from >= 0) {
    closeMinute(from)
    const steps = min(to - from, LIVE_MINUTES)
    for (let minute = from + 1; minute <= from + steps; minute++) {
      noteEnded(minute - 1)
      enter(minute)
    }
  }
  store<i32>(CURRENT_MINUTE, to)
}

function closeMinute(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) merge(listOf(metric, minute))
}

function enter(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    const window = load<i32>(metricAt(metric), METRIC_WINDOW)
    if (window != 0 && minute - window >= 0) leaveWindow(metric, minute - window)
  }
  if (minute >= LIVE_MINUTES) leaveLive(minute - LIVE_MINUTES)
}

function leaveWindow(metric: u32, minute: i32): void {
  if (keepMinute) return
  const list = listOf(metric, minute)
  const count = cellCount(list)
  if (count == 0) return
  moveCells(load<u32>(metricAt(metric), METRIC_HEADLINE), cellsBegin(firstChunk(list)), count, -1)
}

function leaveLive(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    const list = listOf(metric, minute)
    if (cellCount(list) == 0) continue
    if (keepsHistory) foldCells(minute, metric, list)
    addToLeft(minute, metric, sumOf(list))
    clear(list)
  }
  forget(minute)
  if (keepsHistory) store<u8>(changedMinutesAt + <usize>(minute % LIVE_MINUTES), 0)
}
