/** The bounds that a line of the input must keep. They are part of the format, not settings. */

/** A line longer than this, without its end, is rejected as `oversized_line`; bytes. */
export const MAX_LINE_BYTES = 1024 * 1024

/** Objects and arrays nest up to this deep, the line's own object included. */
export const MAX_NESTING = 64

/** Item and customer ids have 1 to this many bytes of UTF-8. */
export const MAX_ID_BYTES = 256

/** Unit price, in major units of the currency; the bound is inclusive. */
export const MAX_PRICE_MAJOR = 10_000_000

/** Quantity of one event; the bounds are inclusive. */
export const MIN_QUANTITY = 1
export const MAX_QUANTITY = 100_000

/** Epoch integers below this are seconds, from here on milliseconds. */
export const EPOCH_MS_FROM = 100_000_000_000

/** The last instant that an event may have, 9999-12-31T23:59:59.999Z; epoch ms. */
export const MAX_TIMESTAMP_MS = 253_402_300_799_999
