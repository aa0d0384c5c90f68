/** Time zones as tables that a loop, or a kernel without `Intl`, can read. */

/**
 * The offsets of a time zone, parallel and sorted: from minute `fromMinutes[i]`
 * (since the epoch, UTC) on, local time is `offsetMinutes[i]` ahead of UTC.
 * The first entry begins in 1970 and holds for anything before it; the last
 * begins within 25 years from now and holds for ever.
 *
 * Offsets that are not whole minutes (Liberia, until 1972) are rounded down,
 * which gives every minute the local date of its first instant.
 */
export interface ZoneTable {
  readonly fromMinutes: Int32Array
  readonly offsetMinutes: Int32Array
}

const MINUTES_OF_DAY = 1440
const MINUTE_MS = 60_000

/** Rules of time zones are not known further ahead, and change before. */
const YEARS_AHEAD = 25

/**
 * Transitions are looked for between instants this far apart: two of them that
 * cancel each other out within it would be missed. The closest of any zone
 * since 1970, by a search day by day, are 7 days apart (Recife in 2000).
 */
const STRIDE_MINUTES = 3 * MINUTES_OF_DAY

/** No zone is further from UTC (Alaska before 1867 was 15 h 13 min). */
const MAX_OFFSET_MINUTES = 16 * 60

/** Whether a text is the name of an IANA time zone that this Node knows; plain offsets are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    canonicalTimeZone(name)
    return true
  } catch {
    return false
  }
}

/** The name that all names of a zone share, so that two of them can be compared. Throws when it is none. */
export function canonicalTimeZone(name: string): string {
  return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
}

/** The table of a time zone; throws when `isTimeZone` says that it is none. UTC costs nothing, others some 70 ms. */
export function timeZoneTable(name: string): ZoneTable {
  const from = [0]
  const canonical = canonicalTimeZone(name)
  if (canonical === 'UTC') return { fromMinutes: Int32Array.from(from), offsetMinutes: Int32Array.of(0) }
  const offsetAt = offsetReader(canonical)
  const offsets = [offsetAt(0)]
  const end = Math.floor(Date.now() / MINUTE_MS) + YEARS_AHEAD * 366 * MINUTES_OF_DAY
  for (let minute = 0; minute < end; minute += STRIDE_MINUTES) {
    let last = offsetAt(minute)
    const next = offsetAt(minute + STRIDE_MINUTES)
    // Almost always once: a zone may pass through a third offset in between.
    for (let at = minute; last !== next;) {
      at = firstChange(offsetAt, at, minute + STRIDE_MINUTES)
      last = offsetAt(at)
      from.push(at)
      offsets.push(last)
    }
  }
  return { fromMinutes: Int32Array.from(from), offsetMinutes: Int32Array.from(offsets) }
}

/** Number of the local day (days since 1970-01-01) that a minute begins in. */
export function dayOfMinute(table: ZoneTable, minute: number): number {
  const offset = table.offsetMinutes[entryAt(table, minute)] ?? 0
  return Math.floor((minute + offset) / MINUTES_OF_DAY)
}

/**
 * The first minute whose local date is that day, or, where a zone has skipped
 * the day (Samoa, 2011-12-30), the first minute after it. A day need not begin
 * at 00:00. Where clocks are turned back across midnight a few minutes of the
 * day before may follow: which day a minute is counted in, `dayOfMinute` says.
 */
export function minuteOfDay(table: ZoneTable, day: number): number {
  const midnight = day * MINUTES_OF_DAY
  const { fromMinutes, offsetMinutes } = table
  for (let entry = entryAt(table, midnight - MAX_OFFSET_MINUTES); ; entry++) {
    const begin = entry === 0 ? -Infinity : (fromMinutes[entry] ?? 0)
    const minute = Math.max(begin, midnight - (offsetMinutes[entry] ?? 0))
    if (minute < (fromMinutes[entry + 1] ?? Infinity)) return minute
  }
}

/** The last entry that begins at the minute or before; the first for anything earlier. */
function entryAt({ fromMinutes }: ZoneTable, minute: number): number {
  let low = 0
  let high = fromMinutes.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((fromMinutes[middle] ?? 0) <= minute) low = middle
    else high = middle
  }
  return low
}

/** The first minute after `low` whose offset is not that of `low`, by halving; `high` must have another one. */
function firstChange(offsetAt: (minute: number) => number, low: number, high: number): number {
  const before = offsetAt(low)
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}

/** Offset of a zone at the first instant of a minute, in minutes, rounded down. */
function offsetReader(timeZone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  return (minute) => {
    const instant = minute * MINUTE_MS
    const parts = format.format(instant).match(/\d+/g)?.map(Number) ?? []
    const [month = 0, day = 0, year = 0, hours = 0, minutes = 0, seconds = 0] = parts
    const local = Date.UTC(year, month - 1, day, hours, minutes, seconds)
    return Math.floor((local - instant) / MINUTE_MS)
  }
}
