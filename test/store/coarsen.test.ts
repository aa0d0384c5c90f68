import t from 'tap'
import { Bench, expected, plain } from '../support/kernel-bench.js'
import {
  FEW_CELLS,
  HOUR,
  MINUTE,
  SHAPE,
  START,
  isMarked,
  runStream,
  tenthMinute
} from '../support/marked-streams.js'
import { Oracle, type OracleEvent } from '../support/oracle.js'
import { seeded } from '../support/random.js'

t.test('minutes are merged by the hour when the room for cells runs out, and days stay exact', (t) => {
  const random = seeded(t)
  const dense = { ...SHAPE, items: 60, customers: 5, stepMs: 10_000, disorderMs: 22 * HOUR }
  const stream = { batches: 400, size: 60, next: tenthMinute, every: 16 }
  const { losses, tally } = runStream(t, random, dense, { cells: FEW_CELLS }, stream)
  t.ok(
    losses.merged.some(({ metric }) => metric === 'views'),
    JSON.stringify(losses)
  )
  t.equal(losses.collapsedTo, null)
  t.ok(tally.marked > 10 && tally.exact > 10, `${tally.marked} answers marked, ${tally.exact} not`)
  t.match(
    tally,
    { markedHours: 0, markedEarly: 0 },
    'nothing of the last hour, nor before anything is merged'
  )
  t.end()
})

t.test('where that does not help the oldest minutes of items become (other): nothing stops', (t) => {
  const random = seeded(t)
  const distinct = { ...SHAPE, items: 60_000, customers: 5, stepMs: 1000 }
  const capacity = { items: 65_536, nameBytes: 4 << 20, cells: 42 * 700 }
  const stream = { batches: 300, size: 60, next: tenthMinute, every: 16 }
  const { losses, tally } = runStream(t, random, distinct, capacity, stream)
  t.ok(losses.collapsedTo !== null, JSON.stringify(losses))
  t.ok(tally.marked > 0)
  t.end()
})

t.test('visits of no item stay what they are when a minute is collapsed', (t) => {
  const bench = new Bench({ capacity: { items: 65_536, nameBytes: 4 << 20, cells: FEW_CELLS } })
  const visit = (item: string, ms: number): OracleEvent => ({
    kind: 'page_visit',
    ms,
    item,
    customer: '',
    cents: null,
    quantity: 1n
  })
  bench.apply([...Array.from({ length: 10 }, () => visit('', START)), visit('a', START), visit('b', START)])
  for (let minute = 1; minute < 60; minute++) {
    for (let from = 0; from < 1000; from += 50) {
      const batch = Array.from({ length: 50 }, (_, place) =>
        visit(`${minute} ${from + place}`, START + minute * MINUTE)
      )
      if (bench.apply(batch) !== 0) t.fail('there was no room')
    }
  }
  bench.kernel.publish()
  const { losses, headlines } = bench.boards.read()!
  const { sum, other, items } = headlines[0]!
  t.ok(losses.collapsedTo !== null && other > 0n, `${other} of items that are not told apart`)
  t.equal(sum, 12n + 59_000n)
  t.equal(sum - other - BigInt(items), 10n, 'every item has one visit, and 10 are of none')
  t.end()
})

t.test('one hot item takes the room of one, in any number and in bursts', (t) => {
  const bench = new Bench({ capacity: { items: 16, cells: 42 * 9000, customers: 16 } })
  const oracle = new Oracle()
  for (let burst = 0; burst < 30; burst++) {
    const events = Array.from({ length: 4000 }, (): OracleEvent => ({
      kind: 'purchase',
      ms: START + burst * MINUTE,
      item: 'hot',
      customer: 'c',
      cents: 5n,
      quantity: 1n
    }))
    for (const event of events) oracle.add(event)
    t.equal(bench.apply(events), 0)
  }
  bench.kernel.publish()
  const board = bench.boards.read()!
  t.notOk(isMarked(board.headlines[2]!))
  t.strictSame(plain(board.headlines[2]!), expected(oracle, 'revenue', 1440))
  t.ok(board.cells < 30_000)
  t.end()
})
