import t from 'tap'
import { parsePrice, parseQuantity } from '../../src/event/decimal.js'
import { seeded } from '../support/random.js'

const NO_NUMBERS = [
  '',
  ' ',
  '1 ',
  ' 1',
  '+1',
  '--1',
  '01',
  '-01',
  '00',
  '1.',
  '.5',
  '-.5',
  '-',
  '1e',
  '1e+',
  '1e1.5',
  'e5',
  '1,5',
  '1_000',
  '0x10',
  'NaN',
  'Infinity',
  '12n',
  '１２',
  '1.2.3',
  '1\n'
]

t.test('prices are exact decimals, half up to the minor unit', (t) => {
  const cases: [string, number | null][] = [
    ['0', 0],
    ['-0', 0],
    ['-0.0', 0],
    ['-0e5', 0],
    ['0e999999999', 0],
    ['0.000e-999999999999999999999', 0],
    ['1', 100],
    ['12.3', 1230],
    ['12.30', 1230],
    ['19.99', 1999],
    ['1.005', 101],
    ['1.00499999999999999999999999', 100],
    ['0.285', 29],
    ['0.30000000000000004', 30],
    ['0.005', 1],
    ['0.00499', 0],
    ['0.0005', 0],
    ['0.995', 100],
    ['9.995', 1000],
    ['1e2', 10_000],
    ['1E2', 10_000],
    ['1e+2', 10_000],
    ['1e-2', 1],
    ['5e-3', 1],
    ['4e-3', 0],
    ['123456e-4', 1235],
    ['0.00001e6', 1000],
    ['1e0000000000000000000000002', 10_000],
    ['1e-400', 0],
    ['1e-99999999999999999999', 0],
    ['1e400', null],
    ['1e99999999999999999999', null],
    ['10000000', 1_000_000_000],
    ['10000000.000', 1_000_000_000],
    ['1e7', 1_000_000_000],
    ['0.1e8', 1_000_000_000],
    ['9999999.999', 1_000_000_000],
    ['9999999.994', 999_999_999],
    ['10000000.001', null],
    ['10000000.0000000000000000000001', null],
    ['10000001', null],
    ['100000000', null],
    ['-1', null],
    ['-0.001', null],
    ['-1e-400', null]
  ]
  for (const [text, expected] of cases) t.equal(parsePrice(text, 2), expected, text)
  for (const text of NO_NUMBERS) t.equal(parsePrice(text, 2), null, JSON.stringify(text))
  t.end()
})

t.test('the currency says how many decimals count', (t) => {
  t.equal(parsePrice('1.5', 0), 2)
  t.equal(parsePrice('0.4999', 0), 0)
  t.equal(parsePrice('0.5', 0), 1)
  t.equal(parsePrice('1.2345', 3), 1235)
  t.equal(parsePrice('10000000', 3), 10_000_000_000)
  t.equal(parsePrice('0.00005', 4), 1)
  t.end()
})

t.test('quantities are integral, 1 to 100,000', (t) => {
  const cases: [string, number | null][] = [
    ['1', 1],
    ['2', 2],
    ['2.0', 2],
    ['2.000', 2],
    ['20e-1', 2],
    ['0.2e1', 2],
    ['10', 10],
    ['1e5', 100_000],
    ['100000', 100_000],
    ['100000.0', 100_000],
    ['100001', null],
    ['100000.1', null],
    ['1e6', null],
    ['1e400', null],
    ['0', null],
    ['-0', null],
    ['0.0', null],
    ['-1', null],
    ['2.5', null],
    ['0.5', null],
    ['2.00000000000000000000000001', null],
    ['1e-1', null],
    ['1e-400', null]
  ]
  for (const [text, expected] of cases) t.equal(parseQuantity(text), expected, text)
  for (const text of NO_NUMBERS) t.equal(parseQuantity(text), null, JSON.stringify(text))
  t.end()
})

t.test('texts of a megabyte are read like short ones', (t) => {
  const many = 1_000_000
  const zeros = '0'.repeat(many)
  t.equal(parsePrice(`0.${zeros}1`, 2), 0)
  t.equal(parsePrice(`1.${zeros}1`, 2), 100)
  t.equal(parsePrice(`1${zeros}e-${many}`, 2), 100)
  t.equal(parsePrice(`0.${zeros}5e${many - 2}`, 2), 1)
  t.equal(parsePrice(`9${zeros}`, 2), null)
  t.equal(parsePrice(`1e-${'9'.repeat(many)}`, 2), 0)
  t.equal(parsePrice(`1e${'9'.repeat(many)}`, 2), null)
  t.equal(parsePrice('9'.repeat(many), 2), null)
  t.equal(parsePrice(`${'9'.repeat(many)}x`, 2), null)
  t.equal(parseQuantity(`2.${zeros}`), 2)
  t.equal(parseQuantity(`2.${zeros}1`), null)
  t.equal(parseQuantity(`0.${zeros}2e${many + 1}`), 2)
  t.end()
})

t.test('random numbers agree with fractions of big integers', (t) => {
  const random = seeded(t)
  const integer = (low: number, high: number) => low + random.int(high - low + 1)
  const pick = <T>(choices: readonly T[]) => random.pick(choices)
  const digits = (most: number) => {
    let text = ''
    for (let left = integer(1, most); left > 0; left--) text += String(pick([0, 0, 9, 5, integer(0, 9)]))
    return text
  }
  const mismatches: unknown[] = []
  for (let round = 0; round < 20_000; round++) {
    const whole = pick(['0', '10000000', '9999999', '100000', digits(9).replace(/^0+(?=\d)/, '')])
    const fraction = pick(['', '', `.${digits(6)}`, '.5', '.005', '.995'])
    const exponent = pick(['', '', '', `e${integer(-12, 9)}`, `E+${integer(0, 3)}`])
    const text = `${pick(['', '', '', '', '-'])}${whole}${fraction}${exponent}`
    const minorDigits = pick([0, 2, 2, 3])
    const price = oraclePrice(text, minorDigits)
    if (parsePrice(text, minorDigits) !== price) mismatches.push([text, minorDigits, price])
    const quantity = oracleQuantity(text)
    if (parseQuantity(text) !== quantity) mismatches.push([text, quantity])
  }
  t.same(mismatches, [])
  t.end()
})

interface Fraction {
  readonly above: bigint
  readonly below: bigint
}

function fractionOf(text: string): Fraction {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', decimals = ''] = mantissa.split('.')
  const shift = BigInt(exponent) - BigInt(decimals.length)
  const count = BigInt(whole + decimals)
  return shift >= 0n ? { above: count * 10n ** shift, below: 1n } : { above: count, below: 10n ** -shift }
}

function oraclePrice(text: string, minorDigits: number): number | null {
  const { above, below } = fractionOf(text.replace(/^-/, ''))
  if (text.startsWith('-') && above !== 0n) return null
  if (above > 10_000_000n * below) return null
  const scaled = above * 10n ** BigInt(minorDigits)
  return Number((2n * scaled + below) / (2n * below))
}

function oracleQuantity(text: string): number | null {
  const { above, below } = fractionOf(text.replace(/^-/, ''))
  if (text.startsWith('-') || above % below !== 0n) return null
  const units = above / below
  return units >= 1n && units <= 100_000n ? Number(units) : null
}
