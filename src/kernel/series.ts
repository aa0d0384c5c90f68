/** What an item, or the shop, has in each live minute, and where an item stands. */
import { ANSWER_ID, CURRENT_MINUTE, ITEM_COUNT, METRIC_HEADLINE } from './abi'
import { LIVE_MINUTES, cellCount, listOf, sumOf, sumOfItem } from './cells'
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

/** Rank of an item in the window of a metric's headline; 0 where it has nothing there. */
export function rankOf(metric: u32, item: u32): u32 {
  const totals = totalsOf(load<u32>(metricAt(metric), METRIC_HEADLINE))
  const value = load<u64>(totals + (<usize>item << 3))
  if (value == 0) return 0
  const name = nameOf(item)
  const begin = load<u64>(name, 2)
  const length = <u32>load<u16>(name)
  const count = load<u32>(ITEM_COUNT)
  let rank: u32 = 1
  for (let other: u32 = 1; other < count; other++) {
    const total = load<u64>(totals + (<usize>other << 3))
    if (total > value) rank++
    else if (total == value) rank += before(other, item, begin, length)
  }
  return rank
}

/** `nameBefore` as 1 or 0, of an item that begins with these eight bytes: most names differ in those. */
// @ts-ignore: decorator
@inline
function before(other: u32, item: u32, begin: u64, length: u32): u32 {
  const name = nameOf(other)
  const bytes = load<u64>(name, 2)
  const place = ctz(bytes ^ begin) & ~7
  // Of a shorter name the bytes behind it were read too.
  if (place == 64 || <u32>(place >> 3) >= min(<u32>load<u16>(name), length)) return <u32>nameBefore(other, item)
  return <u32>(((bytes >> place) & 255) < ((begin >> place) & 255))
}
