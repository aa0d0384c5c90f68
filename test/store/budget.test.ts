import t from 'tap'
import {
  DEFAULT_MEMORY_BYTES,
  MAX_CHUNK_BYTES,
  MAX_MEMORY_BYTES,
  MAX_WORKERS,
  MIN_MEMORY_BYTES
} from '../../src/base/limits.js'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { historyDays } from '../../src/ingest/history-days.js'
import { LONGEST_CARRY, recordCapacity } from '../../src/store/layout.js'
import {
  LEAST,
  bytesOf,
  capacityWithin,
  formatBytes,
  parseMemory,
  type MemoryOptions
} from '../../src/store/budget.js'
import { sketchDaysOf } from '../../src/store/store.js'

const MIB = 2 ** 20
const days = historyDays('Europe/Berlin')
const HISTORY = {
  zoneEntries: days.fromMinutes.length,
  sketchDays: sketchDaysOf(days),
  databaseBytes: 256e6
}

function options(memoryBytes: number, more: Partial<MemoryOptions> = {}): MemoryOptions {
  return { memoryBytes, workers: 2, chunkBytes: MIB, mapping: IDENTITY_MAPPING, history: null, ...more }
}

t.test('all there is room for is within the budget, and uses it', (t) => {
  for (const history of [null, HISTORY]) {
    for (const memoryBytes of [1000 * MIB, DEFAULT_MEMORY_BYTES, 3000 * MIB]) {
      const asked = options(memoryBytes, { history })
      const taken = bytesOf(capacityWithin(asked), asked)
      t.ok(taken <= memoryBytes && taken > memoryBytes * 0.85, `${taken} of ${memoryBytes}`)
    }
  }
  t.end()
})

t.test('the default has room for 10 million items, with a history and without one', (t) => {
  for (const history of [null, HISTORY]) {
    const { items, nameBytes } = capacityWithin(options(DEFAULT_MEMORY_BYTES, { history }))
    t.ok(items > 10_000_000, `${items} items`)
    t.ok(nameBytes >= items * 20, 'with names of 12 bytes')
  }
  t.end()
})

t.test('more memory is room for more, up to what can be addressed', (t) => {
  const items = (memoryBytes: number) => capacityWithin(options(memoryBytes)).items
  t.ok(items(512 * MIB) < items(1024 * MIB) && items(1024 * MIB) < items(4096 * MIB))
  t.ok(bytesOf(capacityWithin(options(MAX_MEMORY_BYTES)), options(0)) < Infinity)
  t.end()
})

t.test('what is too little for the threads and slots is said, with what would do', (t) => {
  for (const asked of [
    options(MIN_MEMORY_BYTES, { history: HISTORY }),
    options(DEFAULT_MEMORY_BYTES / 2, { workers: MAX_WORKERS })
  ]) {
    try {
      capacityWithin(asked)
      t.fail('it is enough')
    } catch (error) {
      t.match(error, {
        code: 'usage',
        message: /too little for \d+ workers .*: --memory \d+M would do/
      })
      const enough = parseMemory(/--memory (.*) would do/.exec((error as Error).message)![1]!)
      t.ok(capacityWithin({ ...asked, memoryBytes: enough! }).items > 0)
    }
  }
  t.end()
})

t.test('a batch of the largest chunks always finds room', (t) => {
  const capacity = (chunkBytes: number) =>
    capacityWithin(options(MAX_MEMORY_BYTES, { chunkBytes, workers: 1, history: HISTORY }))
  const records = recordCapacity(LONGEST_CARRY + MAX_CHUNK_BYTES, false)
  t.ok((capacity(MAX_CHUNK_BYTES).leastCells ?? 0) > 3 * records)
  t.equal(capacity(MIB).leastCells, LEAST.cells)
  t.end()
})

t.test('sizes are read and written', (t) => {
  t.strictSame(['512M', '2G', '2GiB', '2gb', '1.5G', '1073741824', '2 GiB', '700000K'].map(parseMemory), [
    512 * MIB,
    2048 * MIB,
    2048 * MIB,
    2048 * MIB,
    1536 * MIB,
    1024 * MIB,
    2048 * MIB,
    716_800_000
  ])
  t.strictSame(
    ['', 'M', '2T', '-1G', '1e9', '255M', '9G', '2G2', 'Infinity'].map(parseMemory),
    Array(9).fill(null)
  )
  t.strictSame([512 * MIB, 2048 * MIB, 1536 * MIB].map(formatBytes), ['512 MiB', '2 GiB', '1536 MiB'])
  t.end()
})
