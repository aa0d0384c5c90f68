/**
 * Pass 2 of the scanner: any line, over the entries that pass 1 found in it.
 * It proves or declines; see `scan`.
 */
import { FIELD_EVENT_TYPE, RECORD_KIND } from './abi'
import { anyNoted, indexBytes } from './structure'
import { fieldNamed, firstBytes, lastBytes } from './names'
import { begin, complete, take } from './record'
import { NO_TYPE, ROOT, canFollow, learn } from './transitions'
import { CARRIAGE_RETURN, CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT, QUOTE, SPACE, isPlainText } from './text'
import { readValue, valueBehind, valueForm, valueLength, valueText } from './value'

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
    at = readValue(at, entry, 1, field, texts - start)
    if (at == 0) return DECLINED
    entry = valueBehind
    const value = valueText
    if (!take(record, field, valueForm, value, valueLength)) return DECLINED
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
