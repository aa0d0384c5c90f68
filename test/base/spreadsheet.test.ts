import t from 'tap'
import { harmlessCell } from '../../src/base/spreadsheet.js'

t.test('what a spreadsheet would run gets an apostrophe, also behind apostrophes; nothing else does', (t) => {
  for (const text of [
    '=1',
    '+1',
    '-1',
    '@a',
    '＝1',
    '＋1',
    '－1',
    '＠a',
    '\ta',
    '\ra',
    '\na',
    "'=1",
    "''-1"
  ]) {
    t.equal(harmlessCell(text), `'${text}`)
  }
  for (const text of ['', 'a', 'a=1', "'a", ' =1', '1-1', 'é']) t.equal(harmlessCell(text), text)
  t.end()
})
