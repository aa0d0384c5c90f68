import t from 'tap'
import { LIVE_WINDOW_MINUTES, MAX_AHEAD_MS, MAX_ROWS } from '../../src/base/limits.js'
import { MAX_ID_BYTES, MAX_LINE_BYTES } from '../../src/event/limits.js'
import { REJECTION_REASONS } from '../../src/event/event.js'
import * as abi from '../../src/kernel/abi.js'
import { HEADLINE_METRICS, METRICS } from '../../src/metrics/metrics.js'
import { Bench, HISTORY } from '../support/kernel-bench.js'

t.test('the kernel’s constants say what the declarations say', (t) => {
  t.equal(abi.REASON_COUNT, REJECTION_REASONS.length)
  t.equal(REJECTION_REASONS[abi.REASON_FUTURE], 'future_timestamp')
  t.equal(abi.COUNT_CONTINUED, abi.COUNT_REJECTED + abi.REASON_COUNT, 'behind the reasons')
  t.equal(abi.COUNTER_COUNT, abi.COUNT_CONTINUED + 1)
  t.equal(abi.RANKING_CAPACITY, MAX_ROWS)
  t.equal(LIVE_WINDOW_MINUTES, 1440)
  t.equal(MAX_AHEAD_MS, 300_000)
  t.ok(HEADLINE_METRICS.every(({ headline }) => headline.windowMinutes <= LIVE_WINDOW_MINUTES))
  t.end()
})

t.test('nothing in the header overlaps', (t) => {
  t.ok(abi.REGIONS + 4 * abi.REGION_COUNT <= abi.NOW)
  t.equal(abi.LONGEST_LINE, MAX_LINE_BYTES)
  t.ok(abi.FIRST_CELL + abi.CELLS_A_CHUNK * abi.CELL_BYTES <= abi.CELL_CHUNK_BYTES)
  t.ok(abi.COUNTERS + 8 * abi.COUNTER_COUNT <= abi.PARKED)
  t.equal(abi.BOARD_LOSSES, abi.BOARD_COUNTERS + 8 * abi.COUNTER_COUNT)
  t.equal(abi.BOARD_HEADLINES, abi.BOARD_LOSSES + 8 * abi.LOSS_COUNT)
  t.ok(abi.PENDING_FIRST + 4 <= abi.LOSSES && abi.LOSSES + 8 * abi.LOSS_COUNT <= abi.POOL_KIB)
  t.ok(abi.DAY_BEFORE_CHANGED + 4 <= abi.PARKED)
  t.ok(abi.ENDED_BYTES % 8 === 0 && abi.ANSWER_COUNTS + 4 * (abi.RANKING_CAPACITY + 1) <= abi.ANSWER_ID)
  t.ok(abi.ANSWER_RANKING + abi.RANKING_BYTES <= abi.ANSWER_SUM_BEFORE)
  t.equal(abi.ANSWER_ROWS_BEFORE + 100 * abi.BEFORE_BYTES, abi.ANSWER_ROWS_BEFORE_2)
  t.equal(abi.ANSWER_ROWS_BEFORE_2 + 100 * 16, abi.ANSWER_COUNTS)
  t.equal(METRICS.length * LIVE_WINDOW_MINUTES * 8, abi.ANSWER_ID)
  t.ok(abi.ANSWER_ID + MAX_ID_BYTES + 16 <= abi.ANSWER_BYTES)
  t.equal(abi.RANKING_BYTES, abi.RANKING_ROWS + abi.RANKING_CAPACITY * abi.ROW_BYTES)
  t.end()
})

/** The regions that are addresses. */
const PLACES = new Set([
  abi.REGION_METRICS,
  abi.REGION_KINDS,
  abi.REGION_BOARDS,
  abi.REGION_LISTS,
  abi.REGION_HISTOGRAM,
  abi.REGION_RANKING,
  abi.REGION_ITEM_INDEX,
  abi.REGION_ITEM_HASHES,
  abi.REGION_ITEM_NAMES,
  abi.REGION_ITEM_MARKS,
  abi.REGION_ITEM_SUMS,
  abi.REGION_FOLD_LAST,
  abi.REGION_TOTALS,
  abi.REGION_ARENA,
  abi.REGION_CUSTOMER_INDEX,
  abi.REGION_CUSTOMERS,
  abi.REGION_FOLD_INDEX,
  abi.REGION_FOLD_HASHES,
  abi.REGION_FOLD_ROWS,
  abi.REGION_PENDING,
  abi.REGION_CHUNKS,
  abi.REGION_ZONE,
  abi.REGION_CHANGED_MINUTES,
  abi.REGION_SKETCHES,
  abi.REGION_SKETCH_EPOCHS,
  abi.REGION_CHANGED_SKETCHES,
  abi.REGION_NAMES,
  abi.REGION_TYPES,
  abi.REGION_ITEM_BEFORE,
  abi.REGION_ANSWER,
  abi.REGION_DAY_BEFORE
])

t.test('every region has a place behind the header', (t) => {
  const { layout } = new Bench({ history: HISTORY }).store
  const addresses = layout.regions.filter((_, region) => PLACES.has(region))
  t.equal(addresses.length, PLACES.size)
  t.ok(addresses.every((address) => address >= abi.HEADER_END))
  t.end()
})
