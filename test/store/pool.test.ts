import t from 'tap'
import * as abi from '../../src/kernel/abi.js'
import { LEAST } from '../../src/store/budget.js'
import { indexBytes, poolCosts } from '../../src/store/layout.js'
import { Bench, HISTORY } from '../support/kernel-bench.js'
import type { OracleEvent } from '../support/oracle.js'
import { DAY, MINUTE, START } from '../support/marked-streams.js'

const COSTS = poolCosts(true)
const LEAST_CHUNKS = Math.floor(LEAST.cells / abi.CELLS_A_CHUNK)
/** What all have in any case, and a little more to share. */
const SHARED = 16 * 2 ** 20
const INDEXES = indexBytes(LEAST.customers) + indexBytes(LEAST.foldRows)
const POOL =
  LEAST.customers * COSTS.customer +
  LEAST.foldRows * COSTS.row +
  LEAST_CHUNKS * COSTS.chunk +
  INDEXES +
  SHARED
const CAPACITY = {
  items: 500_000,
  nameBytes: 10_000_000,
  customers: 600_000,
  foldRows: 400_000,
  cells: 4_000_000
}
const BATCH = 4000

const bench = () => new Bench({ history: HISTORY, capacity: { ...CAPACITY, poolBytes: POOL } })

function view(number: number, ms: number, item = 'a'): OracleEvent {
  return { kind: 'page_visit', ms, item, customer: `c${number}`, cents: null, quantity: 1n }
}

/** Counts events in batches; `event` makes the one of a number. */
function feed(
  { apply }: { apply: (events: OracleEvent[]) => unknown },
  count: number,
  event: (number: number) => OracleEvent
): void {
  for (let from = 0; from < count; from += BATCH) {
    apply(Array.from({ length: Math.min(BATCH, count - from) }, (_, place) => event(from + place)))
  }
}

function used({ store }: Bench) {
  const words = new Uint32Array(store.memory.buffer)
  const word = (at: number) => words[at >>> 2] ?? 0
  const chunks =
    (word(abi.CHUNKS_NEXT) - (store.layout.regions[abi.REGION_CHUNKS] ?? 0)) / abi.CELL_CHUNK_BYTES
  const customers = Math.max(word(abi.CUSTOMERS_MOST), word(abi.CUSTOMER_COUNT))
  const rows = Math.max(word(abi.FOLD_MOST), word(abi.FOLD_COUNT))
  const indexes = (word(abi.CUSTOMER_INDEX_SIZE) + word(abi.FOLD_INDEX_SIZE)) * 8
  const bytes =
    Math.max(customers, LEAST.customers) * COSTS.customer +
    Math.max(rows, LEAST.foldRows) * COSTS.row +
    Math.max(chunks, LEAST_CHUNKS) * COSTS.chunk +
    Math.max(indexes, INDEXES)
  return { bytes, customers, rows, chunks }
}

t.test('what the others do not take is for customers, and then no more', (t) => {
  const alone = bench()
  feed({ apply: (events) => t.type(alone.apply(events), 'number') }, 500_000, (number) => view(number, START))
  const { customers, bytes } = used(alone)
  t.ok(customers > 4 * LEAST.customers && customers < 500_000, `${customers} customers`)
  t.ok(bytes <= POOL && bytes > POOL - 2 ** 20, `${bytes} of ${POOL} bytes`)
  const board = (alone.kernel.publish(), alone.boards.read())
  t.equal(board?.activeCustomers.day, customers)
  t.equal(board?.losses.customersTo, START / MINUTE + 1)
  t.end()
})

t.test('rows of days take from it too, and what they took they keep', (t) => {
  const filled = bench()
  const late = (number: number) => view(0, START - 3 * DAY, `i${number}`)
  feed({ apply: (events) => filled.apply(events) }, 1, (number) => view(number, START))
  feed({ apply: (events) => t.type(filled.apply(events), 'number') }, 200_000, late)
  const { rows, bytes } = used(filled)
  t.ok(rows > LEAST.foldRows + 10_000 && rows < 200_000, `${rows} rows`)
  t.ok(bytes <= POOL, `${bytes} of ${POOL} bytes`)
  filled.kernel.dropFold()
  feed({ apply: (events) => filled.apply(events) }, 100_000, (number) => view(number, START))
  t.equal(used(filled).customers, LEAST.customers, 'customers have their least')
  t.end()
})

t.test('cells stay within it: minutes are merged by the hour', (t) => {
  const filled = bench()
  const ITEMS = 20_000
  for (let minute = 0; minute < 24 * 60; minute += 10) {
    feed({ apply: (events) => t.type(filled.apply(events), 'number') }, ITEMS, (number) =>
      view(0, START + minute * MINUTE, `i${number}`)
    )
  }
  const { bytes, chunks } = used(filled)
  t.ok(chunks > LEAST_CHUNKS, `${chunks} chunks`)
  // What one batch needs at most, a chunk for each minute and metric, is not foreseen.
  t.ok(bytes <= POOL + 7200 * COSTS.chunk, `${bytes} of ${POOL} bytes`)
  filled.kernel.publish()
  const losses = filled.boards.read()?.losses
  t.strictSame(
    losses?.merged.map(({ metric }) => metric),
    ['views']
  )
  t.equal(losses?.collapsedTo, null)
  t.end()
})
