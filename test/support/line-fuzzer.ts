import { EVENT_TYPES } from '../../src/event/event.js'
import { FIELDS, type Field, type FieldMapping } from '../../src/event/mapping.js'
import { mutate } from './line-mutations.js'
import { eventMembers } from './nested-fuzzer.js'
import type { Random } from './random.js'
import { ValueFuzzer } from './value-fuzzer.js'

const ODD_LINES = [
  ...[
    '',
    ' ',
    '\t',
    '\r',
    ' \t \r',
    '\r\r',
    '[1]',
    '1',
    '"x"',
    'null',
    'true',
    '{}',
    '{ }',
    '{',
    '}',
    '[]',
    '\ufeff'
  ],
  ...[
    '"',
    '\\',
    '\\"',
    '{"',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a"}',
    '{"a":1 "b":2}'
  ],
  ...[
    '{"a":"\\',
    '{"a":"\\"',
    '{"a":"\\\\',
    '{}{}',
    '[{"a":1}]',
    'x',
    '   x',
    '-',
    '\u0000',
    '\u00a0',
    ' \ufeff{}'
  ]
]
const BLANKS = [' ', '  ', '      ', ' ', ' ', '\t', '\r', ' \t', '\u00a0', '\f']
const TAILS = [
  '\r',
  '\r',
  '\r',
  '\r\r',
  ' ',
  ' \r',
  '\t',
  '\r ',
  'x',
  ',',
  '}',
  '{}',
  ']',
  '"',
  '\\',
  '\u0000',
  ' //'
]
const HEADS = [' ', '   ', '\t', '\ufeff', ',', '[', '{', '"', 'x', '\r']

/** How the punctuation of a line is set. */
interface Spacing {
  readonly colon: () => string
  readonly comma: () => string
  readonly edge: () => string
}

/**
 * Makes lines by the grammar of CONTRACT, section 1, with the names of a
 * mapping. Two in three are tame; one in six is mutated byte by byte, and may then hold
 * line feeds.
 */
export class LineFuzzer {
  readonly #random: Random
  readonly #mapping: FieldMapping
  readonly #values: ValueFuzzer
  readonly #extraKeys: readonly string[]
  /** Whether each field has one key of the line. */
  readonly #isPlain: boolean
  #last: Buffer = Buffer.from('{"a":1}')

