import { LIVE_WINDOW_MINUTES } from '../base/limits.js'

/** A trailing window of whole minutes, with the words it was asked for in. */
export interface Window {
  /** 1 to 1440. */
  readonly minutes: number
  readonly text: string
}

/** What a window parameter looks like; its range is `parseWindow`'s to check. */
export const WINDOW_PATTERN = '^[1-9][0-9]{0,3}[mh]$'

const FORM = new RegExp(WINDOW_PATTERN)

/** Reads `90m` or `6h`; null when it is not of that form or not within 1 minute to 24 hours. */
export function parseWindow(text: string): Window | null {
  if (!FORM.test(text)) return null
  const count = Number(text.slice(0, -1))
  const minutes = text.endsWith('h') ? count * 60 : count
  return minutes <= LIVE_WINDOW_MINUTES ? { minutes, text } : null
}

/** A whole number of minutes as a window is written: hours where they fit. */
export function windowOfMinutes(minutes: number): Window {
  return { minutes, text: minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m` }
}
