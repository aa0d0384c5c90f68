/** Strings with escapes (RFC 8259, section 7) to the bytes that they mean. */

const BACKSLASH: u32 = 0x5c
const LETTER_U: u32 = 0x75
/** `\u`, its 2 bytes at once. */
const UNICODE_ESCAPE: u32 = 0x755c

/**
 * Decodes [at, end), whose escapes are well-formed, to `target`, where there is
 * room for as many bytes; returns the end of what was written, or 0 when half of
 * a surrogate pair is missing.
 */
export function decode(at: usize, end: usize, target: usize): usize {
  while (at < end) {
    const byte = <u32>load<u8>(at++)
    if (byte != BACKSLASH) {
      store<u8>(target++, byte)
      continue
    }
    const escape = <u32>load<u8>(at++)
    if (escape != LETTER_U) {
      store<u8>(target++, charOf(escape))
      continue
    }
    let point = hexAt(at)
    at += 4
    if ((point & 0xf800) == 0xd800) {
      if (point >= 0xdc00 || at + 6 > end || <u32>load<u16>(at) != UNICODE_ESCAPE) return 0
      const low = hexAt(at + 2)
      if ((low & 0xfc00) != 0xdc00) return 0
      point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff)
      at += 6
    }
    target = writeCodePoint(target, point)
  }
  return target
}

/** What a backslash before a letter means; `"`, `/` and a backslash mean themselves. */
function charOf(escape: u32): u32 {
  if (escape == 0x62) return 0x08
  if (escape == 0x66) return 0x0c
  if (escape == 0x6e) return 0x0a
  if (escape == 0x72) return 0x0d
  return escape == 0x74 ? 0x09 : escape
}

/** The number of four hexadecimal digits. */
function hexAt(at: usize): u32 {
  let value: u32 = 0
  for (let place: usize = 0; place < 4; place++) {
    const byte = <u32>load<u8>(at + place)
    // Letters of either case have bit 6, and their values in the lowest bits from 1 on.
    value = (value << 4) | ((byte & 15) + (byte >> 6) * 9)
  }
  return value
}

/** Writes a code point as UTF-8; returns the end. No surrogates. */
function writeCodePoint(at: usize, point: u32): usize {
  if (point < 0x80) {
    store<u8>(at, point)
    return at + 1
  }
  if (point < 0x800) {
    store<u8>(at, 0xc0 | (point >> 6))
    store<u8>(at, 0x80 | (point & 63), 1)
    return at + 2
  }
  if (point < 0x10000) {
    store<u8>(at, 0xe0 | (point >> 12))
    store<u8>(at, 0x80 | ((point >> 6) & 63), 1)
    store<u8>(at, 0x80 | (point & 63), 2)
    return at + 3
  }
  store<u8>(at, 0xf0 | (point >> 18))
  store<u8>(at, 0x80 | ((point >> 12) & 63), 1)
  store<u8>(at, 0x80 | ((point >> 6) & 63), 2)
  store<u8>(at, 0x80 | (point & 63), 3)
  return at + 4
}
