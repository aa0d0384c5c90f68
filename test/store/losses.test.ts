import t from 'tap'
import type { Ranking } from '../../src/store/board.js'
import { takeChanges } from '../../src/store/changes.js'
import { describeLosses } from '../../src/store/losses.js'
import { restore } from '../../src/store/restore.js'
import { Bench, HISTORY } from '../support/kernel-bench.js'
import { Ledger } from '../support/ledger.js'
import { DAY, HOUR, MINUTE, SHAPE, START, runStream } from '../support/marked-streams.js'
import { Oracle, type OracleEvent } from '../support/oracle.js'
import { seeded } from '../support/random.js'
import { randomEvent } from '../support/shop.js'

t.test('new items beyond the capacity count as (other), in number', (t) => {
  const random = seeded(t)
  const { losses, items, tally } = runStream(t, random, SHAPE, { items: 600 }, { batches: 60, size: 60 })
  t.equal(items, 598)
  t.ok(losses.otherEvents > 0 && losses.otherSinceMs >= START - DAY)
  t.ok(tally.marked > 10, `${tally.marked} answers marked, ${tally.exact} not`)
  t.end()
})

t.test('and in bytes of their names', (t) => {
  const { losses, tally } = runStream(t, seeded(t), SHAPE, { nameBytes: 8000 }, { batches: 60, size: 60 })
  t.ok(losses.otherEvents > 0)
  t.ok(tally.marked > 10)
  t.end()
})

t.test('an item that is called (other) is an item like any', (t) => {
  const bench = new Bench({ capacity: { items: 4 } })
  const visit = (item: string): OracleEvent => ({
    kind: 'page_visit',
    ms: START,
    item,
    customer: '',
    cents: null,
    quantity: 1n
  })
  bench.apply(['(other)', 'a', 'b', 'c', '(other)'].map(visit))
  bench.kernel.publish()
  const { rows, other, sum, items } = bench.boards.read()!.headlines[0]!
  t.strictSame(rows, [
    { itemId: '(other)', value: 2n },
    { itemId: 'a', value: 1n }
  ])
  t.strictSame([other, sum, items], [2n, 5n, 2])
  t.end()
})

t.test('which items are known depends on the bytes alone, not on batches or restarts', (t) => {
  const random = seeded(t)
  const events = Array.from({ length: 2000 }, (_, step) => randomEvent(random, SHAPE, START + step * 1000))
  const known = (batch: number, restarts: boolean) => {
    let bench = new Bench({ history: HISTORY, capacity: { items: 500 } })
    const ledger = new Ledger()
    for (let from = 0; from < events.length; from += batch) {
      bench.apply(events.slice(from, from + batch))
      if (!restarts) continue
      ledger.commit(takeChanges(bench.store))
      bench = new Bench({ history: HISTORY, capacity: { items: 500 } })
      restore(bench.store, bench.kernel, ledger.restored())
    }
    bench.kernel.publish()
    const { headlines, losses } = bench.boards.read()!
    return { headlines, other: losses.otherEvents }
  }
  const wanted = known(events.length, false)
  t.ok(wanted.other > 0)
  t.strictSame(known(7, false), wanted)
  t.strictSame(known(250, true), wanted)
  t.end()
})

t.test('a later start with more memory takes new items again, one with less knows fewer', (t) => {
  const visit = (item: string): OracleEvent => ({
    kind: 'page_visit',
    ms: START,
    item,
    customer: '',
    cents: null,
    quantity: 1n
  })
  const ledger = new Ledger()
  const start = (items: number) => {
    const bench = new Bench({ history: HISTORY, capacity: { items } })
    if (ledger.items.length > 1) restore(bench.store, bench.kernel, ledger.restored())
    return bench
  }
  const rows = (bench: Bench) => {
    bench.kernel.publish()
    const { rows, other } = bench.boards.read()!.headlines[0]!
    return [...rows.map(({ itemId, value }) => `${itemId} ${value}`), `other ${other}`]
  }
  const commit = (bench: Bench) => {
    ledger.commit(takeChanges(bench.store))
    bench.kernel.dropFold()
  }
  const first = start(4)
  first.apply(['a', 'b', 'c'].map(visit))
  t.strictSame(rows(first), ['a 1', 'b 1', 'other 1'])
  commit(first)
  const more = start(6)
  more.apply(['c', 'd', 'e'].map(visit))
  t.strictSame(
    rows(more),
    ['a 1', 'b 1', 'c 1', 'd 1', 'other 2'],
    'what had been counted as (other) stays there'
  )
  commit(more)
  const fewer = start(3)
  fewer.apply(['b', 'z'].map(visit))
  t.strictSame(rows(fewer), ['a 1', 'other 7'])
  const { losses, items } = fewer.boards.read()!
  t.equal(losses.forgottenItems, 3)
  t.match(
    describeLosses(losses, items, '1 GiB').get('forgotten'),
    /^3 items of the data directory count as \(other\)/
  )
  commit(fewer)
  t.strictSame(ledger.items, ['', 'a', 'b', 'c', 'd'])
  t.end()
})

