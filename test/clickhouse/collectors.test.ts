import t from 'tap'
import { Collectors, type OwnRow } from '../../src/clickhouse/collectors.js'
import { roomForOwn } from '../../src/clickhouse/scan.js'
import { STATE_KINDS } from '../../src/clickhouse/schema.js'

const state = (name: string, forgotten: string, more: object = {}): OwnRow => [
  name,
  STATE_KINDS.state,
  JSON.stringify({ instance: name, version: '7', isWhole: true, ...more, forgotten })
]
const mark = (name: string, version: string): OwnRow => [
  name,
  STATE_KINDS.forgotten,
  JSON.stringify({ version })
]
const heartbeat = (name: string): OwnRow => [
  name,
  STATE_KINDS.heartbeat,
  JSON.stringify({ atMs: 1, isEnded: false })
]

const isWhole = (...rows: OwnRow[]) => new Collectors(rows).all[0]?.isWhole

t.test('what is there is all of it if it was shipped after the last removal', (t) => {
  t.equal(isWhole(state('a', '0')), true, 'there was no removal')
  t.equal(isWhole(state('a', '18'), mark('a', '18')), true)
  t.equal(isWhole(mark('a', '18'), state('a', '0')), false)
  t.equal(isWhole(state('a', '18'), mark('a', '19')), false)
  t.equal(isWhole(state('a', '18')), false, 'a replica that lacks the removal may have what was removed')
  t.equal(isWhole(state('a', '0'), mark('b', '18')), true, 'that was of another')
  t.equal(isWhole(state('a', '18', { isWhole: false }), mark('a', '18')), false, 'a piece of a commit')
  t.equal(isWhole(heartbeat('a')), true, 'nothing is all of it')
  t.end()
})

t.test('who was forgotten is no collector, but takes room in an answer', (t) => {
  const collectors = new Collectors([mark('gone', '18'), state('b', '0'), heartbeat('b'), heartbeat('a')])
  t.strictSame(
    collectors.all.map(({ name }) => name),
    ['a', 'b']
  )
  t.equal(collectors.names, 3)
  t.ok(roomForOwn(collectors) >= 4 * (3 + 1), 'rows of each kind, also of one more')
  t.end()
})

t.test('the version changes with what is shipped and what is removed, not with the order of rows', (t) => {
  const rows = [state('a', '0'), state('b', '0'), mark('c', '18'), mark('d', '18')]
  const { version } = new Collectors(rows)
  t.equal(new Collectors(rows.toReversed()).version, version)
  t.equal(new Collectors([...rows, heartbeat('a')]).version, version, 'to be heard of is no news')
  for (const more of [
    [...rows.slice(1), state('a', '0', { version: '8' })],
    [...rows.slice(0, 3), mark('d', '19')],
    rows.slice(0, 3),
    rows.slice(1)
  ]) {
    t.not(new Collectors(more).version, version)
  }
  t.end()
})
