/**
 * Questions over any stretch of live minutes [from, to): rankings, each row with
 * what it was in a stretch before, and what has risen and fallen most. Answers are
 * valid until the turn is passed on.
 */
import {
  ANSWER_COUNTS,
  ANSWER_ITEMS_BEFORE,
  ANSWER_RANKING,
  ANSWER_ROWS_BEFORE,
  ANSWER_ROWS_BEFORE_2,
  ANSWER_SUM_BEFORE,
  BEFORE_BYTES,
  BEFORE_RANK,
  CURRENT_MINUTE,
  ITEM_COUNT,
  METRIC_WINDOW,
  RANKING_BLURRED,
  RANKING_ITEMS,
  RANKING_LENGTH,
  RANKING_ROWS,
  ROW_BYTES,
  ROW_ITEM,
  ROW_VALUE
} from './abi'
import { PER_CHUNK, STRIDE, cellAmount, cellCount, cellItem, cellsBegin, cellsEnd, firstChunk, listOf, nextChunk } from './cells'
import { blurredFrom } from './hours'
import { after, rank, rankHeadline } from './rank'
import { answerAt, itemBeforeAt, itemSumsAt, otherItem, rankingAt } from './regions'
import { metricAt } from './window'

/** What `addUp` has found. */
let sum: u64 = 0
let items: u32 = 0

/** Ranks a metric over [from, to), 1 to 1440 minutes, into the ranking region, whose address is returned. */
export function rankRange(metric: u32, from: i32, to: i32): usize {
  if (to == load<i32>(CURRENT_MINUTE) + 1 && load<i32>(metricAt(metric), METRIC_WINDOW) == to - from) {
    rankHeadline(metric, rankingAt)
    return rankingAt
  }
  addUp(itemSumsAt, metric, from, to)
  rank(rankingAt, itemSumsAt, sum, items, 1)
  clear(itemSumsAt)
  noteBlurred(rankingAt, metric, from, to)
  return rankingAt
}

/** Ranks as `rankRange` does, and finds of each row the value and the rank it had over [before, from). */
export function compareRange(metric: u32, from: i32, to: i32, before: i32): usize {
  rankRange(metric, from, to)
  addUp(itemBeforeAt, metric, before, from)
  store<u64>(answerAt, sum, ANSWER_SUM_BEFORE)
  store<u32>(answerAt, items, ANSWER_ITEMS_BEFORE)
  takeBefore(rankingAt, answerAt + ANSWER_ROWS_BEFORE)
  findRanks(load<u32>(rankingAt, RANKING_LENGTH))
  clear(itemBeforeAt)
  noteBlurred(rankingAt, metric, before, from)
  return rankingAt
}

/**
 * Ranks by how much items have more (in the ranking region) and less (in the
 * answer's second ranking) over [from, to) than over [before, from), of those that
 * have at least `floor` in one of both. A row's value is the difference.
 */
export function rankTrends(metric: u32, before: i32, from: i32, to: i32, floor: u64): usize {
  addUp(itemBeforeAt, metric, before, from)
  addUp(itemSumsAt, metric, from, to)
  const count = load<u32>(ITEM_COUNT)
  let considered: u32 = 0
  for (let item: u32 = 1; item < count; item++) {
    const at = itemSumsAt + (<usize>item << 3)
    const now = load<u64>(at)
    const then = load<u64>(itemBeforeAt + (<usize>item << 3))
    const isConsidered = max(now, then) >= floor && (now | then) != 0
    considered += <u32>isConsidered
    store<u64>(at, isConsidered ? now - then : 0)
  }
  rank(rankingAt, itemSumsAt, 0, u32.MAX_VALUE, 1)
  rank(answerAt + ANSWER_RANKING, itemSumsAt, 0, u32.MAX_VALUE, -1)
  takeBefore(rankingAt, answerAt + ANSWER_ROWS_BEFORE)
  takeBefore(answerAt + ANSWER_RANKING, answerAt + ANSWER_ROWS_BEFORE_2)
  store<u32>(rankingAt, considered, RANKING_ITEMS)
  clear(itemSumsAt)
  clear(itemBeforeAt)
  store<u32>(rankingAt, 0, RANKING_BLURRED)
  noteBlurred(rankingAt, metric, before, from)
  noteBlurred(rankingAt, metric, from, to)
  return rankingAt
}

