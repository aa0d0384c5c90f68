import { dayOfMinute, type ZoneTable } from '../base/time-zone.js'
import type { Piece } from '../history/pieces.js'
import { SHIPPED_TIERS } from '../history/shipment.js'
import type { Collector, Collectors } from './collectors.js'
import { quoted } from './schema.js'

const MINUTE_MS = 60_000

/** The live minutes of all collectors whose local day is asked for, as SQL over collector and bucket. */
export function minuteRanges(
  { all }: Collectors,
  zone: ZoneTable,
  isAsked: (day: number) => boolean
): string {
  const ranges = all.flatMap((collector) =>
    rangesOf(collector, zone, isAsked).map(
      ([from, to]) => `collector = ${quoted(collector.name)} AND bucket >= ${from} AND bucket < ${to}`
    )
  )
  return ranges.join(' OR ') || '0'
}

/** Whether a minute is live for its collector, as SQL over collector and bucket. */
export function isLiveMinute({ all }: Collectors): string {
  const live = all.map(
    ({ name, oldestLiveMinute }) => `collector = ${quoted(name)} AND bucket >= ${oldestLiveMinute}`
  )
  return live.join(' OR ') || '0'
}

/** Half-open. */
function rangesOf(
  { oldestLiveMinute, nowMs }: Collector,
  zone: ZoneTable,
  isAsked: (day: number) => boolean
): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = []
  if (nowMs === null) return ranges
  for (let minute = oldestLiveMinute; minute <= Math.floor(nowMs / MINUTE_MS); minute++) {
    if (!isAsked(dayOfMinute(zone, minute))) continue
    const last = ranges.at(-1)
    if (last?.[1] === minute) last[1]++
    else ranges.push([minute, minute + 1])
  }
  return ranges
}

/** The buckets of some pieces, as SQL over tier and bucket. */
export function tiersOf(pieces: readonly Piece[]): string {
  return (
    pieces
      .map(
        ({ tier, from, to }) =>
          `tier = ${SHIPPED_TIERS.indexOf(tier)} AND bucket >= ${from} AND bucket < ${to}`
      )
      .join(' OR ') || '0'
  )
}

/**
 * The oldest day that a live minute of any collector can have: where clocks go back
 * over midnight, not that of the oldest minute. Null: before the first event.
 */
export function oldestLiveDay({ all }: Collectors, zone: ZoneTable): number | null {
  const days = all.flatMap(({ nowMs, oldestLiveMinute }) =>
    nowMs === null
      ? []
      : Array.from({ length: Math.floor(nowMs / MINUTE_MS) - oldestLiveMinute + 1 }, (_, place) =>
          dayOfMinute(zone, oldestLiveMinute + place)
        )
  )
  return days.length === 0 ? null : days.reduce((least, day) => Math.min(least, day))
}
