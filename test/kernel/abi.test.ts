import t from 'tap'
import { LIVE_WINDOW_MINUTES, MAX_AHEAD_MS, MAX_ROWS } from '../../src/base/limits.js'
import { MAX_LINE_BYTES } from '../../src/event/limits.js'
import { REJECTION_REASONS } from '../../src/event/event.js'
import * as abi from '../../src/kernel/abi.js'
import { HEADLINE_METRICS } from '../../src/metrics/metrics.js'

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
  t.ok(abi.PENDING_FIRST + 4 <= abi.LOSSES && abi.LOSSES + 8 * abi.LOSS_COUNT <= abi.PARKED)
  t.equal(abi.RANKING_BYTES, abi.RANKING_ROWS + abi.RANKING_CAPACITY * abi.ROW_BYTES)
  t.end()
})
