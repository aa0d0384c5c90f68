/**
 * The scanner's fast way: lines of a shape that is known. From value to value it
 * compares with the text that is expected, so that only the values are looked
 * at byte by byte; strings, 16 bytes at a time by SIMD. What it takes, `scanLine`
 * would take too, and make the same record of.
 */
import { FIELD_TIMESTAMP, LONGEST_LINE } from './abi'
import { NUMBER, STRING, begin, complete, take, takeTimeInMinute, takeType } from './record'
import {
  CARRIAGE_RETURN,
  CLOSE_OBJECT,
  MINUS,
  OPEN_OBJECT,
  QUOTE,
  isDigit,
  isPlainText,
  isQuote,
  literalEnd,
  numberEnd
} from './text'
import { ROOT, fieldOf, follow, hasTypes, isString, textLength, typeOf } from './transitions'

const LINE_FEED: u32 = 0x0a
/** Of a timestamp to ms, and its closing quote. */
const TIMED_BYTES: usize = 25
const BACKSLASH: i8 = 0x5c

/** Whether the last line that was not taken is of a shape that can be learned. */
export let isNewShape: bool = false

/**
 * Scans the line at `start` into `record`; returns the address behind its line
 * feed, or 0 when it is not of a known shape, or not certain.
 */
export function scanKnownShape(start: usize, record: usize, shapes: usize): usize {
  isNewShape = false
  if (<u32>load<u8>(start) != OPEN_OBJECT) return 0
  const quote = i8x16.splat(<i8>QUOTE)
  const backslash = i8x16.splat(BACKSLASH)
  const space = i8x16.splat(0x20)
  let isAscii = true
  begin(record)
  let transition = shapes + ROOT
  let at = start + 1
  do {
    transition = follow(transition, at, false)
    if (transition == 0) {
      isNewShape = true
      return 0
    }
    at += textLength(transition)
    if (hasTypes(transition)) {
      const next = follow(transition, at, true)
      if (next != 0) {
        takeType(record, typeOf(next))
        transition = next
        at += textLength(transition)
      }
    }
    const field = fieldOf(transition)
    const value = at
    if (isString(transition)) {
      if (field == FIELD_TIMESTAMP && takeTimeInMinute(record, at)) {
        at += TIMED_BYTES
        continue
      }
      while (true) {
        const text = v128.load(at)
        // Below a blank, signed: control characters, and all that is not ASCII.
        const odd = v128.or(i8x16.gt_s(space, text), i8x16.eq(text, backslash))
        const found = i8x16.bitmask(v128.or(odd, i8x16.eq(text, quote)))
        if (found == 0) {
          at += 16
          continue
        }
        const first = at + <usize>ctz(found)
        if (isQuote(first)) {
          at = first
          break
        }
        const quotes = i8x16.bitmask(i8x16.eq(text, quote))
        if (!isNotControl(text, quotes)) return 0
        isAscii = false
        at += <usize>ctz(quotes | 0x10000)
        if (quotes != 0) break
      }
      if (field >= 0 && !take(record, field, STRING, value, <u32>(at - value))) return 0
      at++
    } else {
      const byte = <u32>load<u8>(at)
      if (isDigit(byte) || byte == MINUS) {
        at = numberEnd(at)
        if (at == 0 || (field >= 0 && !take(record, field, NUMBER, value, <u32>(at - value)))) return 0
      } else {
        at = field >= 0 ? 0 : literalEnd(at)
        if (at == 0) return 0
      }
    }
  } while (<u32>load<u8>(at) != CLOSE_OBJECT)
  const end = ++at
  if (<u32>load<u8>(at) == CARRIAGE_RETURN) at++
  if (<u32>load<u8>(at) != LINE_FEED || end - start > <usize>LONGEST_LINE) return 0
  if (!isAscii && !isPlainText(start, end)) return 0
  return complete(record) ? at + 1 : 0
}

/** Whether there is neither a control character nor a backslash before the first of `quotes`. */
function isNotControl(text: v128, quotes: i32): bool {
  const odd = v128.or(i8x16.lt_u(text, i8x16.splat(0x20)), i8x16.eq(text, i8x16.splat(BACKSLASH)))
  return (i8x16.bitmask(odd) & (quotes ^ (quotes - 1)) & 0xffff) == 0
}
