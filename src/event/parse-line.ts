import { MAX_LINE_BYTES, MAX_NESTING } from './limits.js'

import { EVENT_TYPES, type EventType, type RejectionReason, type Verdict } from './event.js'
import {
  readCustomerId,
  readEventType,
  readItemId,
  readMember,
  readPrice,
  readQuantity,
  readTimestamp
} from './fields.js'
import { FIELDS, IDENTITY_MAPPING, type Field, type FieldMapping } from './mapping.js'
import { nestsDeeperThan, readMembers } from './members.js'

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
  const types = new Map(EVENT_TYPES.map((type) => [mapping.types[type], type]))
  const labels = Object.fromEntries(FIELDS.map((field) => [field, labelOf(field, mapping)])) as Labels
  const rules: Rules = { minorDigits, mapping, types, labels }
  return (line) => {
    const bytes = line.at(-1) === CR ? line.subarray(0, -1) : line
    if (bytes.length > MAX_LINE_BYTES) {
      return reject('oversized_line', OVERSIZED_DETAIL)
    }
    if (bytes.every(isBlank)) return { outcome: 'blank' }
    const text = decode(bytes)
    if (text === null) return reject('invalid_utf8', 'the line is not valid UTF-8')
    if (nestsDeeperThan(text, MAX_NESTING)) {
      return reject('invalid_json', `objects and arrays nest deeper than ${MAX_NESTING}`)
    }
    const kind = jsonKind(text)
    if (kind === null) return reject('invalid_json', 'the line is not valid JSON')
    if (kind !== 'object') return reject('not_an_object', `the line is valid JSON, but ${kind}`)
    return parseMembers(readMembers(text), rules)
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

/** The fields in the order of CONTRACT's table: the first that is wrong gives the reason. */
function parseMembers(members: ReadonlyMap<string, string>, rules: Rules): Verdict {
  const { mapping, labels } = rules
  const member = (field: Field) => readMember(members.get(mapping.keys[field]))

  const type = readEventType(member('event_type'), labels.event_type, rules.types)
  if ('reason' in type) return reject(type.reason, type.detail)
  const isVisit = type.value === 'page_visit'
  const isPurchase = type.value === 'purchase'

  const timestamp = readTimestamp(member('timestamp'), labels.timestamp)
  if ('reason' in timestamp) return reject(timestamp.reason, timestamp.detail)

  const item = readItemId(member('item_id'), labels.item_id, !isVisit)
  if ('reason' in item) return reject(item.reason, item.detail)

  const customer = readCustomerId(member('customer_id'), labels.customer_id)
  if ('reason' in customer) return reject(customer.reason, customer.detail)

  const price = isPurchase ? readPrice(member('price'), labels.price, rules.minorDigits) : { value: null }
  if ('reason' in price) return reject(price.reason, price.detail)

  const quantity = isVisit ? { value: 1 } : readQuantity(member('quantity'), labels.quantity)
  if ('reason' in quantity) return reject(quantity.reason, quantity.detail)

  return {
    outcome: 'accepted',
    event: {
      type: type.value,
      timestampMs: timestamp.value,
      itemId: item.value,
      customerId: customer.value,
      priceMinor: price.value,
      quantity: quantity.value
    }
  }
}

function reject(reason: RejectionReason, detail: string): Verdict {
  return { outcome: 'rejected', reason, detail }
}

/** A field's name in details, with the line's own key where that differs. */
function labelOf(field: Field, mapping: FieldMapping): string {
  const key = mapping.keys[field]
  return key === field ? field : `${field} (${JSON.stringify(key)})`
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
