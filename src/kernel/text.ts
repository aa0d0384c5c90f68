/** The texts inside a line: escapes, numbers, nested values, UTF-8. All prove, or say 0 or false. */

// Of ASCII.
export const CARRIAGE_RETURN: u32 = 0x0d
export const QUOTE: u32 = 0x22
const BACKSLASH: u32 = 0x5c
export const COMMA: u32 = 0x2c
export const COLON: u32 = 0x3a
export const SPACE: u32 = 0x20
export const MINUS: u32 = 0x2d
const PLUS: u32 = 0x2b
const POINT: u32 = 0x2e
const ZERO: u32 = 0x30
export const OPEN_OBJECT: u32 = 0x7b
export const CLOSE_OBJECT: u32 = 0x7d
export const OPEN_ARRAY: u32 = 0x5b
export const CLOSE_ARRAY: u32 = 0x5d
const LETTER_U: u32 = 0x75
const WORD_TRUE: u32 = 0x65757274
const WORD_ALSE: u32 = 0x65736c61
const WORD_NULL: u32 = 0x6c6c756e
export const MAX_NESTING: u32 = 64

// @ts-ignore: decorator
@inline
export function isDigit(byte: u32): bool {
  return byte - ZERO < 10
}

// @ts-ignore: decorator
@inline
export function isQuote(at: usize): bool {
  return <u32>load<u8>(at) == QUOTE
}

/**
 * From the entry behind an opening quote to the entry of its closing quote,
 * over escapes that are well-formed; 0 when there is none in the line.
 */
export function closingQuote(entry: usize): usize {
  while (true) {
    const at = <usize>load<u32>(entry)
    const byte = <u32>load<u8>(at)
    if (byte == QUOTE) return entry
    if (byte != BACKSLASH || !isEscape(at + 1)) return 0
    entry += 4
  }
}

function isEscape(at: usize): bool {
  const byte = <u32>load<u8>(at)
  if (byte == LETTER_U) return isHex(at + 1) && isHex(at + 2) && isHex(at + 3) && isHex(at + 4)
  // " / \ b f n r t
  return (
    byte == QUOTE || byte == 0x2f || byte == BACKSLASH || byte == 0x62 || byte == 0x66 || byte == 0x6e ||
    byte == 0x72 || byte == 0x74
  )
}

function isHex(at: usize): bool {
  const byte = <u32>load<u8>(at)
  return isDigit(byte) || (byte | 0x20) - 0x61 < 6
}

/** The end of a JSON number (RFC 8259, section 6) that begins at `at`; 0 when it is none. */
export function numberEnd(at: usize): usize {
  let byte = <u32>load<u8>(at)
  if (byte == MINUS) byte = <u32>load<u8>(++at)
  if (byte == ZERO) {
    byte = <u32>load<u8>(++at)
  } else {
    if (!isDigit(byte)) return 0
    do byte = <u32>load<u8>(++at)
    while (isDigit(byte))
  }
  if (byte == POINT) {
    byte = <u32>load<u8>(++at)
    if (!isDigit(byte)) return 0
    do byte = <u32>load<u8>(++at)
    while (isDigit(byte))
  }
  if ((byte | 0x20) == 0x65) {
    byte = <u32>load<u8>(++at)
    if (byte == PLUS || byte == MINUS) byte = <u32>load<u8>(++at)
    if (!isDigit(byte)) return 0
    do byte = <u32>load<u8>(++at)
    while (isDigit(byte))
  }
  return at
}

/** The end of `true`, `false` or `null` at `at`; 0 when it is none of them. */
export function literalEnd(at: usize): usize {
  const word = load<u32>(at)
  if (word == WORD_TRUE || word == WORD_NULL) return at + 4
  return <u32>load<u8>(at) == 0x66 && load<u32>(at + 1) == WORD_ALSE ? at + 5 : 0
}

// @ts-ignore: decorator
@inline
export function isNull(at: usize): bool {
  return load<u32>(at) == WORD_NULL
}