  constructor(random: Random, mapping: FieldMapping) {
    this.#random = random
    this.#mapping = mapping
    this.#values = new ValueFuzzer(random)
    this.#isPlain =
      mapping.items === null &&
      FIELDS.every((field) => mapping.places[field].length === 1 && mapping.places[field][0]?.length === 1)
    this.#extraKeys = [
      ...['', 'a', 'session', 'note', '__proto__', 'Item_id', 'ITEM_ID', 'item_idx', 'tem_id', 'käse', '🥿'],
      ...['a_rather_long_key_of_many_bytes', 'x'.repeat(300)],
      ...FIELDS.flatMap((field) => mapping.places[field])
        .flatMap(([key = '']) => key)
        .flatMap(nearlyTheSame),
      ...EVENT_TYPES.flatMap((type) => mapping.types[type])
    ]
  }

  /** The bytes of a line, without a line feed at its end. */
  next(): Buffer {
    const random = this.#random
    const line = Buffer.from(random.oneIn(60) ? random.pick(ODD_LINES) : this.#line())
    const made = random.oneIn(5) ? mutate(random, line, this.#last) : line
    this.#last = line
    return made
  }

  /** A line of so many bytes that would be accepted but for its length. */
  long(bytes: number): Buffer {
    const random = this.#random
    const line = this.#event().join(',')
    const filling = random.pick(['x', ' ', 'é', '\\\\', '\\n', '"",', '[', '1,', '\\"'])
    const [open, close] =
      filling === '"",' || filling === '1,'
        ? [',"pad":[', '0]']
        : filling === '['
          ? [',"pad":', '']
          : [',"pad":"', '"']
    const room = bytes - Buffer.byteLength(line) - open.length - close.length - 2
    const size = Buffer.byteLength(filling)
    const inside = filling.repeat(Math.max(0, Math.floor(room / size)))
    return Buffer.from(`{${line}${open}${inside}${close}${' '.repeat(Math.max(0, room % size))}}`)
  }

  #line(): string {
    const random = this.#random
    const values = this.#values
    values.isTame = !random.oneIn(3)
    const members = this.#event()
    if (random.oneIn(3)) this.#addExtras(members)
    if (values.rarely(15)) members.push(this.#member(random.pick(FIELDS)))
    if (random.oneIn(2)) shuffle(random, members)
    const { colon, comma, edge } = this.#spacing()
    let text = `{${edge()}`
    members.forEach((member, number) => {
      if (number > 0) text += values.rarely(100) ? random.pick(['', ',,', ';']) : comma()
      // The key of a member ends at its first colon that follows a quote.
      const at = member.indexOf('":') + 1
      text += at === 0 ? member : `${member.slice(0, at)}${colon()}${member.slice(at + 1)}`
    })
    text += `${edge()}}`
    if (values.rarely(8)) text += random.pick(TAILS)
    if (values.rarely(20)) text = random.pick(HEADS) + text
    return text
  }

  #event(): string[] {
    const random = this.#random
    if (!this.#isPlain) return this.#nestedEvent()
    const members: string[] = []
    for (const field of FIELDS) {
      const isRequired = field === 'event_type' || field === 'timestamp' || field === 'item_id'
      if (!(isRequired ? this.#values.rarely(20) : random.oneIn(4))) members.push(this.#member(field))
    }
    return members
  }

  #nestedEvent(): string[] {
    return eventMembers({
      random: this.#random,
      values: this.#values,
      mapping: this.#mapping,
      key: (key) => this.#key(key),
      value: (field) => this.#value(field)
    })
  }

  #member(field: Field): string {
    const [key] = this.#isPlain ? (this.#mapping.places[field][0] ?? []) : []
    if (key === undefined) return this.#nestedEvent()[0] ?? '"a":1'
    return `${this.#key(key)}:${this.#value(field)}`
  }

  /** A key's source, now and then with an escape. */
  #key(key: string): string {
    const random = this.#random
    if (!this.#values.rarely(40)) return JSON.stringify(key)
    const at = random.int(key.length)
    const code = key.charCodeAt(at).toString(16).padStart(4, '0')
    return `"${key.slice(0, at)}\\u${random.oneIn(2) ? code : code.toUpperCase()}${key.slice(at + 1)}"`
  }

  #value(field: Field): string {
    const random = this.#random
    switch (field) {
      case 'event_type': {
        if (this.#values.rarely(50)) return this.#values.odd()
        const type = random.pick(this.#mapping.types[random.pick(EVENT_TYPES)])
        if (this.#values.rarely(40))
          return JSON.stringify(random.pick([`${type}x`, type.slice(1), '', type.toUpperCase()]))
        return this.#values.rarely(60) ? this.#key(type) : JSON.stringify(type)
      }
      case 'timestamp':
        return this.#timestamp()
      case 'item_id':
      case 'customer_id':
        return this.#values.id()
      case 'price':
        return this.#values.price()
      case 'quantity':
        return this.#values.quantity()
    }
  }

  #timestamp(): string {
    const values = this.#values
    const { times } = this.#mapping
    if (times === 'standard' || values.rarely(10)) return values.timestamp()
    const random = this.#random
    if (times === 'microseconds') {
      const size = values.rarely(6) ? 1 + random.int(20) : 16
      const digits = `${values.rarely(20) ? 0 : 1 + random.int(9)}${values.digits(size - 1)}`
      return random.oneIn(2) ? digits : values.rarely(20) ? `"${digits} "` : `"${digits}"`
    }
    const time = values.timestamp()
    return time.startsWith('"')
      ? time.replace(/(?:[Zz]|[+-]\d\d:\d\d)"$/, values.rarely(20) ? ' utc"' : ' UTC"')
      : time
  }

  #addExtras(members: string[]): void {
    const random = this.#random
    const count = random.oneIn(30) ? 30 + random.int(10) : 1 + random.int(4)
    for (let extra = 0; extra < count; extra++) {
      const key = this.#values.rarely(2)
        ? this.#values.string()
        : JSON.stringify(random.pick(this.#extraKeys))
      const value = random.oneIn(6) ? `"${'p'.repeat(random.int(200))}"` : this.#values.anything()
      members.splice(random.int(members.length + 1), 0, `${key}:${value}`)
    }
  }

  #spacing(): Spacing {
    const random = this.#random
    const none = () => ''
    const kind = random.int(12)
    if (kind < 6) return { colon: () => ':', comma: () => ',', edge: none }
    if (kind < 10 || (this.#values.isTame && kind === 11))
      return { colon: () => ': ', comma: () => ', ', edge: none }
    const width = kind === 10 ? 4 : BLANKS.length
    const blank = () => (random.oneIn(2) ? '' : (BLANKS[random.int(random.oneIn(8) ? width : 5)] ?? ''))
    return { colon: () => `${blank()}:${blank()}`, comma: () => `${blank()},${blank()}`, edge: blank }
  }
}

/** Keys that share much with a wanted one. */
function nearlyTheSame(key: string): string[] {
  const middle = Math.floor(key.length / 2)
  const other = key[middle] === 'x' ? 'y' : 'x'
  return [
    `${key.slice(0, 8)}x${key.slice(-8)}`,
    `${key.slice(0, middle)}${other}${key.slice(middle + 1)}`,
    `${key}x`,
    `${key} `,
    key.slice(0, -1),
    key.slice(1),
    key.toUpperCase(),
    `${key.slice(0, 8)}${'y'.repeat(12)}${key.slice(-8)}`
  ]
}

export function shuffle(random: Random, list: unknown[]): void {
  for (let last = list.length - 1; last > 0; last--) {
    const other = random.int(last + 1)
    const moved = list[last]
    list[last] = list[other]
    list[other] = moved
  }
}
