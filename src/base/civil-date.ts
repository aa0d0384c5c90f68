/**
 * Civil dates without a time zone, as day numbers: whole days since
 * 1970-01-01, in the proleptic Gregorian calendar, of any sign. A bucket of
 * the history is named by its first day: a day by itself, an ISO week by its
 * Monday, a month by its first.
 */

export const GRANULARITIES = ['day', 'week', 'month'] as const

export type Granularity = (typeof GRANULARITIES)[number]

/** A day, ISO week or month; `start` is the number of its first day. */
export interface Bucket {
  readonly granularity: Granularity
  readonly start: number
}

/** `month` and `day` count from 1. */
export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** First day of the bucket that a day is in. */
export function bucketOf(granularity: Granularity, day: number): number {
  switch (granularity) {
    case 'day':
      return day
    case 'week':
      // Day 0 was a Thursday.
      return day - modulo(day + 3, 7)
    case 'month':
      return day - dateOfDay(day).day + 1
  }
}

/** First day of the bucket after the one that begins at `start`. */
export function nextBucket(granularity: Granularity, start: number): number {
  // No month has over 31 days, and none so few that 31 days lead past the next one.
  return bucketOf(granularity, start + BUCKET_DAYS[granularity])
}

/** First day of the bucket before the one that begins at `start`. */
export function previousBucket(granularity: Granularity, start: number): number {
  return bucketOf(granularity, start - 1)
}

/** `2026-11-20`, `2026-W47` or `2026-11`. */
export function bucketName(granularity: Granularity, start: number): string {
  switch (granularity) {
    case 'day':
      return dayName(start)
    case 'week':
      return weekName(start)
    case 'month':
      return dayName(start).slice(0, -3)
  }
}

/** Reads the name of a day, week or month; null when it names none (a 30th of February, a 53rd week too many, the year 0). */
export function parseBucket(text: string): Bucket | null {
  const [, yearText, weekText, monthText, dayText] = BUCKET_NAME.exec(text) ?? []
  const year = Number(yearText)
  if (yearText === undefined || year === 0) return null
  const found: Bucket =
    weekText !== undefined
      ? { granularity: 'week', start: firstMonday(year) + 7 * (Number(weekText) - 1) }
      : {
          granularity: dayText === undefined ? 'month' : 'day',
          start: dayOfDate({ year, month: Number(monthText), day: Number(dayText ?? 1) })
        }
  // What the calendar does not have runs over into its neighbour, and is called otherwise.
  return bucketName(found.granularity, found.start) === text ? found : null
}

/** Reads `YYYY-MM-DD`; null when that is no date. */
export function parseDay(text: string): number | null {
  const bucket = parseBucket(text)
  return bucket?.granularity === 'day' ? bucket.start : null
}

/** `YYYY-MM-DD`; years beyond 9999 have as many digits as they need. */
export function dayName(day: number): string {
  const date = dateOfDay(day)
  return `${padded(date.year, 4)}-${padded(date.month, 2)}-${padded(date.day, 2)}`
}

/**
 * Day number of a date: `days_from_civil` of Howard Hinnant, "chrono-Compatible
 * Low-Level Date Algorithms" (https://howardhinnant.github.io/date_algorithms.html).
 * Years begin in March there, so that the leap day is the last of its year.
 */
export function dayOfDate({ year, month, day }: CivilDate): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * modulo(month + 9, 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_OF_ERA + dayOfEra - DAYS_TO_EPOCH
}

/** The date of a day number: Hinnant's `civil_from_days`, as above. */
export function dateOfDay(dayNumber: number): CivilDate {
  const shifted = dayNumber + DAYS_TO_EPOCH
  const era = Math.floor(shifted / DAYS_OF_ERA)
  const dayOfEra = shifted - era * DAYS_OF_ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1
  }
}

const BUCKET_DAYS: Readonly<Record<Granularity, number>> = { day: 1, week: 7, month: 31 }

/** Days of 400 years, and from 0000-03-01 to 1970-01-01. */
const DAYS_OF_ERA = 146_097
const DAYS_TO_EPOCH = 719_468

const BUCKET_NAME = /^(\d{4,6})-(?:W(\d{2})|(\d{2})(?:-(\d{2}))?)$/

/** Monday of the ISO week 1 of a year: the week that has the 4th of January (ISO 8601-1:2019, 3.1.1.23). */
function firstMonday(year: number): number {
  return bucketOf('week', dayOfDate({ year, month: 1, day: 4 }))
}

/** A week belongs to the year that its Thursday is in. */
function weekName(monday: number): string {
  const { year } = dateOfDay(monday + 3)
  return `${padded(year, 4)}-W${padded((monday - firstMonday(year)) / 7 + 1, 2)}`
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}

/** The remainder that is never negative. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}
