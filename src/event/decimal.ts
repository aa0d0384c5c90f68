import { MAX_PRICE_MAJOR, MAX_QUANTITY, MIN_QUANTITY } from './limits.js'

/** A number of RFC 8259: sign, integer digits, fraction digits, exponent. */
const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?)(\d+))?$/

/** Exponents of more digits than this are taken as 10^15: beyond the length of any text, so nothing changes. */
const MAX_EXPONENT_DIGITS = 15
const HUGE_EXPONENT = 10 ** MAX_EXPONENT_DIGITS

const ZERO_DIGIT = 48

/**
 * An exact decimal, 0.`digits` × 10^`point`. The digits begin and end with
 * another digit than 0; zero has none of them.
 */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly point: number
}

const MAX_PRICE = exactInteger(MAX_PRICE_MAJOR)
const MAX_UNITS = exactInteger(MAX_QUANTITY)

/**
 * Reads the text of a JSON number as a price, in the decimal system from end
 * to end. Null when it is no JSON number or not within 0 to 10,000,000; the
 * exact value is what is checked, before it is rounded.
 *
 * @param minorDigits decimals of the currency, 0 to 8
 * @returns minor units, rounded half up
 */
export function parsePrice(text: string, minorDigits: number): number | null {
  const price = readDecimal(text)
  if (price === null) return null
  if (price.digits === '') return 0
  if (price.negative || isAbove(price, MAX_PRICE)) return null
  // Digits that stand before the decimal point once the value counts minor units.
  const whole = price.point + minorDigits
  if (whole < 0) return 0
  const minor = Number(price.digits.slice(0, whole).padEnd(whole, '0'))
  return (price.digits[whole] ?? '0') >= '5' ? minor + 1 : minor
}

/** Reads the text of a JSON number as a quantity: integral (`2`, `2.0`, `20e-1`), 1 to 100,000; null for anything else. */
export function parseQuantity(text: string): number | null {
  const quantity = readDecimal(text)
  if (quantity === null || quantity.negative || isAbove(quantity, MAX_UNITS)) return null
  if (quantity.digits.length > quantity.point) return null
  const units = Number(quantity.digits.padEnd(quantity.point, '0'))
  return units >= MIN_QUANTITY ? units : null
}

/** Takes time and memory linear in the text, whatever its exponent says; null when it is no JSON number. */
function readDecimal(text: string): Decimal | null {
  const parts = NUMBER.exec(text)
  if (parts === null) return null
  const [, sign = '', integer = '', fraction = '', exponentSign = '', exponentDigits = ''] = parts
  const all = integer + fraction
  let from = 0
  let to = all.length
  while (from < to && all.charCodeAt(from) === ZERO_DIGIT) from++
  while (to > from && all.charCodeAt(to - 1) === ZERO_DIGIT) to--
  if (from === to) return { negative: false, digits: '', point: 0 }
  const size = readExponent(exponentDigits)
  const point = integer.length - from + (exponentSign === '-' ? -size : size)
  return { negative: sign === '-', digits: all.slice(from, to), point }
}

function readExponent(digits: string): number {
  let from = 0
  while (digits.charCodeAt(from) === ZERO_DIGIT) from++
  return digits.length - from > MAX_EXPONENT_DIGITS ? HUGE_EXPONENT : Number(digits.slice(from))
}

/** Both positive. Digits compare as text because they are the digits of fractions, 0.ddd. */
function isAbove(value: Decimal, bound: Decimal): boolean {
  return value.point === bound.point ? value.digits > bound.digits : value.point > bound.point
}

/** A positive safe integer as a decimal. */
function exactInteger(count: number): Decimal {
  const text = String(count)
  return { negative: false, digits: text.replace(/0+$/, ''), point: text.length }
}
