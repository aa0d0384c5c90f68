/**
 * Pass 1 of the scanner: where the quotes, line feeds and escapes are, 64 bytes
 * at a time by SIMD, after simdjson (Langdale and Lemire, "Parsing Gigabytes of
 * JSON per Second", 2019). An entry is the address (u32) of a quote that is not
 * escaped, of a line feed, or of a backslash that begins an escape. Nothing is
 * carried from line to line: a line with too many quotes spoils only itself.
 *
 * Whether there is anything but plain ASCII text is noted, for pass 2 to look at
 * the line more closely.
 */

const QUOTE: i8 = 0x22
const BACKSLASH: i8 = 0x5c
const LINE_FEED: i8 = 0x0a
const CARRIAGE_RETURN: i8 = 0x0d

/** Whether there may have been anything but plain ASCII in the last `indexBytes`. */
export let anyNoted: bool = false

// @ts-ignore: decorator
@inline
function equal(a: v128, b: v128, c: v128, d: v128, byte: v128): u64 {
  return combine(i8x16.eq(a, byte), i8x16.eq(b, byte), i8x16.eq(c, byte), i8x16.eq(d, byte))
}

// @ts-ignore: decorator
@inline
function combine(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    ((<u64>(<u32>i8x16.bitmask(b))) << 16) |
    ((<u64>(<u32>i8x16.bitmask(c))) << 32) |
    ((<u64>(<u32>i8x16.bitmask(d))) << 48)
  )
}

/** Writes the entries of [from, to) to `entries`. Up to 63 bytes behind `to` are read. */
export function indexBytes(from: usize, to: usize, entries: usize): void {
  const quote = i8x16.splat(QUOTE)
  const backslash = i8x16.splat(BACKSLASH)
  const space = i8x16.splat(0x20)
  let escapedFirst: u64 = 0
  let noted: u32 = 0
  for (let block = from; block < to; block += 64) {
    const a = v128.load(block)
    const b = v128.load(block, 16)
    const c = v128.load(block, 32)
    const d = v128.load(block, 48)
    let found = equal(a, b, c, d, quote)
    const control = combine(i8x16.lt_u(a, space), i8x16.lt_u(b, space), i8x16.lt_u(c, space), i8x16.lt_u(d, space))
    const high = v128.or(v128.or(a, b), v128.or(c, d))
    let note = i8x16.bitmask(high) != 0 ? 1 : 0
    const slashes = v128.or(
      v128.or(i8x16.eq(a, backslash), i8x16.eq(b, backslash)),
      v128.or(i8x16.eq(c, backslash), i8x16.eq(d, backslash))
    )
    if (escapedFirst != 0 || v128.any_true(slashes)) {
      // Blocks with escapes are rare, and a backslash that is escaped itself begins none: one after the other.
      let escapes: u64 = 0
      let escaped: u64 = escapedFirst
      for (let rest = equal(a, b, c, d, backslash) & ~escaped; rest != 0; ) {
        const first = rest & (0 - rest)
        escapes |= first
        escaped |= first << 1
        rest &= ~(first | (first << 1))
      }
      escapedFirst = escapes >> 63
      found = (found & ~escaped) | escapes
    }
    if (control != 0) {
      const lineFeeds = equal(a, b, c, d, i8x16.splat(LINE_FEED))
      found |= lineFeeds
      // A carriage return before a line feed is part of the line's end; at the end of a block it is not known.
      const returns = equal(a, b, c, d, i8x16.splat(CARRIAGE_RETURN)) & (lineFeeds >> 1)
      if ((control & ~lineFeeds & ~returns) != 0) note = 1
    }
    noted |= note
    if (block + 64 > to) found &= ((<u64>1) << (to - block)) - 1
    while (found != 0) {
      store<u32>(entries, <u32>(block + <usize>ctz(found)))
      entries += 4
      found &= found - 1
    }
  }
  anyNoted = noted != 0
}

/** The first line feed from `at` on; there must be one. Up to 15 bytes behind it are read. */
export function lineFeedFrom(at: usize): usize {
  const lineFeed = i8x16.splat(LINE_FEED)
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), lineFeed))
    if (found != 0) return at + <usize>ctz(found)
    at += 16
  }
}
