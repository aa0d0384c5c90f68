import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Status } from '../../src/query/shapes.js'
import { footfall, startServe, type Served } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const GA4 = [
  { event_name: 'page_view', event_timestamp: '1767603600000001', user_pseudo_id: 'p1', items: [] },
  {
    event_name: 'view_item',
    event_timestamp: '1767603601000000',
    user_pseudo_id: 'p1',
    items: [{ item_id: 'a', price: 5 }]
  },
  {
    ...{ event_name: 'purchase', event_timestamp: 1767603602000000, user_id: 'u1', user_pseudo_id: 'p1' },
    items: [
      { item_id: 'a', price: 5, quantity: '2' },
      { item_id: null, item_name: 'Hat', price: 1.25, quantity: null },
      { item_id: 'c', quantity: '3' }
    ]
  },
  {
    event_name: 'add_to_cart',
    event_timestamp: '1767603603000000',
    user_id: null,
    items: [{ item_id: 'a' }, { item_id: 'c' }]
  },
  {
    event_name: 'purchase',
    event_timestamp: '1767603604000000',
    items: [{ item_id: 'a', price: 1 }, { price: 9 }]
  },
  { event_name: 'scroll', event_timestamp: '1767603604000000', items: [] }
]
const SEGMENT = [
  {
    type: 'track',
    event: 'Product Viewed',
    timestamp: '2026-01-05T09:00:00.000Z',
    userId: null,
    anonymousId: 'x',
    properties: { product_id: 'a', price: 3 }
  },
  {
    type: 'track',
    event: 'Product Added',
    timestamp: '2026-01-05T09:00:01.000Z',
    userId: 'u',
    properties: { sku: 'S', quantity: 2 }
  },
  {
    type: 'track',
    event: 'Order Completed',
    timestamp: '2026-01-05T09:00:02.000Z',
    userId: 'u',
    properties: {
      products: [
        { product_id: 'a', price: 3, quantity: 2 },
        { product_id: 'b', price: '0.10' }
      ]
    }
  }
]
const text = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('')

interface Answer {
  readonly data: readonly { readonly item_id: string; readonly value: number }[]
}

function lists(stdout: string) {
  const result = JSON.parse(stdout) as Record<string, Answer> & { accounting: Record<string, unknown> }
  const rows = (name: string) => result[name]?.data.map(({ item_id, value }) => [item_id, value])
  return {
    views: rows('most_viewed'),
    carts: rows('most_carted'),
    revenue: rows('top_grossing'),
    accounting: result.accounting
  }
}

t.test('a GA4 export: each item counts, a line is one line', async (t) => {
  const { stdout, stderr } = await footfall(['replay', '-', '--json', '--preset', 'ga4'], {
    input: text(GA4)
  })
  t.equal(stderr, '')
  t.match(lists(stdout), {
    views: [['a', 1]],
    carts: [
      ['a', 1],
      ['c', 1]
    ],
    revenue: [
      ['a', 1000],
      ['Hat', 125]
    ],
    accounting: {
      ...{ lines: 6, accepted: 4, unpriced: 1, anonymous: 1, rejected: 2 },
      rejected_by_reason: { missing_field: 1, invalid_event_type: 1 },
      // The rejected ones alone.
      fallback: 2
    }
  })
})

t.test('Segment’s track calls, with one product and with several', async (t) => {
  const { stdout } = await footfall(['replay', '-', '--json', '--preset', 'segment'], {
    input: text(SEGMENT)
  })
  t.match(lists(stdout), {
    views: [['a', 1]],
    carts: [['S', 1]],
    revenue: [
      ['a', 600],
      ['b', 10]
    ],
    accounting: { lines: 3, accepted: 3, unpriced: 0, anonymous: 0, fallback: 0 }
  })
})

t.test('a line’s items are late and ahead of the clock once', async (t) => {
  const line = (ms: number) => ({
    event_name: 'purchase',
    event_timestamp: `${ms}000`,
    items: [{ item_id: 'a' }, { item_id: 'b' }]
  })
  const day = 86_400_000
  const lines = [line(Date.UTC(2026, 0, 5)), line(Date.UTC(2026, 0, 5) - 3 * day), line(Date.UTC(9000, 0))]
  const { stdout } = await footfall(['replay', '-', '--json', '--preset', 'ga4'], { input: text(lines) })
  t.match(lists(stdout).accounting, {
    ...{ lines: 3, accepted: 2, late: 1, unpriced: 2, anonymous: 2, rejected: 1, fallback: 0 },
    rejected_by_reason: { future_timestamp: 1 }
  })
})

