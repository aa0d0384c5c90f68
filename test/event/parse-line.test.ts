import t from 'tap'
import Value from 'typebox/value'
import { REJECTION_REASONS, type RejectionReason } from '../../src/event/event.js'
import { LineSchema } from '../../src/event/line-schema.js'
import { parseMapping } from '../../src/event/mapping.js'
import { createLineParser } from '../../src/event/parse-line.js'
import {
  CART,
  PURCHASE,
  TIME_MS,
  VISIT,
  checkSources,
  eventOf,
  outcomeOf,
  withSource
} from '../support/lines.js'

t.test('an accepted line becomes its event', (t) => {
  t.same(eventOf(JSON.stringify(PURCHASE)), {
    type: 'purchase',
    timestampMs: TIME_MS,
    itemId: 'sku_0',
    customerId: 'c_1',
    priceMinor: 1230,
    quantity: 2
  })
  t.same(eventOf(`{"event_type":"page_visit","timestamp":0}`), {
    type: 'page_visit',
    timestampMs: 0,
    itemId: null,
    customerId: null,
    priceMinor: null,
    quantity: 1
  })
  t.same(eventOf(withSource(CART, 'quantity', '"3"')), {
    type: 'add_to_cart',
    timestampMs: TIME_MS,
    itemId: 'sku_0',
    customerId: null,
    priceMinor: null,
    quantity: 3
  })
  t.end()
})

t.test('lines of blanks, tabs and CR are blank', (t) => {
  for (const line of ['', ' ', '\t', '\r', '\r\r', ' \t \r', ' '.repeat(1024 * 1024)]) {
    t.equal(outcomeOf(line), 'blank', JSON.stringify(line.slice(0, 8)))
  }
  for (const line of ['\0', '\v', '\f', '\u00a0', '\ufeff', '\n']) {
    t.equal(outcomeOf(line), 'invalid_json', JSON.stringify(line))
  }
  t.end()
})

t.test('one CR at the end is dropped, others are white space of JSON', (t) => {
  const line = JSON.stringify(VISIT)
  t.equal(outcomeOf(`${line}\r`), 'accepted')
  t.equal(outcomeOf(`${line}\r\r`), 'accepted')
  t.equal(outcomeOf(`\r${line}\r`), 'accepted')
  t.equal(outcomeOf(line.replace('sku_0', 'sku\r')), 'invalid_json', 'not within a string')
  t.end()
})

t.test('a line has up to 1 MiB without its end', (t) => {
  const MIB = 1024 * 1024
  const line = JSON.stringify(VISIT)
  const exact = line + ' '.repeat(MIB - line.length)
  t.equal(outcomeOf(exact), 'accepted')
  t.equal(outcomeOf(`${exact}\r`), 'accepted', 'the CR belongs to the end')
  t.equal(outcomeOf(`${exact} `), 'oversized_line')
  t.equal(outcomeOf(`${exact}\r\r`), 'oversized_line')
  t.equal(outcomeOf(' '.repeat(MIB + 1)), 'oversized_line', 'before it is blank')
  t.equal(outcomeOf(Buffer.alloc(MIB + 1, 0xff)), 'oversized_line', 'before it is no UTF-8')
  t.end()
})

t.test('what is no UTF-8 is rejected before it is looked at as JSON', (t) => {
  const bad: number[][] = [
    [0xff],
    [0x80],
    [0xc3],
    [0xc0, 0x80],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf8, 0x88, 0x80, 0x80, 0x80]
  ]
  for (const bytes of bad) {
    const name = Buffer.from(bytes).toString('hex')
    t.equal(outcomeOf(Uint8Array.from(bytes)), 'invalid_utf8', name)
    const line = Buffer.concat([Buffer.from('{"x":"'), Buffer.from(bytes), Buffer.from('"}')])
    t.equal(outcomeOf(line), 'invalid_utf8', `${name} in a string`)
  }
  t.equal(outcomeOf(withSource(VISIT, 'item_id', '"é€😀"')), 'accepted')
  t.end()
})

t.test('what JSON.parse refuses is invalid_json', (t) => {
  const bad = [
    'x',
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":NaN}',
    '{"a":1}{"a":1}',
    '{"a":1} x',
    '{"a":"\t"}',
    '{"a":"\\x41"}',
    '{"a":"\\u00g0"}',
    '{"a":1}//',
    '[1,]',
    '\ufeff{}',
    '\0'.repeat(1000),
    JSON.stringify(VISIT).slice(0, -1)
  ]
  for (const line of bad) t.equal(outcomeOf(line), 'invalid_json', line.slice(0, 30))
  t.end()
})

