import { parseDay } from '../base/civil-date.js'
import { LIVE_WINDOW_MINUTES, MAX_SERIES } from '../base/limits.js'
import { parseTimestamp } from '../event/timestamp.js'
import { BadQuestion } from './bad-question.js'
import { parseWindow, windowOfMinutes } from './window.js'

const MINUTE_MS = 60_000

/** Which stretch of time is asked for, in the words of who asks. */
export interface AskedStretch {
  readonly window?: string | undefined
  readonly as_of?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Minutes of the live window. */
export interface Minutes {
  readonly minutes: number
  /** The last one, since the epoch; null: the current one. */
  readonly asOf: number | null
  /** The window as it was asked for; null: by its ends. */
  readonly window: string | null
}

/** Whole days of the history's time zone, half-open, at least one. */
export interface Days {
  readonly fromDay: number
  readonly toDay: number
}

/**
 * Reads a stretch: a trailing window, the last 24 hours by default (an hour with
 * `as_of`), or what is between two ends. Throws a BadQuestion.
 */
export function stretchOf(asked: AskedStretch): Minutes | Days {
  const { from, to, as_of: asOf } = asked
  // A day that ends earlier than now does not lie within what is live.
  const { window = windowOfMinutes(asOf === undefined ? LIVE_WINDOW_MINUTES : 60).text } = asked
  if (from === undefined && to === undefined) return trailing(window, asOf)
  for (const name of ['window', 'as_of'] as const) {
    if (asked[name] !== undefined) throw new BadQuestion(name, 'cannot be given together with from and to')
  }
  if (from === undefined) throw new BadQuestion('from', 'must be given with to')
  if (to === undefined) throw new BadQuestion('to', 'must be given with from')
  return isDate(from) ? daysBetween(from, to) : minutesBetween(from, to)
}

function trailing(text: string, asOf: string | undefined): Minutes {
  const window = parseWindow(text)
  if (window === null) throw new Error(`validation let the window ${text} pass`)
  if (asOf === undefined) return { minutes: window.minutes, asOf: null, window: text }
  const ms = parseTimestamp(asOf)
  if (ms === null) throw new BadQuestion('as_of', 'must be an instant, such as 2026-11-20T10:00:00Z')
  return { minutes: window.minutes, asOf: Math.floor(ms / MINUTE_MS), window: text }
}

function minutesBetween(from: string, to: string): Minutes {
  const [first, end] = [minuteOf('from', from), minuteOf('to', to)]
  if (end <= first) throw new BadQuestion('to', 'must be after from')
  const minutes = end - first
  if (minutes > LIVE_WINDOW_MINUTES) {
    throw new BadQuestion('from', `minutes are kept for 24 hours: ${WHOLE_DAYS} for a longer stretch`)
  }
  return { minutes, asOf: end - 1, window: null }
}

function minuteOf(parameter: string, text: string): number {
  const ms = isDate(text) ? null : parseTimestamp(text)
  if (ms !== null && ms % MINUTE_MS === 0) return ms / MINUTE_MS
  throw new BadQuestion(
    parameter,
    'must be a whole minute, such as 2026-11-20T10:00:00Z, or with the other end a date'
  )
}

function daysBetween(from: string, to: string): Days {
  const [fromDay, toDay] = [dayOf('from', from), dayOf('to', to)]
  if (toDay <= fromDay) throw new BadQuestion('to', 'must be after from')
  if (toDay - fromDay > MAX_SERIES) {
    throw new BadQuestion('from', `must be at most ${MAX_SERIES.toLocaleString('en')} days before to`)
  }
  return { fromDay, toDay }
}

function dayOf(parameter: string, text: string): number {
  const day = parseDay(text)
  if (day === null) {
    throw new BadQuestion(
      parameter,
      'must be a date of the calendar, such as 2026-11-20, as the other end is'
    )
  }
  return day
}

/** Whether a text is meant to be a date and not an instant. */
function isDate(text: string): boolean {
  return /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)
}

/** What to do about minutes that are not live. */
export const WHOLE_DAYS = 'ask for whole days (from=2026-11-17&to=2026-11-18)'
