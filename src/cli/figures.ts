import { TOLD_AS_MULTIPLE } from '../base/limits.js'

/** Figures as a terminal shows them: in English, instants in UTC, and said so. */

/** Digits in groups of three: `1234567.89` is `1,234,567.89`. Decimal text stays exact. */
export function grouped(value: number | bigint | string): string {
  const [whole = '', ...decimals] = String(value).split('.')
  return [whole.replace(/\B(?=(?:\d{3})+$)/g, ','), ...decimals].join('.')
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

/** Bytes in the unit that leaves the fewest digits, a decimal unless they are single ones. */
export function bytesText(bytes: number): string {
  let size = bytes
  let unit = 0
  // What would be rounded to 1000.0 is one of the next.
  while (size >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? ''}`
}

/** An instant (epoch ms, or RFC 3339 in UTC) to the second. */
export function instantText(instant: number | string): string {
  return `${secondOf(instant)} UTC`
}

function secondOf(instant: number | string): string {
  return new Date(instant).toISOString().slice(0, 19).replace('T', ' ')
}

/** A half-open interval of whole minutes; the day is said once where it is one. */
export function intervalText({ start, end }: { readonly start: string; readonly end: string }): string {
  const [first, last] = [secondOf(start).slice(0, -3), secondOf(end).slice(0, -3)]
  const isOneDay = first.slice(0, 10) === last.slice(0, 10)
  return `${first} to ${isOneDay ? last.slice(11) : last} UTC`
}

/** A share of 1 in percent. */
export function shareText(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** A relative change with its sign. */
export function changeText(change: number): string {
  if (change >= TOLD_AS_MULTIPLE) return `× ${grouped((change + 1).toFixed(1))}`
  const percent = (change * 100).toFixed(1)
  if (Number(percent) === 0) return '0.0 %'
  return `${change > 0 ? '+' : ''}${percent} %`
}

/** How long something takes; `2:05`, `1:02:05`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  const rest = two(whole % 60)
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`
}

/** A count and what is counted: `1 worker`, `2 workers`. */
export function counted(count: number, one: string): string {
  return `${grouped(count)} ${one}${count === 1 ? '' : 's'}`
}
