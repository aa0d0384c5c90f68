import t from 'tap'
import {
  CART,
  PURCHASE,
  VISIT,
  checkSources,
  eventOf,
  outcomeOf,
  verdictOf,
  withSource
} from '../support/lines.js'

t.test('event_type is one of three strings', (t) => {
  checkSources(t, VISIT, 'event_type', [
    ['"page_visit"', 'accepted'],
    ['"add_to_cart"', 'accepted'],
    ['"purchase"', 'accepted'],
    ['"pa\\u0067e_visit"', 'accepted'],
    ['null', 'missing_field'],
    ['""', 'invalid_event_type'],
    ['"Purchase"', 'invalid_event_type'],
    ['"purchase "', 'invalid_event_type'],
    ['"refund"', 'invalid_event_type'],
    ['"constructor"', 'invalid_event_type'],
    ['0', 'invalid_event_type'],
    ['true', 'invalid_event_type'],
    ['["purchase"]', 'invalid_event_type'],
    ['{}', 'invalid_event_type']
  ])
  t.equal(outcomeOf('{}'), 'missing_field')
  t.end()
})

t.test('timestamp is an RFC 3339 string or an epoch integer', (t) => {
  checkSources(t, VISIT, 'timestamp', [
    ['"2026-11-20T10:00:00Z"', 'accepted'],
    ['"2026-11-20\\u002010:00:00\\u005a"', 'accepted'],
    ['1763632800', 'accepted'],
    ['1763632800123', 'accepted'],
    ['0', 'accepted'],
    ['null', 'missing_field'],
    ['""', 'invalid_timestamp'],
    ['"item 12"', 'invalid_timestamp'],
    ['"2026-02-30T10:00:00Z"', 'invalid_timestamp'],
    ['"2026-11-20T10:00:60Z"', 'invalid_timestamp'],
    ['"2026-11-20T10:00:00"', 'invalid_timestamp'],
    ['"1763632800"', 'invalid_timestamp'],
    ['-1', 'invalid_timestamp'],
    ['-0', 'invalid_timestamp'],
    ['1763632800.0', 'invalid_timestamp'],
    ['1.763e9', 'invalid_timestamp'],
    ['1e400', 'invalid_timestamp'],
    ['253402300800000', 'invalid_timestamp'],
    ['true', 'invalid_timestamp'],
    ['[0]', 'invalid_timestamp'],
    ['{}', 'invalid_timestamp']
  ])
  t.equal(outcomeOf('{"event_type":"page_visit","item_id":"a"}'), 'missing_field')
  t.equal(
    outcomeOf(withSource(VISIT, 'timestamp', '"9998-01-01T00:00:00Z"')),
    'accepted',
    'the store knows the clock'
  )
  t.end()
})

const ID_CASES: readonly (readonly [string, 'accepted' | 'invalid'])[] = [
  ['"a"', 'accepted'],
  ['" "', 'accepted'],
  ['"__proto__"', 'accepted'],
  ['"constructor"', 'accepted'],
  ['"<img onerror=x>"', 'accepted'],
  ['"=cmd()"', 'accepted'],
  ['"\\u0000\\u001b[31m\\n"', 'accepted'],
  ['"\\ud83d\\ude00"', 'accepted'],
  [`"${'x'.repeat(256)}"`, 'accepted'],
  [`"${'x'.repeat(257)}"`, 'invalid'],
  [`"${'é'.repeat(128)}"`, 'accepted'],
  [`"${'é'.repeat(128)}x"`, 'invalid'],
  [`"${'€'.repeat(85)}x"`, 'accepted'],
  [`"${'€'.repeat(86)}"`, 'invalid'],
  [`"${'😀'.repeat(64)}"`, 'accepted'],
  [`"${'😀'.repeat(64)}x"`, 'invalid'],
  [`"${'\\u00e9'.repeat(128)}"`, 'accepted'],
  [`"${'\\u00e9'.repeat(129)}"`, 'invalid'],
  ['""', 'invalid'],
  ['"\\ud800"', 'invalid'],
  ['"a\\udc00b"', 'invalid'],
  ['"\\ude00\\ud83d"', 'invalid'],
  ['"\\ud83dx\\ude00"', 'invalid'],
  ['0', 'accepted'],
  ['12', 'accepted'],
  ['-5', 'accepted'],
  ['9'.repeat(256), 'accepted'],
  ['9'.repeat(257), 'invalid'],
  [`-${'9'.repeat(255)}`, 'accepted'],
  [`-${'9'.repeat(256)}`, 'invalid'],
  ['-0', 'invalid'],
  ['1.0', 'invalid'],
  ['1.5', 'invalid'],
  ['1e3', 'invalid'],
  ['1E3', 'invalid'],
  ['true', 'invalid'],
  ['false', 'invalid'],
  ['[]', 'invalid'],
  ['["a"]', 'invalid'],
  ['{"id":1}', 'invalid']
]

t.test('item_id is a string of 1 to 256 bytes or an integer', (t) => {
  const cases = ID_CASES.map(
    ([source, outcome]) => [source, outcome === 'invalid' ? 'invalid_item_id' : outcome] as const
  )
  for (const base of [VISIT, CART, PURCHASE]) checkSources(t, base, 'item_id', cases)
  checkSources(t, VISIT, 'item_id', [['null', 'accepted']])
  checkSources(t, CART, 'item_id', [['null', 'missing_field']])
  checkSources(t, PURCHASE, 'item_id', [['null', 'missing_field']])
  t.equal(outcomeOf('{"event_type":"add_to_cart","timestamp":0}'), 'missing_field')
  t.end()
})

