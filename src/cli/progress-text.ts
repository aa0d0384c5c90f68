import { bytesText, durationText, grouped, instantText } from './figures.js'
import type { Style } from './style.js'

/** How far a pipeline was at one time. */
export interface Look {
  /** Of a clock that only goes forward; ms. */
  readonly atMs: number
  readonly bytes: number
  /** Null for a stream. */
  readonly sizeBytes: number | null
  /** Events that were accepted. */
  readonly events: number
  /** Event time that was reached; epoch ms, null before the first event. */
  readonly clockMs: number | null
}

export interface ProgressOptions {
  /** Columns that the text may take. */
  readonly width: number
  /** Event time against real time; null: as fast as possible. */
  readonly speed: number | null
  readonly style: Style
}

/** Rates and the time left are of these last ms. */
export const SMOOTHED_MS = 3000

/** Before that much is seen nobody knows how long it will take; ms. */
const LEAST_MS = 1000

const BAR_COLUMNS = 16

interface Part {
  readonly text: string
  /** What is less needed is left out first where there is no room. */
  readonly need: number
}

/**
 * How far a pipeline is, from what was seen in the last `SMOOTHED_MS`, oldest first:
 *
 * ```
 * [######..........]  38 %  101.1 of 266.1 MB  4,812,345 events/s  0:03 left  2026-11-20 10:00:00 UTC
 * ```
 *
 * A stream has no share and no time left; at a speed the silences that are to come
 * decide how long it takes, and nobody knows them.
 */
export function progressText(looks: readonly Look[], { width, speed, style }: ProgressOptions): string {
  const [first, last] = [looks[0], looks.at(-1)]
  if (first === undefined || last === undefined) return ''
  const { bytes, sizeBytes, clockMs } = last
  const share = sizeBytes === null || sizeBytes === 0 ? null : Math.min(1, bytes / sizeBytes)
  const seconds = (last.atMs - first.atMs) / 1000
  const parts: Part[] = []
  if (share !== null) {
    parts.push({ text: bar(share), need: 0 })
    parts.push({ text: `${Math.floor(share * 100)} %`.padStart(5), need: 5 })
  }
  const read = bytesText(bytes)
  parts.push({ text: sizeBytes === null ? read : `${read} of ${bytesText(sizeBytes)}`, need: 2 })
  if (seconds > 0) {
    const rate = Math.round((last.events - first.events) / seconds)
    parts.push({ text: `${grouped(rate)} events/s`, need: 4 })
  }
  const left = sizeBytes === null || speed !== null ? null : secondsLeft(first, last, sizeBytes)
  if (left !== null) parts.push({ text: `${durationText(left)} left`, need: 3 })
  const clock = clockMs === null ? '' : instantText(clockMs)
  if (clock !== '') parts.push({ text: speed === null ? clock : `${clock} at ${speed}x`, need: 1 })
  const kept = keepWhatFits(parts, width)
  return kept.map(({ text, need }) => (need === 0 ? style('dim', text) : text)).join('  ')
}

function secondsLeft(first: Look, last: Look, sizeBytes: number): number | null {
  const ms = last.atMs - first.atMs
  const bytes = last.bytes - first.bytes
  return ms < LEAST_MS || bytes <= 0 ? null : ((sizeBytes - last.bytes) * ms) / bytes / 1000
}

function keepWhatFits(parts: readonly Part[], width: number): readonly Part[] {
  if (parts.length === 0 || parts.map(({ text }) => text).join('  ').length <= width) return parts
  const least = Math.min(...parts.map(({ need }) => need))
  return keepWhatFits(
    parts.filter(({ need }) => need !== least),
    width
  )
}

/** In plain ASCII: no terminal takes other widths for it. */
function bar(share: number): string {
  const done = Math.floor(share * BAR_COLUMNS)
  return `[${'#'.repeat(done)}${'.'.repeat(BAR_COLUMNS - done)}]`
}