t.test('objects and arrays nest up to 64 deep, the line’s own object included', (t) => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  checkSources(t, VISIT, 'x', [
    [nested(63), 'accepted'],
    [nested(64), 'invalid_json'],
    [nested(100_000), 'invalid_json'],
    ['{"a":'.repeat(63) + '1' + '}'.repeat(63), 'accepted'],
    ['{"a":'.repeat(64) + '1' + '}'.repeat(64), 'invalid_json'],
    [`"${'['.repeat(100_000)}"`, 'accepted'],
    [`[${'[],'.repeat(1000)}[]]`, 'accepted']
  ])
  t.equal(outcomeOf(nested(64)), 'not_an_object')
  t.equal(outcomeOf(nested(65)), 'invalid_json')
  t.equal(outcomeOf('['.repeat(100_000)), 'invalid_json')
  t.equal(outcomeOf('{"a":'.repeat(100_000)), 'invalid_json')
  t.end()
})

t.test('JSON that is no object is not_an_object', (t) => {
  for (const line of ['null', 'true', '1', '1e400', '"{}"', '[]', '[{}]', ' [1] ']) {
    t.equal(outcomeOf(line), 'not_an_object', line)
  }
  t.end()
})

t.test('the first reason that applies is the line’s', (t) => {
  const all: [string, string, RejectionReason][] = [
    ['event_type', '"refund"', 'invalid_event_type'],
    ['timestamp', '"never"', 'invalid_timestamp'],
    ['item_id', '""', 'invalid_item_id'],
    ['customer_id', '""', 'invalid_customer_id'],
    ['price', '-1', 'invalid_price'],
    ['quantity', '0', 'invalid_quantity']
  ]
  const good = new Map(Object.entries(PURCHASE).map(([key, value]) => [key, JSON.stringify(value)]))
  const lineOf = (members: ReadonlyMap<string, string>) =>
    `{${[...members].map(([key, source]) => `"${key}":${source}`).join(',')}}`
  for (let first = 0; first < all.length; first++) {
    const members = new Map(good)
    for (const [key, source] of all.slice(first).reverse()) {
      members.delete(key)
      members.set(key, source)
    }
    const [key, , reason] = all[first]!
    t.equal(outcomeOf(lineOf(members)), reason, `all from ${key} on are wrong`)
    members.set(key, 'null')
    const next = all[first + 1]?.[2] ?? 'accepted'
    const isRequired = first < 3
    t.equal(outcomeOf(lineOf(members)), isRequired ? 'missing_field' : next, `${key} is missing`)
  }
  t.end()
})

t.test('duplicate, escaped and nested keys are read as JSON.parse reads the top level', (t) => {
  t.equal(outcomeOf('{"event_type":"x","timestamp":0,"event_type":"page_visit"}'), 'accepted')
  t.equal(outcomeOf('{"event_type":"page_visit","timestamp":0,"event_type":"x"}'), 'invalid_event_type')
  t.equal(outcomeOf('{"event_type":"page_visit","timestamp":0,"timestamp":null}'), 'missing_field')
  t.equal(eventOf('{"event_type":"page_visit","timestamp":0,"\\u0069tem_id":"a"}').itemId, 'a')
  t.equal(eventOf('{"event_type":"page_visit","timestamp":0,"item_id":"b","\\u0069tem_id":"a"}').itemId, 'a')
  t.equal(eventOf('{"event_type":"page_visit","timestamp":0,"\\u0069tem_id":"a","item_id":7}').itemId, '7')
  t.equal(eventOf('{"a":{"item_id":"x"},"event_type":"page_visit","timestamp":0}').itemId, null)
  t.equal(eventOf('{"a":[{"item_id":"x"}],"event_type":"page_visit","timestamp":0}').itemId, null)
  t.equal(eventOf('{"Item_id":"x","item_id ":"y","event_type":"page_visit","timestamp":0}').itemId, null)
  t.equal(eventOf('{"a":"\\",\\"item_id\\":\\"x","event_type":"page_visit","timestamp":0}').itemId, null)
  t.equal(eventOf('{"\\ud800":"\\udc00","event_type":"page_visit","timestamp":0}').itemId, null)
  const polluting = '{"__proto__":{"item_id":"x"},"constructor":1,"event_type":"page_visit","timestamp":0}'
  t.equal(eventOf(polluting).itemId, null)
  t.equal(outcomeOf('{"__proto__":{"event_type":"page_visit","timestamp":0}}'), 'missing_field')
  t.end()
})

