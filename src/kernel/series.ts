/** What an item, or the shop, has in each live minute, and where an item stands. */
import { ANSWER_ID, CURRENT_MINUTE, ITEM_COUNT, METRIC_HEADLINE } from './abi'
import { sumOf, sumOfItem } from './cell-sums'
import { LIVE_MINUTES, cellCount, listOf } from './cells'
import { hashBytes } from './hash'
import { findItem, nameBefore, nameOf } from './items'
import { answerAt, metricCount } from './regions'
import { metricAt, totalsOf } from './window'

/** Number of the item whose id of `length` bytes is at ANSWER_ID of the answer; 0: there is none. */
export function itemNumber(length: u32): u32 {
  const id = answerAt + ANSWER_ID
  return findItem(id, length, hashBytes(id, length))
}

/** Writes the answer's series of an item, or of all when `item` is the greatest u32; its address. */
export function seriesOf(item: u32): usize {
  const current = load<i32>(CURRENT_MINUTE)
  memory.fill(answerAt, 0, <usize>metricCount * <usize>LIVE_MINUTES << 3)
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    for (let minute = max(0, current - LIVE_MINUTES + 1); minute <= current; minute++) {
      const list = listOf(metric, minute)
      if (cellCount(list) == 0) continue
      const at = answerAt + ((<usize>metric * <usize>LIVE_MINUTES + <usize>(minute % LIVE_MINUTES)) << 3)
      store<u64>(at, item == u32.MAX_VALUE ? sumOf(list) : sumOfItem(list, item))
    }
  }
  return answerAt
}

/** Sum of a metric over the last minutes of the series that `seriesOf` has written. */
export function sumOfSeries(metric: u32, minutes: i32): u64 {
  const current = load<i32>(CURRENT_MINUTE)
  const series = answerAt + ((<usize>metric * <usize>LIVE_MINUTES) << 3)
  let sum: u64 = 0
  for (let minute = max(0, current - minutes + 1); minute <= current; minute++) {
    sum += load<u64>(series + (<usize>(minute % LIVE_MINUTES) << 3))
  }
  return sum
}

/** Rank of an item in the window of a metric's headline; 0 where it has nothing there. */
export function rankOf(metric: u32, item: u32): u32 {
  const totals = totalsOf(load<u32>(metricAt(metric), METRIC_HEADLINE))
  const value = load<u64>(totals + (<usize>item << 3))
  if (value == 0) return 0
  const count = load<u32>(ITEM_COUNT)
  const name = nameOf(item)
  const isLong = load<u16>(name) >= 8
  const begin = beginOf(name, name)
  let ahead = i64x2.splat(0)
  let rank: u32 = 1
  let other: u32 = 1
  for (; other + 1 < count; other += 2) {
    const total = totals + (<usize>other << 3)
    const left = load<u64>(total)
    const right = load<u64>(total, 8)
    if (left < value && right < value) continue
    if (left == value && right == value && isLong) {
      const leftName = nameOf(other)
      const rightName = nameOf(other + 1)
      const begins = beginOf(leftName, rightName)
      const isClear = load<u16>(leftName) >= 8 && load<u16>(rightName) >= 8
      if (isClear && !v128.any_true(i64x2.eq(begins, begin))) {
        // Where it is so, the lane is -1.
        ahead = i64x2.sub(ahead, i64x2.lt_s(begins, begin))
        continue
      }
    }
    rank += isBefore(left, other, value, item) + isBefore(right, other + 1, value, item)
  }
  if (other < count) rank += isBefore(load<u64>(totals + (<usize>other << 3)), other, value, item)
  return rank + <u32>(i64x2.extract_lane(ahead, 0) + i64x2.extract_lane(ahead, 1))
}

// @ts-ignore: decorator
@inline
function isBefore(total: u64, other: u32, value: u64, item: u32): u32 {
  return <u32>(total > value || (total == value && nameBefore(other, item)))
}

/**
 * The first eight bytes of two names, each as a number by which they are in
 * order: the first byte the greatest, and the highest bit the other way round,
 * as lanes are compared with their sign.
 */
// @ts-ignore: decorator
@inline
function beginOf(left: usize, right: usize): v128 {
  const bytes = v128.load64_lane(right, v128.load64_zero(left, 2), 1, 2)
  const turned = i8x16.shuffle(bytes, bytes, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8)
  return v128.xor(turned, i64x2.splat(i64.MIN_VALUE))
}