t.test('of too many customers those who were not seen for the longest are dropped, which is said', (t) => {
  const bench = new Bench({ capacity: { customers: 100 } })
  const oracle = new Oracle()
  const visits = (minute: number, count: number) =>
    Array.from({ length: count }, (_, number): OracleEvent => ({
      kind: 'page_visit',
      ms: START + minute * MINUTE,
      item: 'a',
      customer: `${minute} ${number}`,
      cents: null,
      quantity: 1n
    }))
  const active = (events: readonly OracleEvent[]) => {
    for (const event of events) oracle.add(event)
    t.equal(bench.apply(events), 0)
    bench.kernel.publish()
    const { activeCustomers, losses } = bench.boards.read()!
    return { ...activeCustomers, to: losses.customersTo }
  }
  const first = START / MINUTE
  t.strictSame(active(visits(0, 60)), { fiveMinutes: 60, hour: 60, day: 60, to: null })
  t.strictSame(active(visits(10, 40)), { fiveMinutes: 40, hour: 100, day: 100, to: null })
  const dropped = active(visits(20, 30))
  t.strictSame(dropped, { fiveMinutes: 30, hour: 70, day: 70, to: first + 1 }, 'the first minute goes')
  const again = active(visits(0, 10))
  t.strictSame(
    again,
    { ...dropped, hour: 80, day: 80 },
    'who comes late to it is counted while there is room'
  )
  for (let minute = 21; minute < 120; minute++) {
    const { fiveMinutes, hour, to } = active(visits(minute, minute % 12))
    t.equal(fiveMinutes, oracle.active(5), `minute ${minute}: shorter windows are exact`)
    t.equal(
      hour === oracle.active(60),
      (to ?? 0) <= first + minute - 59,
      `minute ${minute}: an hour is, or is said`
    )
  }
  for (const count of [30, 60, 90, 120]) active(visits(1500, count))
  const burst = active(visits(1500, 150))
  t.equal(burst.to, first + 1501, 'a minute that is too much')
  t.ok(burst.fiveMinutes > 100 - 100 / 8 && burst.fiveMinutes <= 100, 'fills the room but for an eighth')
  active(visits(1600, 20))
  const after = active(visits(1600, 20))
  t.strictSame(after, { fiveMinutes: 20, hour: 20, day: 20, to: first + 1601 }, 'and gives way at last')
  t.end()
})

t.test('rows of days beyond the capacity are added to (other) of their day', (t) => {
  const shape = { ...SHAPE, disorderMs: 40 * HOUR }
  const { losses } = runStream(
    t,
    seeded(t),
    shape,
    { items: 8192, foldRows: 100 },
    { batches: 20, size: 200 }
  )
  t.ok(losses.foldedAmounts > 0)
  t.end()
})

t.test(
  'events ahead of the clock that cannot wait are counted in their day, and missed in their minute',
  (t) => {
    const bench = new Bench({ wallClock: true, capacity: { pending: 3 }, history: HISTORY })
    const visit = (item: string, ms: number): OracleEvent => ({
      kind: 'page_visit',
      ms,
      item,
      customer: 'c',
      cents: null,
      quantity: 1n
    })
    const now = START + HOUR
    t.equal(
      bench.apply(
        ['a', 'b', 'c', 'd', 'e'].map((item) => visit(item, now + 2 * MINUTE)),
        now
      ),
      0
    )
    const shown = (wallMs: number) => {
      bench.kernel.prepareTick()
      bench.kernel.tick(wallMs)
      bench.kernel.publish()
      const { headlines, counts, pending, losses } = bench.boards.read()!
      const [{ items, lacksEarly }] = headlines as [Ranking]
      return {
        items,
        lacksEarly,
        pending,
        late: counts.late,
        accepted: counts.accepted,
        early: losses.earlyEvents
      }
    }
    const counted = { late: 2, accepted: 5, early: 2 }
    t.strictSame(shown(now + MINUTE), { ...counted, items: 0, lacksEarly: false, pending: 3 })
    t.strictSame(shown(now + 2 * MINUTE), { ...counted, items: 3, lacksEarly: true, pending: 0 })
    t.strictSame(shown(now + 62 * MINUTE), { ...counted, items: 0, lacksEarly: false, pending: 0 })
    const { days } = takeChanges(bench.store)
    t.equal(days.items.length, 2)
    t.equal(
      bench.boards.read()!.losses.customersTo,
      now / MINUTE + 3,
      'and nobody says that their customers are active'
    )
    t.end()
  }
)

t.test('of the event clock the one that is undecided can always wait', (t) => {
  const bench = new Bench({ capacity: { pending: 1 }, history: HISTORY })
  const visit = (ms: number): OracleEvent => ({
    kind: 'page_visit',
    ms,
    item: 'a',
    customer: 'c',
    cents: null,
    quantity: 1n
  })
  bench.apply([visit(START), visit(START + 5 * DAY), visit(START), visit(START + 9 * DAY), visit(START)])
  bench.apply([visit(START + 7 * DAY)])
  bench.kernel.publish()
  t.match(bench.boards.read()!, { pending: 2, losses: { earlyEvents: 1 }, counts: { accepted: 6, late: 1 } })
  const ledger = new Ledger()
  ledger.commit(takeChanges(bench.store))
  const next = new Bench({ capacity: { pending: 1 }, history: HISTORY })
  restore(next.store, next.kernel, ledger.restored())
  next.kernel.publish()
  t.match(next.boards.read()!, { pending: 2 }, 'also over a restart')
  bench.apply([visit(START + 7 * DAY)])
  bench.kernel.publish()
  t.match(bench.boards.read()!, { pending: 0, nowMs: START + 7 * DAY, counts: { accepted: 7 } })
  t.end()
})
