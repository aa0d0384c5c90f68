import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { replayTables } from '../../src/cli/replay-tables.js'
import { COLOURED, PLAIN } from '../../src/cli/style.js'
import { REJECTION_REASONS } from '../../src/event/event.js'
import type { ReplayResult, TopItems } from '../../src/query/shapes.js'
import { footfall } from '../support/command.js'
import { Terminal, footfallCommand, onTerminal } from '../support/terminal.js'

const META = {
  metric: 'views',
  unit: 'views',
  minor_units: 0,
  window: '1h',
  interval: { start: '2026-11-20T09:01:00.000Z', end: '2026-11-20T10:01:00.000Z' },
  now: '2026-11-20T10:00:00.123Z',
  clock: 'event',
  offset: 100,
  total_items: 2,
  other: 0,
  exact: true,
  inexact: null
} as const

const ITEMS: TopItems['data'] = [
  { rank: 1, item_id: '靴', value: 123456, formatted: '123456' },
  { rank: 2, item_id: 'sku_22', value: 7, formatted: '7' }
]

const REJECTED = {
  ...Object.fromEntries(REJECTION_REASONS.map((reason) => [reason, 0])),
  invalid_json: 2
} as ReplayResult['accounting']['rejected_by_reason']

const RESULT: ReplayResult = {
  most_viewed: { data: ITEMS, meta: META },
  most_carted: { data: [], meta: { ...META, metric: 'cart_adds', unit: 'cart_adds', interval: null } },
  top_grossing: {
    data: [{ rank: 1, item_id: 'sku_1', value: 123456789, formatted: '1234567.89' }],
    meta: {
      ...META,
      metric: 'revenue',
      unit: 'EUR',
      minor_units: 2,
      window: '24h',
      inexact: 'merged \u001b[2Jby the hour'
    }
  },
  accounting: {
    lines: 1_234_567,
    blank: 1,
    accepted: 1_234_564,
    late: 0,
    unpriced: 3,
    anonymous: 0,
    rejected: 2,
    rejected_by_reason: REJECTED,
    fallback: 0
  },
  clock: { now: '2026-11-20T10:00:00.123Z', waiting: 0 },
  bytes: 200_000_000,
  workers: 1,
  elapsed_ms: 2000
}

const EXPECTED = `Most viewed items, last 1h (2026-11-20 09:01 to 10:01 UTC)
    item      views
 1  靴      123,456
 2  sku_22        7

Items most added to cart, last 1h (no events)
  none

Top grossing items, last 24h (2026-11-20 09:01 to 10:01 UTC)
  not exact: merged \\u001b[2Jby the hour
    item   revenue, EUR
 1  sku_1  1,234,567.89

Accounting
 lines           1,234,567
 blank                   1
 accepted        1,234,564
   unpriced              3
 rejected                2
   invalid_json          2

a.jsonl: 1,234,567 lines, 200.0 MB in 2.00 s (617,284 lines/s, 100.0 MB/s, 1 worker); clock 2026-11-20 10:00:00 UTC
`

t.test('the end of a replay is tables whose figures stand below each other', (t) => {
  t.equal(replayTables('a.jsonl', RESULT, { style: PLAIN, columns: Infinity }), EXPECTED)
  t.end()
})

t.test('with colours headings are bold, and nothing else is other', (t) => {
  const coloured = replayTables('a.jsonl', RESULT, { style: COLOURED, columns: Infinity })
  t.match(coloured, '\x1b[1mAccounting\x1b[22m')
  t.equal(coloured.split('\x1b').length - 1, 8)
  t.equal(stripVTControlCharacters(coloured), EXPECTED)
  t.end()
})

t.test('on a terminal long ids are cut, in a pipe they are whole', (t) => {
  const id = 'sku'.repeat(80)
  const most_viewed = { data: [{ rank: 1, item_id: id, value: 5, formatted: '5' }], meta: META }
  const text = replayTables('a', { ...RESULT, most_viewed }, { style: PLAIN, columns: 60 })
  const line = text.split('\n').find((one) => one.startsWith(' 1  sku'))
  t.match(line, /^ 1 {2}(?:sku)+s?k?… {6}5$/)
  t.equal(line?.length, 60)
  t.match(replayTables('a', { ...RESULT, most_viewed }, { style: PLAIN, columns: Infinity }), id)
  t.end()
})

onTerminal(
  t,
  'headings are bold on a terminal, unless NO_COLOR says otherwise, and plain in a pipe',
  async (t) => {
    // Where the machine is busy, progress would be on the terminal too.
    const command = `printf '' | ${footfallCommand('replay -')} 2>/dev/null`
    const bold = new Terminal(t, command)
    t.equal(await bold.ended, 0)
    t.match(bold.output, '\x1b[1mMost viewed items\x1b[22m, last 1h (no events)')
    const plain = new Terminal(t, command, { env: { NO_COLOR: '1' } })
    t.equal(await plain.ended, 0)
    t.match(plain.output, 'Most viewed items, last 1h')
    t.notOk(plain.output.includes('\x1b'))
    t.notOk((await footfall(['replay', '-'], { env: { FORCE_COLOR: '1' } })).stdout.includes('\x1b'))
  }
)
