import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { widthOf } from '../../src/cli/display-width.js'
import { COLOURED, PLAIN } from '../../src/cli/style.js'
import { topScreen, topText } from '../../src/cli/top-screen.js'
import { unasked, withSnapshot, withStatus, type TopState } from '../../src/cli/top-state.js'
import { SnapshotSchema, type Snapshot } from '../../src/query/snapshot-shape.js'
import { StatusSchema, type Status, type TopItems } from '../../src/query/shapes.js'
import { seeded } from '../support/random.js'

const STATUS = exampleOf(StatusSchema) as Status
const SNAPSHOT = exampleOf(SnapshotSchema) as Snapshot

/** What the documentation shows of a schema. */
function exampleOf(schema: object): unknown {
  return (schema as { readonly examples: readonly unknown[] }).examples[0]
}

const rows = (count: number, id = (rank: number) => `sku_${rank}`): TopItems['data'] =>
  Array.from({ length: count }, (_, place) => {
    const value = (count - place) * 1000
    return { rank: place + 1, item_id: id(place + 1), value, formatted: String(value) }
  })

function stateWith(data: TopItems['data'] = rows(10)): TopState {
  const snapshot = {
    ...SNAPSHOT,
    most_viewed: { ...SNAPSHOT.most_viewed, data },
    most_carted: { ...SNAPSHOT.most_carted, data },
    top_grossing: { ...SNAPSHOT.top_grossing, data }
  }
  return withSnapshot(withStatus(unasked('http://shop:3000'), STATUS), snapshot)
}

const STATE = stateWith()

t.test('side by side where there is room, with the state, the figures and the changes', (t) => {
  const screen = topScreen(STATE, { columns: 100, rows: 22 }, PLAIN)
  t.match(screen[0], /^footfall top {2}http:\/\/shop:3000, events\.jsonl +live$/)
  t.match(screen[1], 'clock 2026-11-20 10:00:00 UTC   read 885.3 MB of 885.3 MB   lag none   rejected 2')
  const text = screen.join('\n')
  t.match(text, 'visits 600 +25.0 %')
  t.match(text, 'revenue 1,520.50 USD')
  t.match(text, 'view to purchase 10.0 % (before 0.0 %)')
  t.match(text, /Most viewed items, 24h {3,}Items most added to cart, 24h {2,}Top grossing items, 24h +USD/)
  t.match(text, / 1 {2}sku_1 +10,000 {4}1 {2}sku_1 +10,000 {4}1 {2}sku_1 +10,000/)
  t.match(text, /10 {2}sku_10 +1,000 /)
  t.match(screen.at(-1), /^q ends it/)
  t.end()
})

t.test('one below the other on a narrow terminal, as many rows as its height has', (t) => {
  const count = (rows: number) =>
    topScreen(STATE, { columns: 60, rows }, PLAIN).filter((line) => /^ *\d+ {2}sku_/.test(line)).length
  t.equal(count(60), 30)
  t.ok(count(30) < 30 && count(30) >= 3 * 3)
  t.ok(count(24) < count(30))
  t.end()
})

t.test(
  'whatever the size and the ids, lines have exactly its columns, and there are exactly its rows',
  (t) => {
    const random = seeded(t)
    const PARTS = ['sku', '\u001b]0;x\u0007', '靴', '👟', '\n', 'e\u0301', '\u202e', '\u009b2J', '_']
    for (let round = 0; round < 60; round++) {
      const id = () => Array.from({ length: random.int(40) }, () => PARTS[random.int(PARTS.length)]).join('')
      const state = { ...stateWith(rows(random.int(11), id)), lost: round % 3 === 0 ? id() : null }
      const size = { columns: 1 + random.int(150), rows: 1 + random.int(50) }
      const screen = topScreen(state, size, PLAIN)
      t.equal(screen.length, size.rows)
      for (const line of screen) {
        t.equal(widthOf(line), size.columns, JSON.stringify(line))
        // eslint-disable-next-line no-control-regex -- they are what is looked for
        t.notMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/)
      }
      const coloured = topScreen(state, size, COLOURED)
      t.strictSame(coloured.map(stripVTControlCharacters), screen, 'colours take no room')
    }
    t.end()
  }
)

t.test('what is wrong is said, and the last answers stay', (t) => {
  const textOf = (state: TopState) => topScreen(state, { columns: 100, rows: 30 }, PLAIN).join('\n')
  const lost = textOf({ ...STATE, lost: 'http://shop:3000 does not answer: ECONNREFUSED' })
  t.match(lost, /disconnected\n/)
  t.match(lost, 'http://shop:3000 does not answer: ECONNREFUSED; trying again')
  t.match(lost, 'sku_1')
  const degraded = { reason: 'a worker hangs', since: '2026-11-20T10:00:00.000Z' }
  t.match(
    textOf(withStatus(STATE, { ...STATUS, state: 'degraded', degraded })),
    /degraded\n[^]*since 2026-11-20 10:00:00 UTC: a worker hangs/
  )
  t.match(textOf(withStatus(STATE, { ...STATUS, state: 'catching_up' })), /catching up\n/)
  t.match(
    textOf(withStatus(STATE, { ...STATUS, warnings: ['600 lines were rejected'] })),
    '600 lines were rejected'
  )
  t.match(textOf({ ...STATE, unstreamed: 'the stream has ended' }), 'the stream has ended; trying again')
  t.match(textOf(unasked('http://shop:3000')), /connecting\n/)
  t.match(textOf(stateWith([])), 'none')
  t.end()
})

t.test('events a second are of the last two looks, and begin anew with the server', (t) => {
  const at = (uptime_seconds: number, accepted: number): Status => ({
    ...STATUS,
    uptime_seconds,
    accounting: { ...STATUS.accounting, accepted }
  })
  const one = withStatus(unasked('x'), at(10, 1000))
  t.equal(one.eventsPerSecond, null)
  const two = withStatus(one, at(12, 11_000))
  t.equal(two.eventsPerSecond, 5000)
  t.equal(withStatus(two, at(12, 11_000)).eventsPerSecond, 5000)
  t.equal(withStatus(two, at(1, 5)).eventsPerSecond, null)
  t.equal(withStatus(two, at(14, 5)).eventsPerSecond, null, 'ingest has begun anew')
  t.match(topScreen(two, { columns: 100, rows: 9 }, PLAIN)[1], 'events/s 5,000')
  t.end()
})

t.test('once, it is text with whole ids', (t) => {
  const id = 'sku'.repeat(80)
  const text = topText(stateWith(rows(1, () => id)), Infinity, PLAIN)
  t.match(text, /^footfall top {2}http:\/\/shop:3000, events\.jsonl +live\n/)
  t.match(text, id)
  t.match(text, 'Top grossing items, last 24h (')
  t.notMatch(text, 'q ends it')
  t.end()
})
