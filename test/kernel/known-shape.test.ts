import t from 'tap'
import { PLAIN, declines } from '../support/declines.js'
import { PURCHASE, withSource } from '../support/lines.js'

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