t.test('white space of JSON between all tokens changes nothing', (t) => {
  const spaced = '\t { "event_type" \r: "page_visit" ,\t"timestamp": 12 , "item_id" : 5 \t} \r'
  t.match(eventOf(spaced), { timestampMs: 12_000, itemId: '5' })
  t.end()
})

t.test('a mapping changes which keys and values are read', (t) => {
  const mapping = parseMapping(['event_type=kind', 'timestamp=ts', 'item_id=sku', 'page_visit=view'])
  const mapped = createLineParser({ minorDigits: 2, mapping })
  const line = (value: object) => mapped(Buffer.from(JSON.stringify(value)))
  t.match(line({ kind: 'view', ts: 1, sku: 'a', item_id: 5 }), {
    outcome: 'accepted',
    event: { type: 'page_visit', itemId: 'a' }
  })
  t.match(line({ kind: 'purchase', ts: 1, sku: 'a' }), { outcome: 'accepted' })
  t.match(line({ kind: 'page_visit', ts: 1 }), { reason: 'invalid_event_type' })
  t.match(line({ event_type: 'view', ts: 1 }), {
    reason: 'missing_field',
    detail: 'event_type ("kind") is missing'
  })
  t.end()
})

t.test('the currency’s decimals round the price', (t) => {
  const yen = createLineParser({ minorDigits: 0 })
  t.match(yen(Buffer.from(JSON.stringify({ ...PURCHASE, price: 12.5 }))), { event: { priceMinor: 13 } })
  t.end()
})

t.test('bytes in shared memory and views into larger buffers are read in place', (t) => {
  const line = Buffer.from(JSON.stringify(PURCHASE))
  const shared = new Uint8Array(new SharedArrayBuffer(line.length + 20)).fill(0xff)
  shared.set(line, 10)
  t.equal(outcomeOf(shared.subarray(10, 10 + line.length)), 'accepted')
  t.equal(outcomeOf(shared.subarray(10, 11 + line.length)), 'invalid_utf8')
  t.end()
})

t.test('accepted lines satisfy the schema, once nulls and ignored values are left out', (t) => {
  const lines = [
    VISIT,
    CART,
    PURCHASE,
    { ...PURCHASE, item_id: 12, customer_id: -3, price: '12.30', quantity: '2', other: [1] },
    { ...PURCHASE, timestamp: 0, price: '1e2', quantity: 2.0 },
    { event_type: 'page_visit', timestamp: 253402300799999 }
  ]
  for (const line of lines) {
    t.equal(outcomeOf(JSON.stringify(line)), 'accepted', JSON.stringify(line))
    t.ok(Value.Check(LineSchema, line), JSON.stringify(line))
  }
  for (const line of [
    { ...VISIT, event_type: 'refund' },
    { ...VISIT, item_id: '' },
    { ...VISIT, timestamp: -1 }
  ]) {
    t.not(outcomeOf(JSON.stringify(line)), 'accepted')
    t.notOk(Value.Check(LineSchema, line), JSON.stringify(line))
  }
  t.end()
})

t.test(
  'the parser gives every reason but the one that takes a clock, and the one that is not to be read',
  (t) => {
    const seen = new Set<string>()
    const lines = [
      Buffer.alloc(1024 * 1024 + 1),
      Uint8Array.of(0xff),
      'x',
      '[]',
      '{}',
      withSource(VISIT, 'event_type', '1'),
      withSource(VISIT, 'timestamp', '-1'),
      withSource(VISIT, 'item_id', '""'),
      withSource(VISIT, 'customer_id', '""'),
      withSource(PURCHASE, 'price', '-1'),
      withSource(PURCHASE, 'quantity', '-1')
    ]
    for (const line of lines) seen.add(outcomeOf(line))
    t.same([...seen, 'future_timestamp', 'quarantined'], REJECTION_REASONS)
    t.end()
  }
)
