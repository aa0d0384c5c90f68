import t from 'tap'
import * as limits from '../../src/base/limits.js'
import { MAX_ID_BYTES, MAX_LINE_BYTES } from '../../src/event/limits.js'
import * as abi from '../../src/kernel/abi.js'
import { DISCARD_FROM } from '../../src/ingest/line-cutter.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { LONGEST_CARRY } from '../../src/store/layout.js'

t.test('bounds that rely on each other', (t) => {
  const ascending = [limits.DEFAULT_ROWS, limits.MAX_ROWS]
  t.strictSame(
    ascending.toSorted((a, b) => a - b),
    ascending
  )
  const times = [limits.REQUEST_CHECK_MS, limits.REQUEST_TIMEOUT_MS, limits.CONNECTION_TIMEOUT_MS]
  t.strictSame(
    times.toSorted((a, b) => a - b),
    times
  )
  const sample: number = limits.EVENT_LOOP_SAMPLE_MS
  t.ok(
    sample > 2 * limits.MAX_EVENT_LOOP_DELAY_MS,
    'what is too late is within a sample, after its first one'
  )
  const connections: number = limits.MAX_CONNECTIONS
  t.ok(connections >= 10_500, '10,000 that are idle leave room for others')
  const chunks = [limits.MIN_CHUNK_BYTES, limits.DEFAULT_CHUNK_BYTES, limits.MAX_CHUNK_BYTES]
  t.strictSame(
    chunks.toSorted((a, b) => a - b),
    chunks
  )
  t.ok(limits.MAX_PATH_PART_CHARS >= 3 * MAX_ID_BYTES, 'an id fits into a path, percent-encoded')
  t.ok(limits.MAX_URL_CHARS > 2 * limits.MAX_PATH_PART_CHARS, 'an id may be in the path and in the query')
  t.ok(limits.MAX_HEADER_BYTES >= 2 * limits.MAX_URL_CHARS, 'a URL that is too long is told so')
  t.ok(
    2 * limits.HEARTBEAT_TICKS * limits.STREAM_TICK_MS <= limits.CONNECTION_TIMEOUT_MS,
    'a stream on which nothing happens is not closed'
  )
  t.ok(limits.MAX_EXCERPT_BYTES + 4 < DISCARD_FROM)
  t.ok(
    DISCARD_FROM <= LONGEST_CARRY && LONGEST_CARRY < 2 * MAX_LINE_BYTES,
    'the scanner indexes what is carried'
  )
  t.end()
})

t.test('a ticket has a word of its own until it is applied', (t) => {
  // Batches have slots; other tasks wait from MAX_OUTSTANDING_TASKS on, and the end is a ticket too.
  t.ok(abi.TICKET_WORDS > limits.slotsFor(limits.MAX_WORKERS) + limits.MAX_OUTSTANDING_TASKS + 1)
  t.equal(abi.TICKET_WORDS & (abi.TICKET_WORDS - 1), 0)
  t.ok(abi.PARKED + 4 * abi.TICKET_WORDS <= abi.TICKETS)
  t.ok(abi.TICKETS + 4 * abi.TICKET_WORDS <= abi.HEADER_END)
  t.end()
})

t.test('words for what is lost', (t) => {
  const metrics: number = METRICS.length
  t.ok(metrics <= abi.MOST_METRICS)
  t.equal(abi.LOSS_MERGED + abi.MOST_METRICS, abi.LOSS_FORGOTTEN)
  t.equal(abi.LOSS_FORGOTTEN + 1, abi.LOSS_COUNT)
  t.ok(abi.LOSSES + 8 * abi.LOSS_COUNT <= abi.PARKED)
  t.end()
})
