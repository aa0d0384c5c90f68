/**
 * Pass 2 of the scanner: any line, over the entries that pass 1 found in it.
 * It proves or declines; see `scan`.
 */
import { FIELD_CUSTOMER, FIELD_EVENT_TYPE, FIELD_ITEM, RECORD_KIND } from './abi'
import { decode } from './decode'
import { anyNoted, indexBytes } from './structure'
import { fieldNamed, firstBytes, lastBytes } from './names'
import { NONE, NUMBER, OTHER, STRING, begin, complete, take } from './record'
import { NO_TYPE, ROOT, canFollow, learn } from './transitions'
import { closingQuote, entryBehind, isDigit, isNull, isPlainText, literalEnd, numberEnd, skipNested } from './text'

const QUOTE: u32 = 0x22
const COMMA: u32 = 0x2c
const COLON: u32 = 0x3a
const SPACE: u32 = 0x20
const MINUS: u32 = 0x2d
const CARRIAGE_RETURN: u32 = 0x0d
const OPEN_OBJECT: u32 = 0x7b
const CLOSE_OBJECT: u32 = 0x7d
const OPEN_ARRAY: u32 = 0x5b

/** What a line is. */
export const EVENT: u32 = 0
export const BLANK: u32 = 1
export const DECLINED: u32 = 2
/** Of a line with items: there was no room for their records. */
export const NO_ROOM: u32 = 3

/**
 * Scans the line [start, end), whose line feed is at `end`, into `record`; what
 * it is. `entries` is room for pass 1, 4 bytes a byte; `texts` for what its ids
 * mean where they have escapes, a byte a byte. Unless `shapes` is 0, the order of
 * its keys is learned there.
 */
export function scanLine(
  start: usize,
  end: usize,
  record: usize,
  entries: usize,
  texts: usize,
  shapes: usize
): u32 {
  let entry = entries
  indexBytes(start, end + 1, entries)
  let at = start
  let byte = <u32>load<u8>(at)
  while (byte == SPACE) byte = <u32>load<u8>(++at)
  if (byte != OPEN_OBJECT) {
    if (byte == CARRIAGE_RETURN) at++
    return at == end ? BLANK : DECLINED
  }
  at++
  begin(record)
  let shape: usize = shapes == 0 ? 0 : shapes + ROOT
  let from = at
  // Where the name of an event type begins that was the last value.
  let type: usize = 0
  while (true) {
    // The key.
    byte = <u32>load<u8>(at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    if (byte != QUOTE || <usize>load<u32>(entry) != at) return DECLINED
    const key = at + 1
    at = <usize>load<u32>(entry, 4)
    if (<u32>load<u8>(at) != QUOTE) return DECLINED
    entry += 8
    const length = <u32>(at - key)
    const field = fieldNamed(key, length, firstBytes(key, length), lastBytes(key, length))
    byte = <u32>load<u8>(++at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    if (byte != COLON) return DECLINED
    byte = <u32>load<u8>(++at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    // The value.
    if (shape != 0) {
      const isString = byte == QUOTE
      shape =
        type != 0 && canFollow(shape, type, at, isString)
          ? learn(shapes, shape, type, at, isString, field, <i32>load<u8>(record, RECORD_KIND))
          : learn(shapes, shape, from, at, isString, field, NO_TYPE)
    }
    let value = at
    let valueLength: u32 = 0
    let form: u32
    if (byte == QUOTE) {
      let closing = entry + 4
      at = <usize>load<u32>(closing)
      value++
      if (<u32>load<u8>(at) == QUOTE) {
        valueLength = <u32>(at - value)
      } else {
        closing = closingQuote(closing)
        if (closing == 0) return DECLINED
        at = <usize>load<u32>(closing)
        if (field >= 0) {
          if (field != FIELD_ITEM && field != FIELD_CUSTOMER) return DECLINED
          const text = texts + (value - start)
          const textEnd = decode(value, at, text)
          if (textEnd == 0) return DECLINED
          value = text
          valueLength = <u32>(textEnd - text)
        }
      }
      entry = closing + 4
      at++
      form = STRING
    } else if (isDigit(byte) || byte == MINUS) {
      at = numberEnd(at)
      valueLength = <u32>(at - value)
      form = NUMBER
    } else if (byte == OPEN_OBJECT || byte == OPEN_ARRAY) {
      at = skipNested(at, entry, 1)
      entry = at == 0 ? entry : entryBehind
      form = OTHER
    } else {
      form = isNull(at) ? NONE : OTHER
      at = literalEnd(at)
    }
    if (at == 0 || !take(record, field, form, value, valueLength)) return DECLINED
    from = at
    type = field == FIELD_EVENT_TYPE ? value : 0
    byte = <u32>load<u8>(at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    if (byte == CLOSE_OBJECT) break
    if (byte != COMMA) return DECLINED
    at++
  }
  // The end of the line.
  byte = <u32>load<u8>(++at)
  while (byte == SPACE) byte = <u32>load<u8>(++at)
  const textEnd = at
  if (byte == CARRIAGE_RETURN) at++
  if (at != end || (anyNoted && !isPlainText(start, textEnd))) return DECLINED
  return complete(record) ? EVENT : DECLINED
}
