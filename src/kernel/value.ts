/** The values of a line, by the entries of pass 1: what is at a place, and where its text lies. */
import { FIELD_CUSTOMER, FIELD_ITEM } from './abi'
import { decode } from './decode'
import { NONE, NUMBER, OTHER, STRING } from './record'
import {
  MINUS,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  closingQuote,
  entryBehind,
  isDigit,
  isNull,
  literalEnd,
  numberEnd,
  skipNested
} from './text'

/** Of a value that nobody wants. */
export const NO_FIELD: i32 = -1

// Of the value that was read last: its text, as it is meant, its form, and the entry behind it.
export let valueText: usize = 0
export let valueLength: u32 = 0
export let valueForm: u32 = 0
export let valueBehind: usize = 0

/**
 * Reads the value at `at` of a field, or of NO_FIELD; returns the address behind
 * it, 0 when it is not certain what it is. `entry` is the next one; `level`: how many
 * objects and arrays the value is in; `toTexts`: from where a text lies in the
 * line to where it is decoded, which only ids are.
 */
// @ts-ignore: decorator
@inline
export function readValue(at: usize, entry: usize, level: u32, field: i32, toTexts: usize): usize {
  const byte = <u32>load<u8>(at)
  let behind = entry
  let text = at
  let length: u32 = 0
  let form: u32
  if (byte == QUOTE) {
    let closing = entry + 4
    at = <usize>load<u32>(closing)
    text++
    if (<u32>load<u8>(at) == QUOTE) {
      length = <u32>(at - text)
    } else {
      closing = closingQuote(closing)
      if (closing == 0) return 0
      at = <usize>load<u32>(closing)
      if (field != NO_FIELD) {
        if (field != FIELD_ITEM && field != FIELD_CUSTOMER) return 0
        const decoded = text + toTexts
        const end = decode(text, at, decoded)
        if (end == 0) return 0
        text = decoded
        length = <u32>(end - decoded)
      }
    }
    behind = closing + 4
    at++
    form = STRING
  } else if (isDigit(byte) || byte == MINUS) {
    at = numberEnd(at)
    length = <u32>(at - text)
    form = NUMBER
  } else if (byte == OPEN_OBJECT || byte == OPEN_ARRAY) {
    at = skipNested(at, entry, level)
    behind = entryBehind
    form = OTHER
  } else {
    form = isNull(at) ? NONE : OTHER
    at = literalEnd(at)
  }
  valueText = text
  valueLength = length
  valueForm = form
  valueBehind = behind
  return at
}
