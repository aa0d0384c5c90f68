/**
 * The values of wanted fields: texts [at, at + length) to numbers. Each says
 * less than 0 when it is not certain; the reference parser then decides.
 */
import { TIMES_UTC } from './abi'
import { minorDigits, times } from './regions'
import { isDigit, isQuote } from './text'

const MAX_TIME: f64 = 253402300799999
const DAY_MS: f64 = 86400000
const POINT: u32 = 0x2e
/** A blank and `UTC`, 4 bytes at once. */
const WORD_UTC: u32 = 0x43545520

let cachedFirst: u64 = 0
let cachedLast: u16 = 0
let cachedDay: f64 = -1

// The minute of the last timestamp of 24 bytes: its 16 bytes of text, and epoch ms. At first that is `1970-01-01T00:00`.
let minuteFirst: u64 = 0x2d31302d30373931
let minuteLast: u64 = 0x30303a3030543130
let minuteMs: f64 = 0

/** RFC 3339 to epoch ms. The minute is that of the timestamp before, more often than not. */
// @ts-ignore: decorator
@inline
export function timeOf(at: usize, length: u32): f64 {
  if (length == 24 && load<u64>(at) == minuteFirst && load<u64>(at, 8) == minuteLast) {
    const ms = msOfMinute(load<u64>(at, 16))
    if (ms >= 0) return minuteMs + <f64>ms
  }
  return anyTimeOf(at, length)
}

/**
 * The time of the timestamp that begins at `at` and is 24 bytes long up to its
 * closing quote, if it is of the minute of the last one; otherwise less than 0.
 */
// @ts-ignore: decorator
@inline
export function timeInMinute(at: usize): f64 {
  if (load<u64>(at) != minuteFirst || load<u64>(at, 8) != minuteLast || !isQuote(at + 24)) return -1
  const ms = msOfMinute(load<u64>(at, 16))
  return ms >= 0 ? minuteMs + <f64>ms : -1
}

/** Milliseconds of `:ss.mmmZ`, its 8 bytes at once; -1 for anything else. */
// @ts-ignore: decorator
@inline
function msOfMinute(text: u64): i32 {
  // Digits become 0 to 9 and the other bytes 0; anything else goes over the bound of its byte.
  const parts = text ^ 0x5a3030302e30303a
  if (((parts | (parts + 0x7f7676767f76767f)) & 0x8080808080808080) != 0) return -1
  const second = <i32>(((parts >> 8) & 0xff) * 10 + ((parts >> 16) & 0xff))
  if (second > 59) return -1
  const ms = <i32>(((parts >> 32) & 0xff) * 100 + ((parts >> 40) & 0xff) * 10 + ((parts >> 48) & 0xff))
  return second * 1000 + ms
}

function anyTimeOf(at: usize, length: u32): f64 {
  const time = parseTime(at, length)
  if (time >= 0 && length == 24) {
    const ms = msOfMinute(load<u64>(at, 16))
    if (ms >= 0) {
      minuteFirst = load<u64>(at)
      minuteLast = load<u64>(at, 8)
      minuteMs = time - <f64>ms
    }
  }
  return time
}

function parseTime(at: usize, length: u32): f64 {
  if (length < 20) return -1
  const first = load<u64>(at)
  const last = load<u16>(at, 8)
  if (first != cachedFirst || last != cachedLast || cachedDay < 0) {
    cachedDay = dayOf(at)
    cachedFirst = first
    cachedLast = last
  }
  if (cachedDay < 0) return -1
  const separator = <u32>load<u8>(at, 10)
  if (separator != 0x54 && separator != 0x20) return -1
  const second = secondOfDay(load<u64>(at, 11))
  if (second < 0) return -1
  const end = at + length
  let next = at + 19
  let ms: f64 = 0
  if (<u32>load<u8>(next) == POINT) {
    const digits = next + 1
    next = digits
    let unit: f64 = 100
    while (next < end && isDigit(<u32>load<u8>(next))) {
      if (next < digits + 3) ms += <f64>(<u32>load<u8>(next) - 0x30) * unit
      unit = unit == 100 ? 10 : 1
      next++
    }
    if (next == digits || next > digits + 9) return -1
  }
  let time = cachedDay * DAY_MS + <f64>second * 1000 + ms
  if (next >= end) return -1
  const zone = <u32>load<u8>(next)
  if ((zone | 0x20) == 0x7a) {
    if (next + 1 != end) return -1
  } else if (times == <u32>TIMES_UTC && next + 4 == end && load<u32>(next) == WORD_UTC) {
    // As it is: UTC.
  } else {
    const minutes = offsetOf(next, end)
    if (minutes == NO_OFFSET) return -1
    time -= <f64>minutes * 60000
  }
  return time >= 0 && time <= MAX_TIME ? time : -1
}

/** Days since 1970-01-01 of `YYYY-MM-DD`, 1970 to 9999; -1 for no such day. */
function dayOf(at: usize): f64 {
  if (load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d) return -1
  const century = twoDigits(at)
  const yearOfCentury = twoDigits(at + 2)
  const month = twoDigits(at + 5)
  const day = twoDigits(at + 8)
  if (century < 0 || yearOfCentury < 0 || month < 1 || month > 12 || day < 1) return -1
  const year = century * 100 + yearOfCentury
  if (year < 1970 || day > daysIn(month, year)) return -1
  // days_from_civil, Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (public domain).
  const y = month <= 2 ? year - 1 : year
  const era = y / 400
  const yearOfEra = y - era * 400
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
  return <f64>(era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468)
}

