import { formatMinor, type Currency } from '../base/currency.js'
import type { HeadlineMetric } from '../metrics/metrics.js'
import type { Ranking } from '../store/board.js'
import { exactness } from './exactness.js'
import { rankingBlurs } from './live-blurs.js'
import { exactInteger } from './serialise.js'
import type { ClockMode, TopItems } from './shapes.js'
import type { Window } from './window.js'

const MINUTE_MS = 60_000

/** What a ranking was made of, and at which instant. */
export interface RankingAt {
  readonly ranking: Ranking
  /** Epoch ms; null before the first event. */
  readonly nowMs: number | null
  readonly offset: number
}

/** The shop's settings that answers depend on. */
export interface AnswerOptions {
  readonly clock: ClockMode
  readonly currency: Currency
  /** The memory budget, as text. */
  readonly memory: string
}

/** Puts a ranking into the words of the API, its first `limit` rows. */
export function topItems(
  metric: HeadlineMetric,
  window: Window,
  limit: number,
  at: RankingAt,
  { clock, currency, memory }: AnswerOptions
): TopItems {
  const minorDigits = metric.unit === 'currency' ? currency.minorDigits : 0
  return {
    data: at.ranking.rows.slice(0, limit).map(({ itemId, value }, place) => ({
      rank: place + 1,
      item_id: itemId,
      value: exactInteger(value),
      formatted: formatMinor(value, minorDigits)
    })),
    meta: {
      metric: metric.name,
      unit: metric.unit === 'currency' ? currency.code : metric.name,
      minor_units: minorDigits,
      window: window.text,
      interval: at.nowMs === null ? null : intervalOf(at.nowMs, window.minutes),
      now: at.nowMs === null ? null : isoInstant(at.nowMs),
      clock,
      offset: at.offset,
      total_items: at.ranking.items,
      other: exactInteger(at.ranking.other),
      ...exactness(rankingBlurs(at.ranking, memory))
    }
  }
}

/** The last `minutes` minutes at an instant: the current one and those before it, half-open. */
function intervalOf(nowMs: number, minutes: number): { start: string; end: string } {
  const end = (Math.floor(nowMs / MINUTE_MS) + 1) * MINUTE_MS
  return { start: isoInstant(end - minutes * MINUTE_MS), end: isoInstant(end) }
}

/** Epoch ms as RFC 3339 in UTC, with milliseconds. */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString()
}
