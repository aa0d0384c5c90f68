import type { Random } from './random.js'
import {
  BAD_ESCAPES,
  DATES,
  EDGE_NUMBERS,
  EDGE_QUANTITIES,
  EDGE_SIZES,
  EPOCHS,
  ESCAPES,
  GARBAGE,
  LETTERS,
  NO_VALUES,
  ODD_CHARACTERS,
  TIMES,
  TIME_ENDS,
  ZONES
} from './value-edges.js'

/** Makes source texts of values, right and wrong ones: each method says of what. */
export class ValueFuzzer {
  /** Whether wrong values are rare: a line is only as right as its worst member. */
  isTame = false
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** True once in `times`, and seldom in tame lines. */
  rarely(times: number): boolean {
    return this.#random.oneIn(this.isTame ? times * 30 : times)
  }

  timestamp(): string {
    const random = this.#random
    if (this.rarely(30)) return this.odd()
    if (random.int(4) === 0) {
      if (this.rarely(3)) return random.pick(EPOCHS)
      const size = this.rarely(4) ? 1 + random.int(17) : random.oneIn(2) ? 10 : 13
      return `${1 + random.int(9)}${this.digits(size - 1)}`
    }
    if (random.oneIn(3)) return this.#timeInMinute()
    const separator = random.oneIn(12)
      ? ' '
      : this.rarely(80)
        ? random.pick(['t', '_', '', 'TT', '\\u0054'])
        : 'T'
    return `"${this.#date()}${separator}${this.#time()}${this.#fraction()}${this.#zone()}"`
  }

