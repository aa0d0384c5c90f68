/** A currency and how many decimals its minor unit has. */
export interface Currency {
  /** ISO 4217 code. */
  readonly code: string
  /** 2 for USD: values are cents. */
  readonly minorDigits: number
}

/**
 * The currencies of ISO 4217 (list one, 2024) whose minor unit is not a
 * hundredth. `Intl` knows the codes, but shows other digits (CLDR's: none for
 * HUF), and not the same ones in every version of Node.
 */
const OTHER_DIGITS: Readonly<Record<string, number>> = {
  ...digits(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...digits(4, 'CLF UYW')
}

/** Reads an ISO 4217 code, in any case; null when there is no such currency. */
export function parseCurrency(text: string): Currency | null {
  const code = text.toUpperCase()
  const minorDigits = OTHER_DIGITS[code]
  if (minorDigits !== undefined) return { code, minorDigits }
  return Intl.supportedValuesOf('currency').includes(code) ? { code, minorDigits: 2 } : null
}

function digits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]))
}

/** Minor units as decimal text of major units: 152050 with 2 digits is `1520.50`. `value` is at least 0. */
export function formatMinor(value: bigint, minorDigits: number): string {
  const digits = value.toString().padStart(minorDigits + 1, '0')
  if (minorDigits === 0) return digits
  return `${digits.slice(0, -minorDigits)}.${digits.slice(-minorDigits)}`
}
