import { MAX_LINE_BYTES, MAX_NESTING } from './limits.js'

import { EVENT_TYPES, type EventType, type RejectionReason, type ShopEvent, type Verdict } from './event.js'
import {
  readCustomerId,
  readEventType,
  readItemId,
  readMember,
  readPrice,
  readQuantity,
  readTimestamp,
  type Member,
  type Reading
} from './fields.js'
import { LineObject } from './line-object.js'
import {
  FIELDS,
  IDENTITY_MAPPING,
  textOf,
  type Field,
  type FieldMapping,
  type ItemField,
  type Place
} from './mapping.js'
import { nestsDeeperThan } from './members.js'

/** What is said of a line of over 1 MiB: the same whether all of it was read or not. */
export const OVERSIZED_DETAIL = `the line has over ${MAX_LINE_BYTES} bytes`

export interface LineParserOptions {
  /** Decimals of the currency, 0 to 8: prices are rounded to them. */
  readonly minorDigits: number
  /** How the lines name fields and event types; default: as CONTRACT does. */
  readonly mapping?: FieldMapping
}

/**
 * Makes the reference parser: bytes of a line in, verdict out, no state and no
 * I/O. It is written to be certain, not fast; the scanner is compared with it
 * and hands over to it what it does not decide itself.
 *
 * @returns a function of a line without its line feed and without a BOM; one
 *   CR at its end is dropped. The bytes may lie in shared memory. It never
 *   throws, and never says `future_timestamp`: that takes a clock.
 */
export function createLineParser(options: LineParserOptions): (line: Uint8Array) => Verdict {
  const { minorDigits, mapping = IDENTITY_MAPPING } = options
  const types = new Map(
    EVENT_TYPES.flatMap((type) => mapping.types[type].map((name) => [name, type] as const))
  )
  const labels = Object.fromEntries(
    FIELDS.map((field) => [field, labelOf(field, mapping.places[field])])
  ) as Labels
  const rules: Rules = { minorDigits, mapping, types, labels }
  return (line) => {
    const bytes = line.at(-1) === CR ? line.subarray(0, -1) : line
    if (bytes.length > MAX_LINE_BYTES) {
      return reject({ reason: 'oversized_line', detail: OVERSIZED_DETAIL })
    }
    if (bytes.every(isBlank)) return { outcome: 'blank' }
    const text = decode(bytes)
    if (text === null) return reject({ reason: 'invalid_utf8', detail: 'the line is not valid UTF-8' })
    if (nestsDeeperThan(text, MAX_NESTING)) {
      return reject({ reason: 'invalid_json', detail: `objects and arrays nest deeper than ${MAX_NESTING}` })
    }
    const kind = jsonKind(text)
    if (kind === null) return reject({ reason: 'invalid_json', detail: 'the line is not valid JSON' })
    if (kind !== 'object')
      return reject({ reason: 'not_an_object', detail: `the line is valid JSON, but ${kind}` })
    return parseObject(new LineObject(text), rules)
  }
}

type Labels = Readonly<Record<Field, string>>

interface Rules {
  readonly minorDigits: number
  readonly mapping: FieldMapping
  readonly types: ReadonlyMap<string, EventType>
  readonly labels: Labels
}

const TAB = 9
const CR = 13
const BLANK = 32

/** A BOM counts as a character, which JSON does not allow: only the reader knows where offset 0 is. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The fields in the order of CONTRACT's table: the first that is wrong gives the
 * reason. Where a line has items, item, price and quantity are those of each of
 * them and not the line's; a field is looked at in all of them before the next.
 */
