import t from 'tap'
import * as limits from '../../src/base/limits.js'
import { MAX_ID_BYTES, MAX_LINE_BYTES } from '../../src/event/limits.js'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import * as abi from '../../src/kernel/abi.js'
import { MOST_FOLD_ROWS } from '../../src/ingest/keeping.js'
import { DISCARD_FROM } from '../../src/ingest/line-cutter.js'
import { nameTable } from '../../src/store/names.js'
import { PRESETS } from '../../src/event/presets.js'
import { DEFAULT_CAPACITY, LONGEST_CARRY, computeLayout, recordCapacity } from '../../src/store/layout.js'
import { createStore } from '../../src/store/store.js'

t.test('bounds that rely on each other', (t) => {
  const ascending = [limits.DEFAULT_ROWS, limits.MAX_ROWS]
  t.strictSame(
    ascending.toSorted((a, b) => a - b),
    ascending
  )
  const chunks = [limits.MIN_CHUNK_BYTES, limits.DEFAULT_CHUNK_BYTES, limits.MAX_CHUNK_BYTES]
  t.strictSame(
    chunks.toSorted((a, b) => a - b),
    chunks
  )
  t.ok(limits.MAX_PATH_PART_CHARS >= 3 * MAX_ID_BYTES, 'an id fits into a path, percent-encoded')
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

t.test('the fold has room for all that a batch can fold', (t) => {
  const records = recordCapacity(LONGEST_CARRY + limits.DEFAULT_CHUNK_BYTES, true)
  const { items, foldRows, pending } = DEFAULT_CAPACITY
  t.ok(foldRows >= 2 * items + MOST_FOLD_ROWS + pending + records)
  t.end()
})

t.test('the default capacity leaves room for many workers and large chunks', (t) => {
  const options = {
    capacity: DEFAULT_CAPACITY,
    wallClock: false,
    names: nameTable(IDENTITY_MAPPING),
    minorDigits: 2,
    zoneEntries: 200,
    sketchDays: 23_000
  }
  for (const [workers, chunkBytes] of [
    [1, limits.MAX_CHUNK_BYTES],
    [limits.MAX_WORKERS, limits.DEFAULT_CHUNK_BYTES]
  ] as const) {
    t.ok(computeLayout({ ...options, slots: limits.slotsFor(workers), chunkBytes }).pages <= 65536)
  }
  const withItems = { ...options, names: nameTable(PRESETS.ga4), chunkBytes: limits.DEFAULT_CHUNK_BYTES }
  t.ok(computeLayout({ ...withItems, slots: limits.slotsFor(limits.MAX_WORKERS / 2) }).pages <= 65536)
  t.throws(
    () =>
      createStore({
        ...options,
        mapping: IDENTITY_MAPPING,
        slots: limits.slotsFor(limits.MAX_WORKERS),
        chunkBytes: limits.MAX_CHUNK_BYTES
      }),
    { code: 'usage' }
  )
  t.end()
})