t.test('REES46 and common names', async (t) => {
  const rees46 =
    '{"event_time":"2019-10-01 00:00:05 UTC","event_type":"purchase","product_id":"1","price":"908.62","user_id":"5"}\n'
  const first = await footfall(['replay', '-', '--json', '--preset', 'rees46'], { input: rees46 })
  t.match(lists(first.stdout), { revenue: [['1', 90862]], accounting: { accepted: 1, fallback: 0 } })
  const common =
    '{"action":"buy","ts":1700000000,"sku":"s","unit_price":2,"qty":3,"session_id":"x","userId":null}\n'
  const second = await footfall(['replay', '-', '--json', '--preset', 'aliases'], { input: common })
  t.match(lists(second.stdout), { revenue: [['s', 600]], accounting: { anonymous: 0, fallback: 0 } })
})

/** That lines are rejected is all that is said: of their format nothing. */
const REJECTED = /^footfall: \d+ of the first \d+ lines of [^\n]*\n$/

t.test('a file’s format is taken from its first lines, and told', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, text(GA4))
  const found = await footfall(['replay', file, '--json'])
  t.match(
    found.stderr,
    /^footfall: \S+events\.jsonl is read with --preset ga4, as its line 1 shows; --preset footfall .*\n$/
  )
  t.match(lists(found.stdout).accounting, { accepted: 4 })
  const told = await footfall(['replay', file, '--json', '--preset', 'footfall'])
  t.match(told.stderr, REJECTED)
  t.match(lists(told.stdout).accounting, { accepted: 0, rejected: 6 })
  t.match((await footfall(['replay', file, '--json', '--map', 'item_id=x'])).stderr, REJECTED)
  writeFileSync(file, '{"when\\u202e":1}\n')
  t.match(
    (await footfall(['replay', file])).stderr,
    /^footfall: none of the first 1 lines of .*keys "when\uFFFD".*--preset or --map.*\n/
  )
})

t.test('a restart comes to the same format, from the beginning of the file', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const args = ['replay', file, '--json', '--data-dir', join(folder, 'history')]
  writeFileSync(file, text(GA4.slice(0, 2)))
  const first = await footfall(args)
  // What comes later is in another format: the beginning decides.
  appendFileSync(
    file,
    '{"event_type":"page_visit","timestamp":1767603605}\n'.repeat(3) + text(GA4.slice(2, 4))
  )
  const second = await footfall(args)
  t.ok(second.stderr.startsWith(first.stderr), 'what is said of the format is the same')
  t.match(lists(second.stdout).accounting, { lines: 7, accepted: 4, rejected: 3 })
})

t.test(
  'after a restart the rest of a rotated file, and the next one, are read in the same format',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'events.jsonl')
    const args = [file, '--data-dir', join(folder, 'history')]
    const linesOf = async ({ get }: Served, lines: number) => {
      for (;;) {
        const { accounting } = (await get('/v1/status')) as Status
        if (accounting.lines === lines)
          return { accepted: accounting.accepted, rejected: accounting.rejected }
      }
    }
    writeFileSync(file, text(GA4.slice(0, 1)))
    const first = await startServe(t, args)
    t.strictSame(await linesOf(first, 1), { accepted: 1, rejected: 0 })
    t.equal(await first.end(), 0)
    appendFileSync(file, text(GA4.slice(0, 1)))
    renameSync(file, `${file}.1`)
    writeFileSync(file, '')
    const second = await startServe(t, args)
    t.strictSame(await linesOf(second, 2), { accepted: 2, rejected: 0 })
    appendFileSync(file, text(GA4.slice(0, 1)))
    t.strictSame(await linesOf(second, 3), { accepted: 3, rejected: 0 })
    t.match(second.stderr(), /is read with --preset ga4, as before; --preset footfall/)
    t.equal(await second.end(), 0)
    const third = await startServe(t, [...args, '--preset', 'footfall'])
    t.equal(await third.end(), 0)
    const fourth = await startServe(t, args)
    appendFileSync(file, '{"event_type":"page_visit","timestamp":1767603605}\n')
    t.strictSame(await linesOf(fourth, 4), { accepted: 4, rejected: 0 }, 'what was said last is kept')
    t.equal(await fourth.end(), 0)
  }
)
