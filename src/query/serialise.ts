import { stringify } from 'lossless-json'

/**
 * An answer as JSON text, a bigint by its digits. Not compiled from a schema: a
 * replay would wait longer for the compiler than for a million events.
 */
export function jsonText(answer: object): string {
  const text = withoutBigints(answer) ?? stringify(answer)
  if (text === undefined) throw new TypeError('an answer is always an object')
  return text
}

/** A number where it is exact, else the bigint itself. */
export function exactInteger(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
}

/** Node's own text, some ten times as fast; null: there is a bigint somewhere. */
function withoutBigints(answer: object): string | null {
  try {
    return JSON.stringify(answer)
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
