import t from 'tap'
import { formatMinor, parseCurrency } from '../../src/base/currency.js'

t.test('minor units are those of ISO 4217', (t) => {
  const expected = {
    USD: 2,
    EUR: 2,
    HUF: 2,
    IDR: 2,
    COP: 2,
    JPY: 0,
    KRW: 0,
    CLP: 0,
    KWD: 3,
    TND: 3,
    CLF: 4,
    UYW: 4
  }
  for (const [code, minorDigits] of Object.entries(expected)) {
    t.strictSame(parseCurrency(code.toLowerCase()), { code, minorDigits })
  }
  for (const code of ['', 'XYZ', 'US', 'DOLLAR', '__proto__']) t.equal(parseCurrency(code), null, code)
  t.end()
})

t.test('minor units are shown as major ones', (t) => {
  t.equal(formatMinor(152050n, 2), '1520.50')
  t.equal(formatMinor(5n, 2), '0.05')
  t.equal(formatMinor(0n, 3), '0.000')
  t.equal(formatMinor(7n, 0), '7')
  t.equal(formatMinor(2n ** 63n, 2), '92233720368547758.08')
  t.end()
})
