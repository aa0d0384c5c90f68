import { TOLD_AS_MULTIPLE } from '../base/limits.js'

/** Numbers and instants in the words of whoever looks at them: the browser's locale. */

/** An amount as answers have it: JSON has no bigint, its type does. */
export type Amount = number | bigint

export interface Unit {
  /** ISO 4217, or null where it is a count. */
  readonly currency: string | null
  readonly minorUnits: number
}

export const COUNTS: Unit = { currency: null, minorUnits: 0 }

const count = new Intl.NumberFormat()
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })
const signed = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero'
})
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const minute = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })

const currencies = new Map<string, Intl.NumberFormat>()

function currencyFormat({ currency, minorUnits }: Unit, isCompact: boolean): Intl.NumberFormat {
  const key = `${currency} ${minorUnits} ${isCompact}`
  let format = currencies.get(key)
  if (format === undefined) {
    const digits = isCompact
      ? ({ notation: 'compact', maximumFractionDigits: 1 } as const)
      : { minimumFractionDigits: minorUnits, maximumFractionDigits: minorUnits }
    format = new Intl.NumberFormat(undefined, { style: 'currency', currency: currency ?? 'USD', ...digits })
    currencies.set(key, format)
  }
  return format
}

/** A count, or minor units of a currency. */
export function amount(value: Amount, unit: Unit = COUNTS): string {
  if (unit.currency === null) return count.format(value)
  return currencyFormat(unit, false).format(majorUnits(value, unit))
}

/** The same in few characters, for axes. */
export function shortAmount(value: number, unit: Unit = COUNTS): string {
  if (unit.currency === null) return compact.format(value)
  return currencyFormat(unit, true).format(majorUnits(value, unit))
}

export function majorUnits(value: Amount, { minorUnits }: Unit): number {
  return Number(value) / 10 ** minorUnits
}

/** A share of 1; a dash for none. */
export function share(value: number | null): string {
  return value === null ? '–' : percent.format(value)
}

/** A relative change with its sign; a dash where there is nothing to compare with. */
export function change(value: number | null): string {
  if (value === null) return '–'
  return value < TOLD_AS_MULTIPLE ? signed.format(value) : `× ${compact.format(value + 1)}`
}

export function instant(text: string | null): string {
  return text === null ? '–' : clock.format(new Date(text))
}

export function minuteOf(seconds: number): string {
  return minute.format(new Date(seconds * 1000))
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const

export function bytes(value: number): string {
  let size = value
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${count.format(Math.round(size * 10) / 10)} ${UNITS[unit] ?? ''}`
}
