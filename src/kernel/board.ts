/**
 * The board: all that headline answers need, written into the half that
 * readers do not look at, then made valid by counting the sequence up.
 */
import {
  ARENA_NEXT,
  BOARD_ACTIVE_1H,
  BOARD_ACTIVE_24H,
  BOARD_ACTIVE_5M,
  BOARD_CELLS,
  BOARD_COUNTERS,
  BOARD_CUSTOMERS,
  BOARD_HEADLINES,
  BOARD_ITEMS,
  BOARD_LOSSES,
  BOARD_MINUTE,
  BOARD_NOW,
  BOARD_OFFSET,
  BOARD_PENDING,
  BOARD_SEQUENCE,
  BOARD_STORE_BYTES,
  CHUNKS_FREE_COUNT,
  CHUNKS_NEXT,
  COUNTERS,
  COUNTER_COUNT,
  CURRENT_MINUTE,
  CUSTOMER_COUNT,
  FOLD_COUNT,
  ITEM_COUNT,
  LIVE_CELLS,
  LOSSES,
  LOSS_COUNT,
  METRIC_HEADLINE,
  METRIC_WINDOW,
  NOW,
  OFFSET,
  PENDING_COUNT,
  RANKING_BYTES,
  REGIONS,
  REGION_ARENA,
  REGION_CHUNKS
} from './abi'
import { CHUNK_BYTES } from './cells'
import { active } from './customers'
import { rankHeadline } from './rank'
import { boardBytes, boardsAt, foldRowBytes, headlineCount, metricCount } from './regions'
import { metricAt } from './window'

export function publish(): void {
  const sequence = atomic.load<i32>(BOARD_SEQUENCE) + 1
  const board = boardsAt + <usize>(sequence & 1) * boardBytes
  store<f64>(board, load<f64>(NOW), BOARD_NOW)
  store<i32>(board, load<i32>(CURRENT_MINUTE), BOARD_MINUTE)
  store<u32>(board, load<u32>(ITEM_COUNT) - 1, BOARD_ITEMS)
  store<f64>(board, load<f64>(OFFSET), BOARD_OFFSET)
  store<u32>(board, load<u32>(CUSTOMER_COUNT), BOARD_CUSTOMERS)
  store<u32>(board, load<u32>(LIVE_CELLS), BOARD_CELLS)
  store<u32>(board, active(5), BOARD_ACTIVE_5M)
  store<u32>(board, active(60), BOARD_ACTIVE_1H)
  store<u32>(board, active(1440), BOARD_ACTIVE_24H)
  store<u32>(board, load<u32>(PENDING_COUNT), BOARD_PENDING)
  store<f64>(board, bytesInUse(), BOARD_STORE_BYTES)
  memory.copy(board + BOARD_COUNTERS, COUNTERS, (<usize>COUNTER_COUNT) << 3)
  memory.copy(board + BOARD_LOSSES, LOSSES, (<usize>LOSS_COUNT) << 3)
  for (let metric: u32 = 0; metric < metricCount; metric++) {
    const declared = metricAt(metric)
    if (load<u32>(declared, METRIC_WINDOW) == 0) continue
    rankHeadline(metric, board + BOARD_HEADLINES + <usize>load<u32>(declared, METRIC_HEADLINE) * RANKING_BYTES)
  }
  atomic.store<i32>(BOARD_SEQUENCE, sequence)
}

/** Names, cells, dense arrays and indexes in use; slots and free chunks left out. */
function bytesInUse(): f64 {
  const arena = load<u32>(ARENA_NEXT) - load<u32>(REGIONS + (REGION_ARENA << 2))
  const chunks =
    load<u32>(CHUNKS_NEXT) -
    load<u32>(REGIONS + (REGION_CHUNKS << 2)) -
    load<u32>(CHUNKS_FREE_COUNT) * <u32>CHUNK_BYTES
  const items = <f64>load<u32>(ITEM_COUNT) * <f64>(8 + 4 + 4 + 8 + (headlineCount << 3) + 32)
  const customers = <f64>load<u32>(CUSTOMER_COUNT) * (8 + 4 + 32)
  const fold = <f64>load<u32>(FOLD_COUNT) * <f64>(foldRowBytes + 8 + 32)
  return <f64>arena + <f64>chunks + items + customers + fold
}
