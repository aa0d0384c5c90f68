/**
 * Room for cells. Where there is none left, what is told coarser is, as far as
 * room is needed, and in this order:
 *
 *   1. cells of one list and item become one: no answer changes
 *   2. minutes are merged by the hour, the oldest first, metric by metric in the
 *      order of their declaration, so views first; minutes of a headline window
 *      shorter than the live one stay as they are, and so does the current hour
 *   3. the items of the oldest minutes become `(other)`
 *
 * Sums stay exact, and those of each local day. The last step always helps: it
 * leaves two cells a list at most, the other one for what is of no item.
 */
import {
  CHUNKS_FREE_COUNT,
  CHUNKS_NEXT,
  CURRENT_MINUTE,
  LIVE_CELLS,
  LOSS_COLLAPSED,
  LOSS_MERGED,
  METRIC_WINDOW
} from './abi'
import { CHUNK_BYTES, LIVE_MINUTES, PER_CHUNK, cellCount, listOf, merge, moveAll, unmergedCells } from './cells'
import { blockEnd, mergedTo, noteChanged } from './hours'
import { noteLast, setLoss } from './losses'
import { chunkRoom } from './pool'
import { chunksAt, metricCount } from './regions'
import { collapse, metricAt } from './window'

/** A list that is being moved takes one before it gives one back. */
const SPARE_CHUNKS: u32 = 2
/** How many chunks there may be, since `reserveCells`. */
let room: u32 = 0

/** Makes sure that `cells` cells can be added to any lists; false when the store is too small for that at all. */
export function reserveCells(cells: u32): bool {
  // A chunk for each list that is empty or whose last one is full, and what the cells fill.
  const lists = metricCount * <u32>LIVE_MINUTES
  room = chunkRoom()
  const needed = min(cells, lists) + cells / PER_CHUNK + SPARE_CHUNKS
  if (freeChunks() >= needed) return true
  // Some more, so that one time pays for many batches.
  coarsen(needed + (room >> 4))
  return freeChunks() >= needed
}

function freeChunks(): u32 {
  const taken = <u32>((<usize>load<u32>(CHUNKS_NEXT) - chunksAt) / CHUNK_BYTES)
  return room - min(room, taken) + load<u32>(CHUNKS_FREE_COUNT)
}

function coarsen(wanted: u32): void {
  const current = load<i32>(CURRENT_MINUTE)
  const oldest = max(0, current - LIVE_MINUTES + 1)
  compact(oldest, current)
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    while (freeChunks() < wanted && mergeHour(metric, oldest, current)) {}
  }
  for (let minute = oldest; minute <= current && freeChunks() < wanted; minute++) collapseMinute(minute)
}

/** Merges all lists, where that may gain something: else it would be tried at each batch. */
function compact(oldest: i32, current: i32): void {
  let unmerged: u32 = 0
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    for (let minute = oldest; minute <= current; minute++) unmerged += unmergedCells(listOf(metric, minute))
  }
  if (unmerged < load<u32>(LIVE_CELLS) >> 3) return
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    for (let minute = oldest; minute <= current; minute++) merge(listOf(metric, minute))
  }
}

/** Merges a metric's oldest minutes that are not yet; false when none may be. */
function mergeHour(metric: u32, oldest: i32, current: i32): bool {
  const from = max(oldest, mergedTo(metric))
  const to = blockEnd(from)
  const window = load<i32>(metricAt(metric), METRIC_WINDOW)
  // What is still in a shorter headline window would leave it too late.
  if (to > (window == 0 || window >= LIVE_MINUTES ? current : current - window + 1)) return false
  const target = listOf(metric, to - 1)
  for (let minute = from; minute < to - 1; minute++) {
    const list = listOf(metric, minute)
    if (cellCount(list) == 0) continue
    moveAll(list, target)
    noteChanged(minute)
    noteChanged(to - 1)
  }
  merge(target)
  setLoss(LOSS_MERGED + <i32>metric, <f64>to)
  return true
}

function collapseMinute(minute: i32): void {
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    if (cellCount(listOf(metric, minute)) < 3) continue
    collapse(metric, minute)
    noteChanged(minute)
    noteLast(LOSS_COLLAPSED, minute)
  }
}