function daysIn(month: i32, year: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

function twoDigits(at: usize): i32 {
  const tens = <u32>load<u8>(at) - 0x30
  const ones = <u32>load<u8>(at, 1) - 0x30
  return tens < 10 && ones < 10 ? <i32>(tens * 10 + ones) : -1
}

/** Seconds of `hh:mm:ss`, its 8 bytes at once; -1 for no such time. */
function secondOfDay(text: u64): i32 {
  // Digits become 0 to 9 and colons 0; anything else goes over the bound of its byte.
  const parts = text ^ 0x30303a30303a3030
  if (((parts | (parts + 0x76767f76767f7676)) & 0x8080808080808080) != 0) return -1
  const hour = <i32>((parts & 0xff) * 10 + ((parts >> 8) & 0xff))
  const minute = <i32>(((parts >> 24) & 0xff) * 10 + ((parts >> 32) & 0xff))
  const second = <i32>(((parts >> 48) & 0xff) * 10 + ((parts >> 56) & 0xff))
  return hour < 24 && minute < 60 && second < 60 ? (hour * 60 + minute) * 60 + second : -1
}

const NO_OFFSET: i32 = 0x7fffffff

/** Minutes of `+hh:mm` or `-hh:mm` that fills [at, end). */
function offsetOf(at: usize, end: usize): i32 {
  const sign = <u32>load<u8>(at)
  if (at + 6 != end || (sign != 0x2b && sign != 0x2d) || load<u8>(at, 3) != 0x3a) return NO_OFFSET
  const hours = twoDigits(at + 1)
  const minutes = twoDigits(at + 4)
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NO_OFFSET
  const offset = hours * 60 + minutes
  return sign == 0x2d ? -offset : offset
}

/** Epoch seconds or ms, from the text of a JSON number, to ms. */
export function epochOf(at: usize, length: u32): f64 {
  if (length > 15) return -1
  let value: f64 = 0
  for (const end = at + length; at < end; at++) {
    const byte = <u32>load<u8>(at)
    if (!isDigit(byte)) return -1
    value = value * 10 + <f64>(byte - 0x30)
  }
  if (value < 100000000000) return value * 1000
  return value <= MAX_TIME ? value : -1
}

/** The digits of epoch microseconds to ms. */
export function microsecondsOf(at: usize, length: u32): f64 {
  if (length - 1 > 17 || (length > 1 && load<u8>(at) == 0x30)) return -1
  let value: u64 = 0
  for (const end = at + length; at < end; at++) {
    const byte = <u32>load<u8>(at)
    if (!isDigit(byte)) return -1
    value = value * 10 + <u64>(byte - 0x30)
  }
  const time = <f64>(value / 1000)
  return time <= MAX_TIME ? time : -1
}

/** Whether the text of a JSON number is an id: an integer, and not -0. */
export function isIntegerId(at: usize, length: u32): bool {
  const isNegative = load<u8>(at) == 0x2d
  if (isNegative && load<u8>(at, 1) == 0x30) return false
  for (let i: u32 = isNegative ? 1 : 0; i < length; i++) if (!isDigit(<u32>load<u8>(at + i))) return false
  return true
}

/** A plain decimal (no sign, no exponent) below 10,000,000 to minor units, half up. */
export function priceOf(at: usize, length: u32): i64 {
  const end = at + length
  let next = at
  let value: i64 = 0
  while (next < end && isDigit(<u32>load<u8>(next))) value = value * 10 + <i64>(<u32>load<u8>(next++) - 0x30)
  const whole = <u32>(next - at)
  if (whole == 0 || whole > 7 || (whole > 1 && load<u8>(at) == 0x30)) return -1
  let missing = minorDigits
  let roundsUp = false
  if (next < end) {
    if (<u32>load<u8>(next++) != POINT || next == end) return -1
    for (let place: u32 = 0; next < end; place++) {
      const digit = <u32>load<u8>(next++) - 0x30
      if (digit > 9) return -1
      if (missing > 0) {
        value = value * 10 + <i64>digit
        missing--
      } else if (place == minorDigits) {
        roundsUp = digit >= 5
      }
    }
  }
  while (missing-- > 0) value *= 10
  return roundsUp ? value + 1 : value
}

/** A whole number of 1 to 100,000, perhaps with a fraction of zeros. */
export function quantityOf(at: usize, length: u32): i32 {
  const end = at + length
  let next = at
  let value: i32 = 0
  while (next < end && isDigit(<u32>load<u8>(next))) {
    value = value * 10 + <i32>(<u32>load<u8>(next++) - 0x30)
    if (next > at + 6) return -1
  }
  if (next == at || (load<u8>(at) == 0x30)) return -1
  if (next < end) {
    if (<u32>load<u8>(next++) != POINT || next == end) return -1
    while (next < end) if (load<u8>(next++) != 0x30) return -1
  }
  return value >= 1 && value <= 100000 ? value : -1
}
