/**
 * Time moves on: minutes close, leave the headline windows and then the live
 * window. Each headline metric has the running total of each item over its
 * window, their sum, and the number of items above 0 (16 bytes a headline,
 * behind the metric table).
 */
import {
  CURRENT_MINUTE,
  METRIC_AMOUNT,
  METRIC_BYTES,
  METRIC_HEADLINE,
  KIND_BYTES,
  METRIC_WINDOW,
  AMOUNT_ONE,
  AMOUNT_QUANTITY
} from './abi'
import {
  LIVE_MINUTES,
  PER_CHUNK,
  STRIDE,
  append,
  cellAmount,
  cellCount,
  cellItem,
  cellsBegin,
  cellsEnd,
  clear,
  firstChunk,
  listOf,
  merge,
  nextChunk
} from './cells'
import { forget } from './customers'
import { fold } from './fold'
import { changedMinutesAt, itemCapacity, keepMinute, keepsHistory, kindsAt, metricCount, metricsAt, totalsAt } from './regions'

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
    append(listOf(metric, minute), item, amount)
    const window = load<i32>(declared, METRIC_WINDOW)
    if (minute > current - window) addToWindow(load<u32>(declared, METRIC_HEADLINE), item, amount)
  }
  if (keepsHistory) store<u8>(changedMinutesAt + <usize>(minute % LIVE_MINUTES), 1)
}

/** Counts an amount in a headline window, if the metric has one and the minute is in it. */
export function countInWindow(metric: u32, minute: i32, item: u32, amount: u64): void {
  const declared = metricAt(metric)
  const window = load<i32>(declared, METRIC_WINDOW)
  if (minute > load<i32>(CURRENT_MINUTE) - window) addToWindow(load<u32>(declared, METRIC_HEADLINE), item, amount)
}

/** Counts an event that is older than the live window: where no history is kept, it is not counted anywhere. */
export function countLate(minute: i32, kind: u32, item: u32, quantity: u32, revenue: u64): void {
  if (!keepsHistory) return
  let entry = kindsAt + <usize>kind * KIND_BYTES
  for (let left = load<u32>(entry); left > 0; left--) {
    entry += 4
    const metric = load<u32>(entry)
    const amount = amountOf(metricAt(metric), quantity, revenue)
    if (amount != 0) fold(minute, item, metric, amount)
  }
}

function addToWindow(headline: u32, item: u32, amount: u64): void {
  const window = windowOf(headline)
  const at = totalsOf(headline) + (<usize>item << 3)
  const total = load<u64>(at)
  store<u64>(at, total + amount)
  store<u64>(window, load<u64>(window) + amount)
  if (total == 0 && item != 0) store<u32>(window, load<u32>(window, 8) + 1, 8)
}

function subtractFromWindow(headline: u32, item: u32, amount: u64): void {
  const window = windowOf(headline)
  const at = totalsOf(headline) + (<usize>item << 3)
  const total = load<u64>(at) - amount
  store<u64>(at, total)
  store<u64>(window, load<u64>(window) - amount)
  if (total == 0 && item != 0) store<u32>(window, load<u32>(window, 8) - 1, 8)
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
    for (let minute = from + 1; minute <= from + steps; minute++) enter(minute)
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
  const headline = load<u32>(metricAt(metric), METRIC_HEADLINE)
  const list = listOf(metric, minute)
  let left = cellCount(list)
  for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
    const end = cellsEnd(chunk, left)
    for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) {
      subtractFromWindow(headline, cellItem(cell), cellAmount(cell))
    }
    left -= min(left, PER_CHUNK)
  }
}

function leaveLive(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    const list = listOf(metric, minute)
    if (cellCount(list) == 0) continue
    if (keepsHistory) foldCells(minute, metric, list)
    clear(list)
  }
  forget(minute)
  if (keepsHistory) store<u8>(changedMinutesAt + <usize>(minute % LIVE_MINUTES), 0)
}

function foldCells(minute: i32, metric: u32, list: usize): void {
  let left = cellCount(list)
  for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
    const end = cellsEnd(chunk, left)
    for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) {
      fold(minute, cellItem(cell), metric, cellAmount(cell))
    }
    left -= min(left, PER_CHUNK)
  }
}
