import t from 'tap'
import { PLAIN, declines } from '../support/declines.js'
import { PURCHASE, withSource } from '../support/lines.js'
import { flat } from '../support/mappings.js'
import { ScanBench } from '../support/scan-bench.js'

t.test('a line of a known shape is checked like any other', (t) => {
  const known = withSource(PURCHASE, 'x', '"plain text of more than sixteen bytes"')
  const number = withSource(PURCHASE, 'x', '12')
  for (const [value, declined] of [
    ['"tab\t in it"', 1],
    ['"more than sixteen bytes, and then a \u0001"', 1],
    ['"Grüße, 你好, 🛒 and some more"', 0],
    ['"an escape \\n in it"', 0],
    ['"no such escape \\x"', 1],
    ['"without an end', 1],
    ['12', 0],
    ['-1.5e+3', 0],
    ['01', 1],
    ['1.', 1],
    ['null', 0],
    ['true', 0],
    ['nul', 1],
    ['{"a":["b",1]}', 0],
    ['"a" ', 0],
    ['"a""b"', 1]
  ] as const) {
    const line = withSource(PURCHASE, 'x', value)
    t.equal(declines(t, `${known}\n${number}\n${line}\n${known}\n${line}\r\n`), 2 * declined, value)
  }
  t.end()
})

t.test('before the first timestamp of its kind no minute is known', (t) => {
  for (const byte of ['\0', '\xff', '0']) {
    const at = new ScanBench()
    const other = withSource(PURCHASE, 'timestamp', '"2026-11-20T10:00:00+00:00"')
    const odd = withSource(PURCHASE, 'timestamp', `"${byte.repeat(16)}:07.123Z"`)
    t.equal(declines(t, Buffer.from(`${other}\n${other}\n${odd}\n`, 'latin1'), {}, at), 1)
    const first = withSource(PURCHASE, 'timestamp', '"1970-01-01T00:00:07.123Z"')
    t.equal(declines(t, `${other}\n${first}\n`, {}, new ScanBench()), 0)
  }
  t.end()
})

t.test('texts between values are compared to their ends, however long', (t) => {
  const line = (key: string, after: string) => JSON.stringify(PURCHASE).replace('{', `{"${key}"${after}1,`)
  for (let length = 1; length < 60; length++) {
    const key = 'k'.repeat(length)
    const known = line(key, ':')
    for (const [other, declined] of [
      [line(key, 'x'), 1],
      [line(key, ' '), 1],
      [line(`${key.slice(1)}l`, ':'), 0],
      [line(`${key.slice(1)}"`, ':'), 1]
    ] as const) {
      t.equal(declines(t, `${known}\n${known}\n${other}\n`), declined, other)
    }
  }
  t.end()
})

t.test('a value that is taken back by null leaves nothing', (t) => {
  for (const key of ['item_id', 'customer_id', 'price', 'quantity']) {
    const twice = withSource(PURCHASE, key, '"1"').replace(/}$/, `,"${key}":null}`)
    t.equal(declines(t, `${PLAIN}\n${twice}\n${twice}\n`), key === 'item_id' ? 2 : 0, key)
  }
  t.end()
})

t.test('an event type that is part of a known text is compared to its end', (t) => {
  const known = JSON.stringify(PURCHASE)
  const behind = known.slice(known.indexOf('","timestamp"'))
  for (const [type, declined] of [
    ['purchase', 0],
    ['page_visit', 0],
    ['add_to_cart', 0],
    ['purchasf', 1],
    ['purchase_', 1],
    ['urchase', 1],
    ['', 1],
    [',', 1],
    ['\\u0070urchase', 1],
    ['purchase","event_type":"page_visit', 0],
    ['purchase","event_type":"page_visits', 1],
    ['purchase", "note":"x', 0],
    ['purchase" ,"note":"x', 0]
  ] as const) {
    const line = `{"event_type":"${type}${behind}`
    t.equal(declines(t, `${known}\n${line}\n${known}\n${line}\n${line}\n`), 3 * declined, type)
  }
  for (const source of ['null', '1', '["purchase"]', '"purchase']) {
    const line = `{"event_type":${source}${behind.slice(1)}`
    t.equal(declines(t, `${known}\n${line}\n${line}\n`), 2, source)
  }
  t.end()
})

t.test('a text without an event type is not taken for one with, nor the other way round', (t) => {
  // With a type's name before it, this key is too long for a known text.
  const key = 'key_of_20_characters'
  const rest = JSON.stringify(PURCHASE).slice('{"event_type":"purchase"'.length)
  const known = [`{"event_type":"purchase"${rest}`, `{"event_type":"add_to_cart","${key}":"x"${rest}`]
  const line = `{"event_type":","${key}":"x","event_type":"purchase"${rest}`
  t.equal(declines(t, [...known, ...known, line, ''].join('\n')), 1)

  const comma = new ScanBench({
    mapping: flat({}, { purchase: ',' })
  })
  const visit = `{"event_type":"page_visit","${key}":"x"${rest}`
  const purchase = `{"event_type":","${rest}`
  const wrong = `{"event_type":"page_visit",","${rest.slice(2)}`
  t.equal(declines(t, [visit, purchase, visit, purchase, wrong, ''].join('\n'), {}, comma), 1)
  t.end()
})

t.test('an event type may stand anywhere, with any key behind it, or with none', (t) => {
  const keys = Object.keys(PURCHASE) as (keyof typeof PURCHASE)[]
  const lines: string[] = []
  for (let turn = 0; turn < keys.length; turn++) {
    const order = [...keys.slice(turn), ...keys.slice(0, turn)]
    for (const type of ['purchase', 'add_to_cart', 'page_visit']) {
      for (const other of ['', 'a', 'b', 'an_unwanted_key_that_is_too_long_for_a_known_text']) {
        const members = order.map((key) => [key, key === 'event_type' ? type : PURCHASE[key]] as const)
        const at = order.indexOf('event_type') + 1
        const others = other === '' ? [] : [[other, 'x'] as const]
        lines.push(
          JSON.stringify(Object.fromEntries([...members.slice(0, at), ...others, ...members.slice(at)]))
        )
      }
    }
  }
  for (const separators of [lines, lines.map((line) => line.replaceAll(':"', ': "').replaceAll(',', ', '))]) {
    t.equal(declines(t, [...separators, ...separators, ...separators.toReversed(), ''].join('\n')), 0)
  }
  t.end()
})

t.test('a timestamp of the minute before is checked to its closing quote', (t) => {
  const known = JSON.stringify(PURCHASE)
  for (const [time, declined] of [
    ['2026-11-20T10:00:59.999Z', 0],
    ['2026-11-20T10:00:60.000Z', 1],
    ['2026-11-20T10:01:00.000Z', 0],
    ['2026-11-20T10:00:00.000z', 0],
    ['2026-11-20T10:00:00.0000Z', 0],
    ['2026-11-20T10:00:00.00Z', 0],
    ['2026-11-20T10:00:00.000ZZ', 1],
    ['2026-11-20T10:00:00.000Z ', 1],
    ['2026-11-20T10:00:00.0x0Z', 1],
    ['2026-11-20T10:00:00,000Z', 1],
    ['2026-11-20T10:00:00.000"', 1],
    ['2026-11-20T10:00:0:.000Z', 1]
  ] as const) {
    const line = known.replace(PURCHASE.timestamp, time)
    t.equal(declines(t, `${known}\n${known}\n${line}\n`), declined, time)
  }
  t.end()
})
