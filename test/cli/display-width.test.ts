import t from 'tap'
import { alignedRows, fit, widthOf } from '../../src/cli/display-width.js'
import { seeded } from '../support/random.js'

t.test('a text is padded or cut to exactly the columns there are', (t) => {
  t.equal(fit('sku', 5), 'sku  ')
  t.equal(fit('sku', 5, 'right'), '  sku')
  t.equal(fit('sku_12345', 5), 'sku_…')
  t.equal(fit('sku_1', 5), 'sku_1')
  t.equal(fit('', 0), '')
  t.equal(fit('sku', 0), '')
  t.end()
})

t.test('wide characters take two columns, and none is cut in half', (t) => {
  t.equal(widthOf('日本'), 4)
  t.equal(fit('日本語の靴', 6), '日本… ')
  t.equal(fit('日本語の靴', 10), '日本語の靴')
  t.equal(fit('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5), '👩‍👩‍👧‍👦👩‍👩‍👧‍👦…', 'a family is one')
  t.equal(fit('e\u0301e\u0301e\u0301', 2), 'e\u0301…', 'an accent goes with its letter')
  t.end()
})

t.test('whatever an id is, it takes the columns that it is given and holds no command', (t) => {
  const random = seeded(t)
  const PARTS = [
    'a',
    '\u001b[2J',
    '\u009b',
    '\n',
    '\u202e',
    '日',
    '👍🏽',
    'e\u0301',
    '\u200d',
    'ｶﾞ',
    '🇩🇪',
    '\t',
    '한'
  ]
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: random.int(20) }, () => PARTS[random.int(PARTS.length)]).join('')
    const width = random.int(30)
    const fitted = fit(text, width)
    t.equal(widthOf(fitted), width, JSON.stringify(text))
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    t.notMatch(fitted, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
  }
  t.end()
})

t.test('columns stand below each other, also of wide characters, and the widest gives way', (t) => {
  const rows = [
    ['', 'item', 'views'],
    ['1', '日本', '1,000'],
    ['10', 'sku', '7']
  ]
  const aligns = ['right', 'left', 'right'] as const
  t.strictSame(alignedRows(rows, aligns), ['    item  views', ' 1  日本  1,000', '10  sku       7'])
  const narrow = alignedRows([['1', 'a'.repeat(50), '12']], aligns, 20)
  t.strictSame(narrow, [`1  ${'a'.repeat(12)}…  12`])
  t.strictSame(alignedRows([], aligns), [])
  t.end()
})
