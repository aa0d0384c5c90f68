import t, { type Test } from 'tap'
import { METRICS } from '../../src/metrics/metrics.js'
import { takeChanges } from '../../src/store/changes.js'
import { idsOf } from '../../src/store/item-ids.js'
import { restore } from '../../src/store/restore.js'
import { Bench, HISTORY, expected, plain } from '../support/kernel-bench.js'
import { Ledger } from '../support/ledger.js'
import { Oracle } from '../support/oracle.js'
import { seeded, type Random } from '../support/random.js'
import { randomEvent, type StreamShape } from '../support/shop.js'

const SHAPES: readonly StreamShape[] = [
  { startMs: 1_700_000_000_000, items: 40, customers: 30, stepMs: 60_000, disorderMs: 3_600_000 },
  { startMs: 0, items: 300, customers: 500, stepMs: 2_000, disorderMs: 30 * 3_600_000 },
  { startMs: 1_600_000_000_000, items: 2000, customers: 2000, stepMs: 300, disorderMs: 90_000 }
]

function compare(t: Test, bench: Bench, oracle: Oracle, random: Random) {
  bench.kernel.publish()
  const board = bench.boards.read()!
  t.strictSame(plain(board.headlines[0]!), expected(oracle, 'views', 60), 'most viewed in 1 h')
  t.strictSame(plain(board.headlines[2]!), expected(oracle, 'revenue', 1440), 'top grossing in 24 h')
  const active = { fiveMinutes: oracle.active(5), hour: oracle.active(60), day: oracle.active(1440) }
  t.strictSame(board.activeCustomers, active)
  const { accepted, late, unpriced, anonymous } = board.counts
  t.strictSame(
    { accepted, late, unpriced, anonymous },
    {
      accepted: oracle.accepted,
      late: oracle.late,
      unpriced: oracle.unpriced,
      anonymous: oracle.anonymous
    }
  )
  const metric = random.int(METRICS.length)
  const minutes = 1 + random.int(1440)
  const answer = bench.rankWindow(metric, minutes)
  t.strictSame(plain(answer.ranking), expected(oracle, METRICS[metric]!.name, minutes))
}

t.test('what commits hold is the state, restored at any of them', (t) => {
  const random = seeded(t)
  for (const shape of SHAPES) {
    let bench = new Bench({ history: HISTORY })
    const oracle = new Oracle()
    const ledger = new Ledger()
    const customers = new Map<number, Set<string>>()
    let newest = shape.startMs
    let commits = 0
    for (let batch = 0; batch < 60; batch++) {
      const events = Array.from({ length: random.int(200) }, () => {
        const event = randomEvent(random, shape, newest)
        newest = Math.max(newest, event.ms)
        return event
      })
      for (const event of events) {
        oracle.add(event)
        const day = Math.floor(event.ms / 86_400_000)
        if (event.customer !== '') customers.set(day, (customers.get(day) ?? new Set()).add(event.customer))
      }
      t.equal(bench.apply(events), 0)
      if (oracle.accepted === 0 || !random.oneIn(3)) continue
      ledger.commit(takeChanges(bench.store))
      bench.kernel.dropFold()
      commits++
      if (!random.oneIn(2)) continue
      bench = new Bench({ history: HISTORY })
      restore(bench.store, bench.kernel, ledger.restored())
      compare(t, bench, oracle, random)
    }
    t.ok(commits > 5)
    ledger.commit(takeChanges(bench.store))
    compareSketches(t, ledger, customers)
  }
  t.end()
})

/** Sketches are those of exactly the customers of each day: recounting them all in one go gives the same registers. */
function compareSketches(t: Test, ledger: Ledger, customers: ReadonlyMap<number, ReadonlySet<string>>) {
  const anew = new Bench({ history: HISTORY })
  const wanted = new Ledger()
  const base = { kind: 'page_visit', item: '', cents: null, quantity: 1n } as const
  const days = [...customers.keys()].sort((a, b) => a - b)
  for (const day of days) {
    anew.apply([...customers.get(day)!].map((customer) => ({ ...base, customer, ms: day * 86_400_000 })))
  }
  wanted.commit(takeChanges(anew.store))
  t.strictSame(
    [...ledger.sketches.keys()].sort((a, b) => a - b),
    days
  )
  for (const day of days) {
    t.ok(Buffer.from(ledger.sketches.get(day)!).equals(wanted.sketches.get(day)!), `sketch of day ${day}`)
  }
}

t.test('only what has changed is taken', (t) => {
  const bench = new Bench({ history: HISTORY })
  const visit = { kind: 'page_visit', cents: null, quantity: 1n } as const
  const at = (minute: number, item: string, customer: string) => ({
    ...visit,
    ms: minute * 60_000,
    item,
    customer
  })
  bench.apply([at(3000, 'a', 'x'), at(3001, 'b', 'y')])
  const first = takeChanges(bench.store)
  t.strictSame([...first.changedMinutes], [3000, 3001])
  t.strictSame([first.newItems.first, idsOf(first.newItems.ids)], [1, ['a', 'b']])
  t.equal(first.customers.hashes.length, 2)
  const second = takeChanges(bench.store)
  t.strictSame([...second.changedMinutes], [])
  t.strictSame([second.newItems.first, idsOf(second.newItems.ids)], [3, []])
  t.equal(second.customers.hashes.length, 0)
  t.equal(second.sketches.days.length, 0)
  bench.apply([at(3000, 'a', 'y')])
  const third = takeChanges(bench.store)
  t.strictSame([...third.changedMinutes], [3000])
  t.strictSame([...third.cells.items], [1, 1], 'a changed minute is taken whole')
  t.equal(third.customers.hashes.length, 0, 'a customer that was seen later already has not changed')
  t.end()
})

t.test('days are those of the time zone', (t) => {
  // An hour behind until minute 4320, then an hour ahead.
  const history = { ...HISTORY, fromMinutes: Int32Array.of(0, 4320), offsetMinutes: Int32Array.of(-60, 60) }
  const bench = new Bench({ history })
  const visit = { kind: 'page_visit', item: 'a', customer: 'c', cents: null, quantity: 1n } as const
  const minutes = [0, 59, 60, 1499, 1500, 4319, 4320, 5699, 5700]
  const far = { ...visit, ms: 100_000 * 60_000, item: 'b', customer: '' }
  t.equal(bench.apply([...minutes.map((minute) => ({ ...visit, ms: minute * 60_000 })), far, far]), 0)
  const { days, sketches } = takeChanges(bench.store)
  const counted = new Map(Array.from(days.days, (day, row) => [day, Number(days.amounts[0]![row])]))
  t.strictSame(
    [...counted].sort(([a], [b]) => a - b),
    [
      [-1, 2],
      [0, 2],
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 1]
    ]
  )
  t.strictSame(
    [...sketches.days].sort((a, b) => a - b),
    [-1, 0, 1, 2, 3, 4]
  )
  t.end()
})
