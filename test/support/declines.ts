import { PURCHASE } from './lines.js'
import { ScanBench, type JudgedLine, type Place } from './scan-bench.js'

/** An ordinary line whose values are not all plain: its shape is never known. */
export const PLAIN = JSON.stringify({ ...PURCHASE, note: 'é"\\', tags: [{ a: [1, true] }, null] })

export const bench = new ScanBench()

/** What is needed of a tap test. */
export interface Asserting {
  readonly equal: (found: unknown, wanted: unknown, message: string) => unknown
}

/** Scans a text and compares it with the reference parser; how many lines were declined. */
export function declines(
  t: Asserting,
  text: string | Uint8Array,
  place: Place = {},
  at: ScanBench = bench
): number {
  return declinesOf(t, at.judge(Buffer.from(text)), place, at)
}

/** The same of lines that the reference parser has judged. */
export function declinesOf(
  t: Asserting,
  lines: readonly JudgedLine[],
  place: Place = {},
  at: ScanBench = bench
): number {
  const { declined, mismatch } = at.scan(lines, place)
  if (mismatch !== null) {
    const line = lines[mismatch.line]?.bytes.toString('latin1').slice(0, 500)
    t.equal(mismatch.what, null, JSON.stringify(line ?? 'the tally'))
  }
  return declined.reduce((sum, one) => sum + one, 0)
}
