/** The value of an option, or what it is without one; throws an Error that says what it must be. */
export function wholeNumber(
  name: string,
  text: string | boolean | undefined,
  fallback: number,
  least: number,
  mostDigits: number
): number {
  if (text === undefined) return fallback
  const isNumber = typeof text === 'string' && /^\d+$/.test(text) && text.length <= mostDigits
  if (isNumber && Number(text) >= least) return Number(text)
  throw new Error(`--${name} must be a whole number from ${least}, not ${String(text)}`)
}
