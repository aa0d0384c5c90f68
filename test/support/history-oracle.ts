import { Oracle, amountOf, type OracleEvent, type OracleMetric } from './oracle.js'
import type { Stream } from './streams.js'

/**
 * Days, weeks and months of a stream, counted anew for each question: local
 * dates by `Intl`, the calendar by `Date`. It shares no code with the product.
 */

export type OracleGranularity = 'day' | 'week' | 'month'

export interface OracleBucket {
  /** Dates, half-open. */
  readonly start: string
  readonly end: string
  readonly name: string
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** The events of a stream up to an offset. */
export function eventsUpTo(stream: Stream, offset: number): OracleEvent[] {
  return stream.outcomes.flatMap(({ end, event }) => (end <= offset && event !== null ? [event] : []))
}

export class HistoryOracle {
  readonly #events: readonly { readonly event: OracleEvent; readonly date: string }[]
  /** Local date of the oldest live minute. */
  readonly liveDate: string

  constructor(events: readonly OracleEvent[], timeZone: string) {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit'
    })
    const dateOf = (ms: number) => {
      const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
      return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
    }
    const clock = new Oracle()
    for (const event of events) clock.add(event)
    const minute = clock.minute()
    this.#events = events
      .filter(({ ms }) => Math.floor(ms / MINUTE_MS) <= minute)
      .map((event) => ({ event, date: dateOf(event.ms) }))
    this.liveDate = dateOf((minute - 1439) * MINUTE_MS)
  }

  /** Every bucket from the first event to the last, whether it holds anything or not. */
  buckets(granularity: OracleGranularity): OracleBucket[] {
    const dates = this.#events.map(({ date }) => date).sort()
    const found: OracleBucket[] = []
    let bucket = bucketOf(granularity, dates[0] ?? '')
    for (const last = dates.at(-1) ?? ''; bucket.start <= last; bucket = bucketOf(granularity, bucket.end)) {
      found.push(bucket)
    }
    return found
  }

  /** Σ of a metric in a bucket, of an item or of the whole shop. */
  sum(metric: OracleMetric, { start, end }: OracleBucket, item: string | null = null): bigint {
    let sum = 0n
    for (const { event, date } of this.#events) {
      if (date < start || date >= end || (item !== null && event.item !== item)) continue
      sum += amountOf(event, metric)
    }
    return sum
  }

  customers({ start, end }: OracleBucket): number {
    const within = this.#events.filter(
      ({ date, event }) => date >= start && date < end && event.customer !== ''
    )
    return new Set(within.map(({ event }) => event.customer)).size
  }

  /** Items of a bucket above 0, the best first. */
  ranking(metric: OracleMetric, { start, end }: OracleBucket): [string, bigint][] {
    const totals = new Map<string, bigint>()
    for (const { event, date } of this.#events) {
      const amount = amountOf(event, metric)
      if (date < start || date >= end || amount === 0n || event.item === '') continue
      totals.set(event.item, (totals.get(event.item) ?? 0n) + amount)
    }
    return [...totals].sort(([a, x], [b, y]) =>
      x === y ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : x > y ? -1 : 1
    )
  }

  isSealed({ end }: OracleBucket): boolean {
    return end <= this.liveDate
  }
}

/** The bucket that a date is in. */
export function bucketOf(granularity: OracleGranularity, date: string): OracleBucket {
  const day = new Date(`${date}T00:00:00Z`)
  const plus = (days: number) => new Date(day.getTime() + days * DAY_MS)
  if (granularity === 'day') return { start: date, end: dateText(plus(1)), name: date }
  if (granularity === 'month') {
    const next = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1))
    return { start: `${date.slice(0, 7)}-01`, end: dateText(next), name: date.slice(0, 7) }
  }
  const weekday = (day.getUTCDay() + 6) % 7
  const thursday = plus(3 - weekday)
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0)
  const week = Math.floor((thursday.getTime() - newYear) / DAY_MS / 7) + 1
  const name = `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
  return { start: dateText(plus(-weekday)), end: dateText(plus(7 - weekday)), name }
}

function dateText(date: Date): string {
  return date.toISOString().slice(0, 10)
}
