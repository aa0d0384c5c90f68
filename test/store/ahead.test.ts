import t from 'tap'
import { Bench, HISTORY, expected, plain } from '../support/kernel-bench.js'
import { Oracle, type OracleEvent } from '../support/oracle.js'
import { seeded } from '../support/random.js'
import { randomEvent, type StreamShape } from '../support/shop.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 5, 12, 0, 0, 250)

function visit(ms: number, item = 'a'): OracleEvent {
  return { kind: 'page_visit', ms, item, customer: 'c', cents: null, quantity: 1n }
}

/** What a store that has applied these events, batch after batch, shows. */
function shown(bench: Bench) {
  bench.kernel.publish()
  const { nowMs, pending, headlines, counts } = bench.boards.read()!
  const viewed = headlines[0]!.rows.map(({ itemId, value }) => `${itemId} ${value}`)
  return { nowMs, pending, viewed, accepted: counts.accepted, late: counts.late }
}

function after(...batches: readonly OracleEvent[][]) {
  const bench = new Bench({ history: HISTORY })
  for (const events of batches) bench.apply(events)
  return shown(bench)
}

t.test('a single line far ahead of its neighbours leaves clock and windows as they are', (t) => {
  const stray = visit(START + 30 * DAY, 'stray')
  const got = after([visit(START), stray, visit(START + 1000)])
  t.strictSame(got, { nowMs: START + 1000, pending: 1, viewed: ['a 2'], accepted: 3, late: 0 })
  t.end()
})

t.test('it is counted when its own minute comes', (t) => {
  const bench = new Bench({ history: HISTORY })
  bench.apply([visit(START), visit(START + 2 * DAY, 'stray'), visit(START + 1000)])
  for (let hours = 12; hours <= 48; hours += 12) bench.apply([visit(START + hours * HOUR, `${hours}`)])
  t.strictSame(shown(bench), {
    nowMs: START + 2 * DAY,
    pending: 0,
    viewed: ['48 1', 'stray 1'],
    accepted: 7,
    late: 0
  })
  t.end()
})

t.test('after a silence of more than a day the second line confirms the first', (t) => {
  const monday = START + 3 * DAY
  t.match(after([visit(START), visit(monday)]), { nowMs: START, pending: 1, viewed: ['a 1'] })
  t.match(after([visit(START), visit(monday)], [visit(monday + 5)]), {
    nowMs: monday + 5,
    pending: 0,
    viewed: ['a 2']
  })
  const early = after([visit(START), visit(monday), visit(monday - HOUR / 2)])
  t.match(early, { nowMs: monday, pending: 0, viewed: ['a 2'] }, 'also one that is somewhat earlier')
  t.match(after([visit(START), visit(monday), visit(monday + 9 * DAY)]), { nowMs: monday, pending: 1 })
  t.end()
})

t.test('lines that do not agree confirm nothing', (t) => {
  const between = after(
    [visit(START), visit(START + 9 * DAY), visit(START), visit(START + 9 * DAY)],
    [visit(START)]
  )
  t.match(between, { nowMs: START, pending: 2, viewed: ['a 3'] }, 'with another line between them')
  const backwards = after([visit(START), visit(START + 9 * DAY), visit(START + 5 * DAY), visit(START)])
  t.match(
    backwards,
    { nowMs: START, pending: 2, viewed: ['a 2'] },
    'of which the second is far behind the first'
  )
  t.end()
})

t.test('a day ahead is not far ahead, and the first line of all sets the clock', (t) => {
  t.match(after([visit(START), visit(START + DAY)]), { nowMs: START + DAY, pending: 0 })
  t.match(after([visit(START), visit(START + DAY + 1)]), { nowMs: START, pending: 1 })
  t.match(after([visit(START + 9 * DAY), visit(START)]), { nowMs: START + 9 * DAY, late: 1 })
  t.end()
})

t.test('rejected lines decide nothing', (t) => {
  const bench = new Bench()
  const wallMs = START + 5 * DAY
  t.equal(bench.apply([visit(START), visit(START + 3 * DAY), visit(START + 9 * DAY)], wallMs), 1)
  t.match(shown(bench), { nowMs: START, pending: 1 })
  bench.apply([visit(START + 3 * DAY)], wallMs)
  t.match(shown(bench), { nowMs: START + 3 * DAY, pending: 0 })
  t.end()
})

t.test('at the end of a source what is held is right', (t) => {
  const bench = new Bench()
  bench.apply([visit(START), visit(START + 3 * DAY)])
  bench.kernel.prepareTick()
  bench.kernel.confirm()
  t.match(shown(bench), { nowMs: START + 3 * DAY, pending: 0, viewed: ['a 1'] })
  bench.kernel.confirm()
  t.match(shown(bench), { nowMs: START + 3 * DAY, pending: 0 }, 'and nothing else changes')
  t.end()
})

t.test('random streams with strays agree with the oracle, however they are cut', (t) => {
  const random = seeded(t)
  const shape: StreamShape = {
    startMs: START,
    items: 30,
    customers: 20,
    stepMs: 900_000,
    disorderMs: 30 * HOUR
  }
  let held = 0
  for (let run = 0; run < 30; run++) {
    const bench = new Bench({ history: HISTORY })
    const oracle = new Oracle()
    const strays = 2 + random.int(20)
    let newest = shape.startMs
    for (let batch = 0; batch < 60; batch++) {
      const events = Array.from({ length: 1 + random.int(9) }, () => {
        const isStray = random.oneIn(strays)
        const event = randomEvent(random, shape, newest + (isStray ? random.int(4 * DAY) : 0))
        if (!isStray) newest = Math.max(newest, event.ms)
        return event
      })
      for (const event of events) oracle.add(event)
      t.equal(bench.apply(events), 0)
      bench.kernel.publish()
      const board = bench.boards.read()!
      t.equal(board.nowMs, oracle.now)
      t.equal(board.pending, oracle.waiting())
      t.equal(board.counts.late, oracle.late)
      t.strictSame(plain(board.headlines[0]!), expected(oracle, 'views', 60))
      t.strictSame(plain(board.headlines[2]!), expected(oracle, 'revenue', 1440))
      t.equal(board.activeCustomers.day, oracle.active(1440))
      if (board.pending > 0) held++
    }
  }
  t.ok(held > 100, `${held} boards with events that wait`)
  t.end()
})