  /** Times of one minute, as those of most lines that follow one another. */
  #timeInMinute(): string {
    const random = this.#random
    const second = this.rarely(30) ? random.pick(['60', '0:', '5/', '/5', '5 ']) : two(random.int(60))
    const ms = this.rarely(30) ? random.pick(['12:', '1/0', 'x00', '.00']) : this.digits(3)
    return `"2026-11-20T10:00:${second}.${ms}${this.rarely(6) ? random.pick(TIME_ENDS) : 'Z'}"`
  }

  #date(): string {
    const random = this.#random
    if (this.rarely(25)) return random.pick(DATES)
    if (random.oneIn(2)) return '2026-11-20'
    const year = random.oneIn(3) ? 1970 + random.int(8030) : 2020 + random.int(10)
    return `${year}-${two(1 + random.int(12))}-${two(1 + random.int(this.rarely(4) ? 31 : 28))}`
  }

  #time(): string {
    const random = this.#random
    if (this.rarely(30)) return random.pick(TIMES)
    return `${two(random.int(24))}:${two(random.int(60))}:${two(random.int(60))}`
  }

  #fraction(): string {
    const random = this.#random
    if (this.rarely(60)) return random.pick(['.', ',5', '.5.', '.1234567890', '.x', '.-1', '. 1'])
    return random.oneIn(3) ? '' : `.${this.digits(random.oneIn(2) ? 3 : 1 + random.int(9))}`
  }

  #zone(): string {
    const random = this.#random
    if (this.rarely(25)) return random.pick(ZONES)
    if (random.oneIn(4)) return `${random.pick(['+', '-'])}${two(random.int(24))}:${two(random.int(60))}`
    return random.oneIn(10) ? 'z' : 'Z'
  }

  id(): string {
    const random = this.#random
    if (this.rarely(30)) return this.odd()
    if (random.oneIn(8)) {
      if (this.rarely(6)) return random.pick(EDGE_NUMBERS)
      const size = random.oneIn(20) ? random.pick(EDGE_SIZES) : 1 + random.int(20)
      return `${random.oneIn(6) ? '-' : ''}${1 + random.int(9)}${this.digits(Math.max(0, size - 1))}`
    }
    if (random.oneIn(30)) return `"${this.#sized(random.pick(EDGE_SIZES))}"`
    if (this.rarely(5)) return this.string()
    if (random.oneIn(5)) return `"${random.pick(LETTERS)}${random.int(1000)}${random.pick(LETTERS)}"`
    return `"sku_${random.int(100_000)}"`
  }

  /** A text of that many bytes, or nearly. */
  #sized(bytes: number): string {
    const letter = this.#random.pick(['a', '7', 'é', '鞋', '🥿'])
    const size = Buffer.byteLength(letter)
    return letter.repeat(Math.floor(bytes / size)) + 'x'.repeat(this.#random.oneIn(4) ? 0 : bytes % size)
  }

  price(): string {
    return this.#amount(this.rarely(15) ? this.#number() : this.#plainPrice())
  }

  quantity(): string {
    const random = this.#random
    if (this.rarely(6)) return this.#amount(this.#number())
    if (this.rarely(8)) return this.#amount(random.pick(EDGE_QUANTITIES))
    const fraction = random.oneIn(4) ? `.${'0'.repeat(1 + random.int(3))}` : ''
    return this.#amount(`${1 + random.int(random.oneIn(3) ? 100_000 : 9)}${fraction}`)
  }

  #amount(text: string): string {
    const random = this.#random
    if (this.rarely(25)) return this.odd()
    if (!random.oneIn(5)) return text
    return this.rarely(20) ? `" ${text}"` : this.rarely(20) ? `"${text} "` : `"${text}"`
  }

  /** Many of them near where they are rounded up. */
  #plainPrice(): string {
    const random = this.#random
    const whole = random.int(10 ** (1 + random.int(7)))
    if (random.oneIn(4)) return `${whole}`
    const places = random.oneIn(2) ? 2 : random.int(9)
    if (random.oneIn(2)) return places === 0 ? `${whole}.5` : `${whole}.${this.digits(places)}`
    return `${whole}.${this.digits(places)}${random.pick(['4', '5', '49', '50', '499999999', '500000001', '9', '99'])}`
  }

  #number(): string {
    const random = this.#random
    if (this.rarely(8)) return random.pick(EDGE_NUMBERS)
    if (random.oneIn(2)) return `${1 + random.int(9)}`
    const sign = random.oneIn(40) ? '-' : ''
    const whole = random.int(10 ** (1 + random.int(8)))
    const fraction = random.oneIn(3) ? '' : `.${this.digits(random.oneIn(2) ? 2 : 1 + random.int(12))}`
    const exponent = random.oneIn(25) ? `${random.pick(['e', 'E', 'e+', 'e-', 'E-'])}${random.int(12)}` : ''
    return `${sign}${whole}${fraction}${exponent}`
  }

  /** A value that no field but a missing one may have, or no value at all. */
  odd(): string {
    const random = this.#random
    return random.oneIn(3) ? random.pick(GARBAGE) : random.oneIn(3) ? 'null' : random.pick(NO_VALUES)
  }

  /** A string with all that strings may, and now and then may not, have in them. */
  string(): string {
    const random = this.#random
    let text = ''
    for (let parts = random.int(6); parts > 0; parts--) {
      const kind = random.int(40)
      if (kind < 8) text += random.pick(ESCAPES)
      else if (kind === 8) text += this.rarely(1) ? random.pick(BAD_ESCAPES) : ''
      else if (kind === 9) text += this.rarely(1) ? random.pick(ODD_CHARACTERS) : ''
      else if (kind < 18) text += random.pick(LETTERS)
      else if (kind < 22) text += random.pick(['{', '}', '[', ']', ':', ',', ' ', '":"', "'"].slice(0, 7))
      else text += 'abcdefghijklmnopqrstuvwxyz0123456789'.slice(random.int(30))
    }
    return `"${text}"`
  }

  /** Any JSON value, and now and then none. */
  anything(depth = 0): string {
    const random = this.#random
    const kind = random.int(depth > 4 ? 6 : 9)
    if (kind < 2) return this.string()
    if (kind === 2) return random.pick(['true', 'false', 'null'])
    if (kind === 3) return this.rarely(12) ? random.pick(EDGE_NUMBERS) : this.#number()
    if (kind === 4) return this.rarely(12) ? this.odd() : '"plain"'
    if (kind === 5) return random.oneIn(12) && depth === 0 ? this.#deep() : `${random.int(1000)}`
    return this.#nested(depth)
  }

  #nested(depth: number): string {
    const random = this.#random
    const isObject = random.oneIn(2)
    const blank = random.oneIn(3) ? ' ' : this.rarely(20) ? random.pick(['\t', '\r', '  ']) : ''
    const parts: string[] = []
    for (let count = random.int(4); count > 0; count--) {
      const value = this.anything(depth + 1)
      const key = random.oneIn(4)
        ? this.string()
        : random.pick(['"item_id"', '"price"', '""', '"k"', '"event_type"'])
      parts.push(isObject ? `${key}${blank}:${blank}${value}` : value)
    }
    if (this.rarely(60)) parts.push(random.pick(['', '1 2', '"a"', '"a":', ':1', '}', ']']))
    const inside = parts.join(`${blank},${blank}`)
    const close = this.rarely(80) ? random.pick(['', ']', '}', ',}', ',]']) : isObject ? '}' : ']'
    return `${isObject ? '{' : '['}${blank}${inside}${blank}${close}`
  }

  /** Nested about as deep as the line may. */
  #deep(): string {
    const random = this.#random
    let text = random.pick(['', '1', '"x"'])
    let wasEmpty = text === ''
    for (let depth = 60 + random.int(7); depth > 0; depth--) {
      const isObject = !wasEmpty && random.oneIn(2)
      text = isObject ? `{"d":${text}}` : `[${text}]`
      wasEmpty = false
    }
    return text
  }

  digits(count: number): string {
    let text = ''
    for (let rest = count; rest > 0; rest -= 6) {
      text += String(this.#random.int(10 ** 6))
        .padStart(6, '0')
        .slice(0, Math.min(6, rest))
    }
    return text
  }
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}