/** Adds the amounts of a stretch up by item at `values`, which are 0; `sum` is that of all, `items` how many are above 0. */
function addUp(values: usize, metric: u32, from: i32, to: i32): void {
  // Merges leave their marks where sums are.
  clear(values)
  sum = 0
  items = 0
  for (let minute = max(0, from); minute < to; minute++) {
    const list = listOf(metric, minute)
    let left = cellCount(list)
    for (let chunk = firstChunk(list); left > 0; chunk = nextChunk(chunk)) {
      const end = cellsEnd(chunk, left)
      for (let cell = cellsBegin(chunk); cell < end; cell += STRIDE) {
        const item = cellItem(cell)
        const at = values + (<usize>item << 3)
        const total = load<u64>(at)
        if (total == 0 && item != 0 && item != otherItem) items++
        store<u64>(at, total + cellAmount(cell))
        sum += cellAmount(cell)
      }
      left -= min(left, PER_CHUNK)
    }
  }
}

/** Sets the values of all items to 0; where `merge` has its marks, none of them may look like one. */
function clear(values: usize): void {
  memory.fill(values, 0, <usize>load<u32>(ITEM_COUNT) << 3)
  store<u64>(values + (<usize>otherItem << 3), 0)
}

/** A stretch that begins or ends within merged minutes is not exact. */
function noteBlurred(target: usize, metric: u32, from: i32, to: i32): void {
  const ends = to > load<i32>(CURRENT_MINUTE) ? 0 : blurredFrom(metric, to)
  store<u32>(target, load<u32>(target, RANKING_BLURRED) | blurredFrom(metric, max(0, from)) | ends, RANKING_BLURRED)
}

/** Of each row of a ranking what its item had before. */
function takeBefore(ranking: usize, target: usize): void {
  const length = load<u32>(ranking, RANKING_LENGTH)
  for (let place: u32 = 0; place < length; place++) {
    const item = load<u32>(ranking + RANKING_ROWS + <usize>place * ROW_BYTES, ROW_ITEM)
    const row = target + <usize>place * BEFORE_BYTES
    store<u64>(row, load<u64>(itemBeforeAt + (<usize>item << 3)))
    store<u32>(row, 0, BEFORE_RANK)
  }
}

/**
 * Finds the ranks of the rows before. Their values, in order, are thresholds; of
 * each other item is counted which is the first that it stands before, by binary
 * search. A threshold's rank is one more than those that stand before it.
 */
function findRanks(length: u32): void {
  const thresholds = sortThresholds(length)
  if (thresholds == 0) return
  const counts = answerAt + ANSWER_COUNTS
  memory.fill(counts, 0, <usize>(thresholds + 1) << 2)
  const least = load<u64>(threshold(thresholds - 1))
  const count = load<u32>(ITEM_COUNT)
  for (let item: u32 = 1; item < count; item++) {
    const value = load<u64>(itemBeforeAt + (<usize>item << 3))
    if (value < least || value == 0) continue
    const place = placeOf(value, item, thresholds)
    store<u32>(counts + (<usize>place << 2), load<u32>(counts + (<usize>place << 2)) + 1)
  }
  let before: u32 = 0
  for (let place: u32 = 0; place < thresholds; place++) {
    before += load<u32>(counts + (<usize>place << 2))
    const row = answerAt + ANSWER_ROWS_BEFORE + <usize>load<u32>(threshold(place), 12) * BEFORE_BYTES
    store<u32>(row, before + 1, BEFORE_RANK)
  }
}

/** A threshold: value u64, item u32, place of its row u32. */
// @ts-ignore: decorator
@inline
function threshold(place: u32): usize {
  return answerAt + ANSWER_ROWS_BEFORE_2 + <usize>place * 16
}

/** The rows that had a value before, in the order of that time; how many. By insertion: there are 100 at most. */
function sortThresholds(length: u32): u32 {
  let sorted: u32 = 0
  for (let place: u32 = 0; place < length; place++) {
    const value = load<u64>(answerAt + ANSWER_ROWS_BEFORE + <usize>place * BEFORE_BYTES)
    if (value == 0) continue
    const item = load<u32>(rankingAt + RANKING_ROWS + <usize>place * ROW_BYTES, ROW_ITEM)
    let target = sorted
    while (target > 0 && after(load<u64>(threshold(target - 1)), load<u32>(threshold(target - 1), 8), value, item)) {
      memory.copy(threshold(target), threshold(target - 1), 16)
      target--
    }
    store<u64>(threshold(target), value)
    store<u32>(threshold(target), item, 8)
    store<u32>(threshold(target), place, 12)
    sorted++
  }
  return sorted
}

/** The first threshold that an item stands before, or their number. */
function placeOf(value: u64, item: u32, thresholds: u32): u32 {
  let low: u32 = 0
  let high = thresholds
  while (low < high) {
    const middle = (low + high) >> 1
    const at = threshold(middle)
    if (load<u32>(at, 8) != item && after(load<u64>(at), load<u32>(at, 8), value, item)) high = middle
    else low = middle + 1
  }
  return low
}
