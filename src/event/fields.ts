import { MAX_ID_BYTES, MAX_PRICE_MAJOR, MAX_QUANTITY, MIN_QUANTITY } from './limits.js'
import { parsePrice, parseQuantity } from './decimal.js'
import type { EventType, RejectionReason } from './event.js'
import type { TimeForm } from './mapping.js'
import { parseEpoch, parseMicroseconds, parseTimestamp, parseUtcTimestamp } from './timestamp.js'

/** What a member of a line holds, as far as the fields need to tell. */
export type Member =
  | { readonly kind: 'missing' }
  | { readonly kind: 'string'; readonly source: string; readonly text: string }
  | { readonly kind: 'number'; readonly source: string }
  | { readonly kind: 'other'; readonly source: string }

/** A field's value, or why its line is rejected; the detail is one sentence. */
export type Reading<T> = { readonly value: T } | { readonly reason: RejectionReason; readonly detail: string }

const ID_INTEGER = /^(?:0|-?[1-9]\d*)$/

/** With the flag `u` the two halves of a pair are one code point, of another category. */
const LONE_SURROGATE = /\p{Cs}/u

/** At most this much of a line is quoted in a detail; UTF-16 units. */
const MAX_QUOTED = 60

const ABSENT: Member = { kind: 'missing' }

/** Takes the source text of a member's value apart; absent and `null` are both missing. */
export function readMember(source: string | undefined): Member {
  if (source === undefined || source === 'null') return ABSENT
  if (source.startsWith('"')) return { kind: 'string', source, text: JSON.parse(source) as string }
  return /^[-\d]/.test(source) ? { kind: 'number', source } : { kind: 'other', source }
}

/** @param types the value that means each event type */
export function readEventType(
  member: Member,
  label: string,
  types: ReadonlyMap<string, EventType>
): Reading<EventType> {
  if (member.kind === 'missing') return missing(label)
  const value = member.kind === 'string' ? types.get(member.text) : undefined
  if (value !== undefined) return { value }
  const known = [...types.keys()].map(quote).join(', ')
  return { reason: 'invalid_event_type', detail: `${label} is ${quote(member.source)}, not one of ${known}` }
}

/** Epoch milliseconds: RFC 3339 from a string, epoch seconds or milliseconds from an integer, or what the form says. */
export function readTimestamp(member: Member, label: string, form: TimeForm): Reading<number> {
  if (member.kind === 'missing') return missing(label)
  const value = instantOf(member, form)
  if (value !== null) return { value }
  return {
    reason: 'invalid_timestamp',
    detail: `${label} is ${quote(member.source)}, ${WANTED_TIMES[form]}, from 1970 to 9999`
  }
}

const WANTED_TIMES: Readonly<Record<TimeForm, string>> = {
  standard: 'neither an RFC 3339 time with offset nor an epoch integer',
  utc: 'neither an RFC 3339 time with offset or UTC nor an epoch integer',
  microseconds: 'not the digits of epoch microseconds'
}

function instantOf(member: Present, form: TimeForm): number | null {
  if (member.kind === 'other') return null
  if (form === 'microseconds')
    return parseMicroseconds(member.kind === 'string' ? member.text : member.source)
  if (member.kind === 'number') return parseEpoch(member.source)
  return form === 'utc' ? parseUtcTimestamp(member.text) : parseTimestamp(member.text)
}

/** @param required whether the event is worth nothing without the id */
export function readItemId(member: Member, label: string, required: boolean): Reading<string | null> {
  if (member.kind === 'missing') return required ? missing(label) : { value: null }
  return readId(member, label, 'invalid_item_id')
}

/** Null for an anonymous event. */
export function readCustomerId(member: Member, label: string): Reading<string | null> {
  return member.kind === 'missing' ? { value: null } : readId(member, label, 'invalid_customer_id')
}

/** Minor units; null for a purchase without a price. */
export function readPrice(member: Member, label: string, minorDigits: number): Reading<number | null> {
  if (member.kind === 'missing') return { value: null }
  const text = decimalText(member)
  const value = text === null ? null : parsePrice(text, minorDigits)
  if (value !== null) return { value }
  const wanted = `not a decimal number from 0 to ${MAX_PRICE_MAJOR}`
  return { reason: 'invalid_price', detail: `${label} is ${quote(member.source)}, ${wanted}` }
}

/** 1 where there is none. */
export function readQuantity(member: Member, label: string): Reading<number> {
  if (member.kind === 'missing') return { value: 1 }
  const text = decimalText(member)
  const value = text === null ? null : parseQuantity(text)
  if (value !== null) return { value }
  const wanted = `not a whole number from ${MIN_QUANTITY} to ${MAX_QUANTITY}`
  return { reason: 'invalid_quantity', detail: `${label} is ${quote(member.source)}, ${wanted}` }
}

type Present = Exclude<Member, { kind: 'missing' }>

function readId(member: Present, label: string, reason: RejectionReason): Reading<string> {
  const wrong = idFault(member)
  if (wrong !== null) return { reason, detail: `${label} is ${quote(member.source)}, ${wrong}` }
  return { value: member.kind === 'string' ? member.text : member.source }
}

function idFault(member: Present): string | null {
  if (member.kind === 'other') return 'neither a string nor an integer'
  if (member.kind === 'number' && !ID_INTEGER.test(member.source)) return 'a number that is no plain integer'
  const id = member.kind === 'string' ? member.text : member.source
  if (LONE_SURROGATE.test(id)) return 'which has a lone surrogate'
  const sizeBytes = Buffer.byteLength(id)
  if (sizeBytes === 0) return 'an empty id'
  return sizeBytes > MAX_ID_BYTES ? `${sizeBytes} bytes long, over ${MAX_ID_BYTES}` : null
}

/** A string is read as the number that it spells. */
function decimalText(member: Present): string | null {
  if (member.kind === 'other') return null
  return member.kind === 'string' ? member.text : member.source
}

function missing(label: string): { reason: RejectionReason; detail: string } {
  return { reason: 'missing_field', detail: `${label} is missing` }
}

/** The beginning of a source text, without anything that a terminal or a log could obey. */
function quote(source: string): string {
  const start = source.length > MAX_QUOTED ? `${source.slice(0, MAX_QUOTED)}…` : source
  return start.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')
}