function parseObject(object: LineObject, rules: Rules): Verdict {
  const { mapping, labels } = rules
  const member = (field: Field) => readMember(object.first(mapping.places[field]))

  const type = readEventType(member('event_type'), labels.event_type, rules.types)
  if ('reason' in type) return reject(type)
  const timestamp = readTimestamp(member('timestamp'), labels.timestamp, mapping.times)
  if ('reason' in timestamp) return reject(timestamp)

  const items = itemsOf(object, rules)
  const ids = readAll(items, ({ id, labelOf }) =>
    readItemId(id, labelOf('item_id'), items[0]?.isLine !== true || type.value !== 'page_visit')
  )
  if ('reason' in ids) return reject(ids)
  const customer = readCustomerId(member('customer_id'), labels.customer_id)
  if ('reason' in customer) return reject(customer)
  const prices = readAll(items, ({ price, labelOf }) =>
    type.value === 'purchase' ? readPrice(price, labelOf('price'), rules.minorDigits) : { value: null }
  )
  if ('reason' in prices) return reject(prices)
  const quantities = readAll(items, ({ quantity, labelOf }) =>
    type.value === 'page_visit' ? { value: 1 } : readQuantity(quantity, labelOf('quantity'))
  )
  if ('reason' in quantities) return reject(quantities)

  const [event, ...others] = ids.value.map((itemId, number): ShopEvent => ({
    type: type.value,
    timestampMs: timestamp.value,
    itemId,
    customerId: customer.value,
    priceMinor: prices.value[number] ?? null,
    quantity: quantities.value[number] ?? 1
  }))
  if (event === undefined) throw new Error('a line without items of its own is one itself')
  return others.length === 0 ? { outcome: 'accepted', event } : { outcome: 'accepted', event, others }
}

/** What an event says of an item. */
interface ItemMembers {
  readonly id: Member
  readonly price: Member
  readonly quantity: Member
  /** Whether it is the line itself: then there may be no item. */
  readonly isLine: boolean
  readonly labelOf: (field: ItemField) => string
}

/** The items of a line, or the line itself where there are none. */
function itemsOf(object: LineObject, { mapping, labels }: Rules): ItemMembers[] {
  const { items, places } = mapping
  const membersOf = (from: LineObject | null, at: Readonly<Record<ItemField, readonly Place[]>>) => ({
    id: readMember(from?.first(at.item_id)),
    price: readMember(from?.first(at.price)),
    quantity: readMember(from?.first(at.quantity))
  })
  const elements = items === null ? [] : object.elements(items.place)
  if (items === null || elements.length === 0) {
    return [{ ...membersOf(object, places), isLine: true, labelOf: (field) => labels[field] }]
  }
  const array = textOf(items.place)
  return elements.map((source, number) => ({
    // What is no object has no members.
    ...membersOf(source.startsWith('{') ? new LineObject(source) : null, items.places),
    isLine: false,
    labelOf: (field) => `${field} of ${array}[${number}]`
  }))
}

/** The readings of all items, or the first that is wrong. */
function readAll<T>(
  items: readonly ItemMembers[],
  read: (item: ItemMembers) => Reading<T>
): Reading<readonly T[]> {
  const value: T[] = []
  for (const item of items) {
    const reading = read(item)
    if ('reason' in reading) return reading
    value.push(reading.value)
  }
  return { value }
}

function reject({ reason, detail }: { reason: RejectionReason; detail: string }): Verdict {
  return { outcome: 'rejected', reason, detail }
}

/** How many of a field's names a detail lists. */
const NAMES_TOLD = 3

/** A field's name in details, with the line's own names where they differ. */
function labelOf(field: Field, places: readonly Place[]): string {
  const names = places.map((place) => (place.length === 1 ? (place[0] ?? '') : textOf(place)))
  if (names.length === 0 || (names.length === 1 && names[0] === field)) return field
  const told = names.slice(0, NAMES_TOLD).map((name) => JSON.stringify(name))
  return `${field} (${[...told, ...(names.length > NAMES_TOLD ? ['…'] : [])].join(', ')})`
}

function isBlank(byte: number): boolean {
  return byte === BLANK || byte === TAB || byte === CR
}

function decode(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** What the text is as JSON, in words; null when it is none. The value itself is not used. */
function jsonKind(text: string): string | null {
  // Nobody sees the error: gathering its stack would cost more than everything else about the line.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    const value: unknown = JSON.parse(text)
    if (value === null) return 'null'
    return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'object' : `a ${typeof value}`
  } catch {
    return null
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
