import { EPOCH_MS_FROM, MAX_TIMESTAMP_MS } from './limits.js'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const SECOND_MS = 1000

/** date, `T` or one blank, time, 1 to 9 digits of a second, `Z` or an offset. */
const FORM =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-]\d{2}):(\d{2}))$/

const INTEGER = /^(?:0|[1-9]\d*)$/

/** Digits of the greatest epoch integer that can be an instant. */
const MAX_EPOCH_DIGITS = String(MAX_TIMESTAMP_MS).length

/**
 * Reads an RFC 3339 timestamp; null when it is not of that form, not a real
 * date or time, or not within 1970 to 9999, as written and as an instant.
 * `Date` is not asked: it accepts more forms, and some in the machine's zone.
 *
 * @returns epoch milliseconds; further digits of the second are cut
 */
export function parseTimestamp(text: string): number | null {
  const parts = FORM.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  const offsetMs = readOffset(parts[8], parts[9])
  if (offsetMs === null) return null
  const fractionMs = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const local =
    daysFromCivil(year, month, day) * DAY_MS +
    hour * HOUR_MS +
    minute * MINUTE_MS +
    second * SECOND_MS +
    fractionMs
  const instant = local - offsetMs
  return instant >= 0 && instant <= MAX_TIMESTAMP_MS ? instant : null
}

/**
 * Reads the source text of a JSON integer as an instant: seconds below 10^11,
 * milliseconds from there on. Null for any other text (`-0`, `1.0`, `1e9`) and
 * for instants after the year 9999.
 *
 * @returns epoch milliseconds
 */
export function parseEpoch(text: string): number | null {
  if (text.length > MAX_EPOCH_DIGITS || !INTEGER.test(text)) return null
  const count = Number(text)
  const instant = count < EPOCH_MS_FROM ? count * SECOND_MS : count
  return instant <= MAX_TIMESTAMP_MS ? instant : null
}

const MICROSECONDS_A_MS = 1000n

/** Reads the digits of epoch microseconds, 1970 to 9999; null for any other text. Further digits than those of ms are cut. */
export function parseMicroseconds(text: string): number | null {
  if (text.length > MAX_EPOCH_DIGITS + 3 || !INTEGER.test(text)) return null
  const instant = Number(BigInt(text) / MICROSECONDS_A_MS)
  return instant <= MAX_TIMESTAMP_MS ? instant : null
}

const UTC = ' UTC'

/** Reads an RFC 3339 timestamp, or one that ends in ` UTC` instead of an offset; null as `parseTimestamp`. */
export function parseUtcTimestamp(text: string): number | null {
  return parseTimestamp(text.endsWith(UTC) ? `${text.slice(0, -UTC.length)}Z` : text)
}

type Six = [number, number, number, number, number, number]

/** What the offset adds to UTC, in ms: 0 for `Z`, null when it is out of range. */
function readOffset(signedHours: string | undefined, minutes: string | undefined): number | null {
  if (signedHours === undefined || minutes === undefined) return 0
  const hours = Number(signedHours.slice(1))
  if (hours > 23 || Number(minutes) > 59) return null
  const sizeMs = hours * HOUR_MS + Number(minutes) * MINUTE_MS
  return signedHours.startsWith('-') ? -sizeMs : sizeMs
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/**
 * Days from 1970-01-01 to a date of the Gregorian calendar, for years from 1.
 * Years begin in March here, so that the leap day is the last of its year.
 * Algorithm: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * `days_from_civil`, http://howardhinnant.github.io/date_algorithms.html
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