t.test('customer_id is the same, but never required', (t) => {
  const cases = ID_CASES.map(
    ([source, outcome]) => [source, outcome === 'invalid' ? 'invalid_customer_id' : outcome] as const
  )
  for (const base of [VISIT, PURCHASE]) checkSources(t, base, 'customer_id', cases)
  t.equal(eventOf(withSource(PURCHASE, 'customer_id', 'null')).customerId, null)
  t.end()
})

t.test('an integer is the id of its digits', (t) => {
  const itemId = (source: string) => eventOf(withSource(VISIT, 'item_id', source)).itemId
  t.equal(itemId('12'), '12')
  t.equal(itemId('"12"'), '12')
  t.equal(itemId('"\\u0031\\u0032"'), '12')
  t.equal(itemId('"012"'), '012')
  t.equal(itemId('9007199254740993'), '9007199254740993', '2^53 + 1 keeps its digits')
  t.equal(itemId('-9007199254740993'), '-9007199254740993')
  t.equal(itemId('123456789012345678901234567890'), '123456789012345678901234567890')
  t.equal(itemId('"\\u0000"'), '\0')
  t.end()
})

const DECIMAL_FAULTS = [
  '""',
  '" 1"',
  '"1 "',
  '"+1"',
  '"01"',
  '"1."',
  '".5"',
  '"0x1"',
  '"1,5"',
  '"a"',
  'true',
  '[1]',
  '{}'
]

t.test('price of a purchase is a number or a string of that form', (t) => {
  checkSources(t, PURCHASE, 'price', [
    ['0', 'accepted'],
    ['12.30', 'accepted'],
    ['"12.30"', 'accepted'],
    ['"1\\u0032"', 'accepted'],
    ['10000000', 'accepted'],
    ['null', 'accepted'],
    ['10000000.01', 'invalid_price'],
    ['-0.01', 'invalid_price'],
    ['1e400', 'invalid_price'],
    ['"1e400"', 'invalid_price'],
    ['"NaN"', 'invalid_price'],
    ...DECIMAL_FAULTS.map((source) => [source, 'invalid_price'] as const)
  ])
  const price = (source: string) => eventOf(withSource(PURCHASE, 'price', source)).priceMinor
  t.equal(price('1.005'), 101)
  t.equal(price('"1.005"'), 101)
  t.equal(price('-0'), 0)
  t.equal(price('1e-400'), 0)
  t.equal(price('0.1e1'), 100)
  t.equal(price('null'), null, 'unpriced')
  t.end()
})

t.test('quantity of a purchase or cart add is integral', (t) => {
  const cases = [
    ['1', 'accepted'],
    ['2.0', 'accepted'],
    ['"2"', 'accepted'],
    ['100000', 'accepted'],
    ['null', 'accepted'],
    ['0', 'invalid_quantity'],
    ['-1', 'invalid_quantity'],
    ['1.5', 'invalid_quantity'],
    ['100001', 'invalid_quantity'],
    ...DECIMAL_FAULTS.map((source) => [source, 'invalid_quantity'] as const)
  ] as const
  checkSources(t, PURCHASE, 'quantity', cases)
  checkSources(t, CART, 'quantity', cases)
  t.equal(eventOf(withSource(PURCHASE, 'quantity', 'null')).quantity, 1)
  t.equal(eventOf(withSource(PURCHASE, 'quantity', '20e-1')).quantity, 2)
  t.end()
})

t.test('price and quantity of other events are any JSON value', (t) => {
  const values = ['-1', '"x"', 'true', '[]', '{"price":1}', '1e400', 'null']
  for (const value of values) {
    t.equal(eventOf(withSource(VISIT, 'price', value)).priceMinor, null, value)
    t.equal(eventOf(withSource(VISIT, 'quantity', value)).quantity, 1, value)
    t.equal(eventOf(withSource(CART, 'price', value)).priceMinor, null, value)
  }
  t.equal(eventOf(withSource(CART, 'price', '12.30')).priceMinor, null)
  t.equal(eventOf(withSource(VISIT, 'quantity', '5')).quantity, 1)
  t.end()
})

t.test('details name the field, quote little of the line, and nothing a terminal obeys', (t) => {
  const lines = [
    withSource(VISIT, 'event_type', `"${'x'.repeat(5000)}"`),
    withSource(VISIT, 'timestamp', `"\u001b\u009b31m\u202e${'é'.repeat(5000)}"`.replace('\u001b', '\\u001b')),
    withSource(VISIT, 'item_id', `"${'😀'.repeat(5000)}"`),
    withSource(VISIT, 'customer_id', `[${'1,'.repeat(5000)}1]`),
    withSource(PURCHASE, 'price', '9'.repeat(5000)),
    withSource(PURCHASE, 'quantity', `{"a":"${'\u2028'.repeat(5000)}"}`)
  ]
  const fields = ['event_type', 'timestamp', 'item_id', 'customer_id', 'price', 'quantity']
  for (const [index, line] of lines.entries()) {
    const verdict = verdictOf(line)
    if (verdict.outcome !== 'rejected') throw new Error(line.slice(0, 100))
    t.ok(verdict.detail.startsWith(`${fields[index]!} is `), verdict.detail)
    t.ok(verdict.detail.length < 200, verdict.detail)
    t.notMatch(verdict.detail, /[\p{C}\p{Zl}\p{Zp}]/u)
  }
  t.end()
})