/** The entry that follows the value that `skipNested` last skipped. */
export let entryBehind: usize = 0

/**
 * The end of the object or array at `at`, all of it checked; 0 when it is none,
 * or nests deeper than the line may. `entry` is the first entry in it. It lies
 * in `level` others, the line's own object included. One bit a level says
 * whether it is an object.
 */
export function skipNested(at: usize, entry: usize, level: u32): usize {
  let depth = level
  let objects: u64 = 0
  let needsValue = true
  while (true) {
    let byte = <u32>load<u8>(at)
    if (needsValue) {
      if (byte == OPEN_OBJECT || byte == OPEN_ARRAY) {
        if (++depth > MAX_NESTING) return 0
        const isObject = byte == OPEN_OBJECT
        objects = (objects << 1) | <u64>isObject
        at = skipBlanks(at + 1)
        if (<u32>load<u8>(at) == (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
          needsValue = false
        } else if (isObject) {
          at = skipKey(at, entry)
          if (at == 0) return 0
          entry = entryBehind
        }
        continue
      }
      if (byte == QUOTE) {
        at = skipString(at, entry)
        entry = entryBehind
      } else {
        at = byte == MINUS || isDigit(byte) ? numberEnd(at) : literalEnd(at)
      }
      if (at == 0) return 0
      at = skipBlanks(at)
      needsValue = false
      continue
    }
    const inObject = (objects & 1) != 0
    if (byte == COMMA) {
      at = skipBlanks(at + 1)
      if (inObject) {
        at = skipKey(at, entry)
        if (at == 0) return 0
        entry = entryBehind
      }
      needsValue = true
      continue
    }
    if (byte != (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return 0
    at++
    objects >>= 1
    if (--depth == level) {
      entryBehind = entry
      return at
    }
    at = skipBlanks(at)
  }
}

/** From a key to its value. */
function skipKey(at: usize, entry: usize): usize {
  at = skipString(at, entry)
  if (at == 0) return 0
  at = skipBlanks(at)
  return <u32>load<u8>(at) == COLON ? skipBlanks(at + 1) : 0
}

/** The end of the string at `at`, whose first entry is `entry`; 0 when there is none. */
function skipString(at: usize, entry: usize): usize {
  if (<usize>load<u32>(entry) != at || <u32>load<u8>(at) != QUOTE) return 0
  const closing = closingQuote(entry + 4)
  if (closing == 0) return 0
  entryBehind = closing + 4
  return <usize>load<u32>(closing) + 1
}

function skipBlanks(at: usize): usize {
  while (<u32>load<u8>(at) == SPACE) at++
  return at
}

/**
 * Whether [at, end) is UTF-8 (Unicode, table 3-7) without control characters. Up
 * to 15 bytes behind it are read, and do not matter.
 */
export function isPlainText(at: usize, end: usize): bool {
  const space = i8x16.splat(<i8>SPACE)
  while (at < end) {
    // Below a blank, signed: control characters, and all that is not ASCII.
    const odd = i8x16.bitmask(i8x16.gt_s(space, v128.load(at)))
    if (odd == 0) {
      at += 16
      continue
    }
    at += <usize>ctz(odd)
    if (at >= end) return true
    const byte = <u32>load<u8>(at++)
    let low: u32 = 0x80
    let high: u32 = 0xbf
    let more: u32
    if (byte >= 0xc2 && byte <= 0xdf) {
      more = 1
    } else if (byte >= 0xe0 && byte <= 0xef) {
      more = 2
      if (byte == 0xe0) low = 0xa0
      if (byte == 0xed) high = 0x9f
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      more = 3
      if (byte == 0xf0) low = 0x90
      if (byte == 0xf4) high = 0x8f
    } else {
      return false
    }
    if (at + more > end) return false
    const second = <u32>load<u8>(at)
    if (second < low || second > high) return false
    for (let i: u32 = 1; i < more; i++) if (((<u32>load<u8>(at + i)) & 0xc0) != 0x80) return false
    at += more
  }
  return true
}
