import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import type { Granularity } from '../base/civil-date.js'
import { HEADLINE_METRICS, METRICS, metricNumber, type MetricName } from '../metrics/metrics.js'
import type { LiveAnswerOf } from '../store/live.js'
import type { Ranking } from '../store/board.js'
import { BadQuestion } from './bad-question.js'
import { exactness } from './exactness.js'
import { unitOf } from './history-words.js'
import type { ItemAnswer, Summary, TopItemsOf, Trends } from './insight-shapes.js'
import { liveBlurs, rankingBlurs } from './live-blurs.js'
import type { LiveSource } from './live-client.js'
import { changeOf, conversion, instantWords, intervalOf, minuteOf, money } from './live-words.js'
import { exactInteger } from './serialise.js'
import { formatMinor } from '../base/currency.js'
import type { AnswerOptions } from './top-items.js'
import { WHOLE_DAYS, type Minutes } from './stretch.js'
import { summaryOf } from './summary.js'
import { windowOfMinutes, type Window } from './window.js'

/** A ranking of any metric over any live minutes. */
export interface RankingQuestion extends Minutes {
  readonly metric: MetricName
  readonly compare: boolean
  readonly limit: number
}

export interface TrendsQuestion {
  readonly metric: MetricName
  readonly window: Window
  /** Null: a default by the metric. */
  readonly floor: number | null
  readonly limit: number
}

export interface TimeseriesQuestion {
  readonly metric: MetricName | 'customers'
  readonly granularity: 'minute' | 'hour' | Granularity
  readonly itemId: string | null
  /** As they were asked for: instants for minutes and hours, else dates; null: left open. */
  readonly from: string | null
  readonly to: string | null
}

/** Below so many of a metric's unit in both periods a trend is noise: 10, or 100 of the currency's. */
const FLOOR = 10
const FLOOR_OF_MONEY = 100

/** Answers over the live window, of any metric, item and minutes. All reject as `LiveSource.ask` does. */
export class Insights {
  readonly #live: LiveSource
  readonly #options: AnswerOptions

  constructor(live: LiveSource, options: AnswerOptions) {
    this.#live = live
    this.#options = options
  }

  /** Rejects with a BadQuestion when not all of the minutes are live. */
  async topItems(asked: RankingQuestion): Promise<TopItemsOf> {
    const { metric, minutes, asOf, window, compare, limit } = asked
    if (compare && minutes * 2 > LIVE_WINDOW_MINUTES) {
      throw new BadQuestion('compare', 'minutes are kept for 24 hours: 12 hours at most can be compared')
    }
    const question = { kind: 'ranking', metric: metricNumber(metric), minutes, asOf, compare } as const
    const answer = await this.#live.ask(question)
    const { ranking, from, before } = answer
    if (from === null && answer.nowMs !== null) throw notLive(answer, asked)
    if (compare && before === null && answer.nowMs !== null) {
      throw new BadQuestion('compare', `the period before is not live any more: ${livePart(answer)}`)
    }
    const { currency, memory } = this.#options
    const unit = unitOf(metric, currency)
    const blursBefore =
      from === null || before === null
        ? []
        : liveBlurs(
            answer.losses,
            [{ metrics: [metric], from: from - minutes, to: from, byItem: true }],
            memory
          )
    return {
      data: ranking.rows.slice(0, limit).map((row, place) => ({
        ...this.#row(row, place, unit.minor_units),
        tied: isTied(ranking, place),
        ...(before === null
          ? {}
          : {
              previous: {
                value: exactInteger(before[place]?.value ?? 0n),
                formatted: formatMinor(before[place]?.value ?? 0n, unit.minor_units),
                rank: before[place]?.rank ?? null,
                change: changeOf(row.value, before[place]?.value ?? 0n)
              }
            })
      })),
      meta: {
        metric,
        ...unit,
        window,
        time_zone: 'UTC',
        interval: from === null ? null : intervalOf(from, from + minutes),
        previous_interval: from === null || before === null ? null : intervalOf(from - minutes, from),
        status: 'open',
        ...instantWords(answer, this.#options),
        commit: null,
        total_items: ranking.items,
        sum: exactInteger(ranking.sum),
        other: exactInteger(ranking.other),
        ...exactness([...rankingBlurs(ranking, memory), ...blursBefore])
      }
    }
  }

  /** What has risen and fallen most against the period before, which is live too: the window is 12 h at most. */
  async trends({ metric, window, floor: asked, limit }: TrendsQuestion): Promise<Trends> {
    const { minutes } = window
    if (minutes * 2 > LIVE_WINDOW_MINUTES) {
      throw new BadQuestion('window', 'must be 12h at most: minutes are kept for 24 hours')
    }
    const unit = unitOf(metric, this.#options.currency)
    const floor = asked ?? (metric === 'revenue' ? FLOOR_OF_MONEY * 10 ** unit.minor_units : FLOOR)
    const question = { kind: 'trends', metric: metricNumber(metric), minutes, floor: BigInt(floor) } as const
    const answer = await this.#live.ask(question)
    const { rising, falling, risingBefore, fallingBefore } = answer
    const current = minuteOf(answer)
    const to = (current ?? 0) + 1
    const later = { metrics: [metric], from: to - minutes, to, byItem: true }
    const earlier = { ...later, from: to - 2 * minutes, to: to - minutes }
    const rows = ({ rows: found }: Ranking, before: readonly bigint[], sign: bigint) =>
      found.slice(0, limit).map(({ itemId, value: difference }, place) => {
        const previous = before[place] ?? 0n
        const value = previous + difference * sign
        return {
          ...this.#row({ itemId, value }, place, unit.minor_units),
          previous: exactInteger(previous),
          difference: sign > 0n ? exactInteger(difference) : negative(difference),
          change: changeOf(value, previous)
        }
      })
    return {
      data: { rising: rows(rising, risingBefore, 1n), falling: rows(falling, fallingBefore, -1n) },
      meta: {
        metric,
        ...unit,
        window: window.text,
        interval: current === null ? null : intervalOf(to - minutes, to),
        previous_interval: current === null ? null : intervalOf(to - 2 * minutes, to - minutes),
        floor,
        considered: rising.items,
        ...instantWords(answer, this.#options),
        ...exactness(liveBlurs(answer.losses, [earlier, later], this.#options.memory))
      }
    }
  }

  /** Null where no event has had the item since the store began. */
  async item(itemId: string): Promise<ItemAnswer | null> {
    const answer = await this.#live.ask({ kind: 'item', itemId })
    if (answer.item === null) return null
    const { ranks, sums, lastHour } = answer.item
    const to = (minuteOf(answer) ?? 0) + 1
    const { currency, memory } = this.#options
    const day = { metrics: METRIC_NAMES, from: to - LIVE_WINDOW_MINUTES, to, byItem: true }
    const hour = { ...day, from: to - 60, byMinute: true }
    return {
      data: {
        item_id: itemId,
        windows: {
          '1h': this.#itemWindow(sums['1h'], to - 60, to),
          '24h': this.#itemWindow(sums['24h'], to - LIVE_WINDOW_MINUTES, to)
        },
        ranks: HEADLINE_METRICS.map(({ name, headline }, place) => ({
          metric: name as MetricName,
          window: windowOfMinutes(headline.windowMinutes).text,
          rank: ranks[place] ?? null
        })),
        sparkline: {
          interval: intervalOf(to - 60, to),
          ...Object.fromEntries(
            METRIC_NAMES.map((name, metric) => [name, (lastHour[metric] ?? []).map(exactInteger)])
          )
        }
      },
      meta: {
        currency: currency.code,
        minor_units: currency.minorDigits,
        ...instantWords(answer, this.#options),
        ...exactness(liveBlurs(answer.losses, [hour, day], memory))
      }
    }
  }

  #itemWindow(sums: readonly bigint[], from: number, to: number) {
    const sum = (metric: MetricName) => sums[metricNumber(metric)] ?? 0n
    const amounts = Object.fromEntries(METRIC_NAMES.map((name) => [name, exactInteger(sum(name))])) as Record<
      MetricName,
      number | bigint
    >
    return {
      interval: intervalOf(from, to),
      ...amounts,
      revenue_formatted: money(sum('revenue'), this.#options),
      ...conversion(sum('views'), sum('cart_adds'), sum('purchases'))
    }
  }

  /** The shop over the last minutes, against the same stretch of the day before. */
  async summary(window: Window): Promise<Summary> {
    return summaryOf(await this.#live.ask({ kind: 'shop' }), window, this.#options)
  }

  #row({ itemId, value }: { itemId: string; value: bigint }, place: number, minorDigits: number) {
    return {
      rank: place + 1,
      item_id: itemId,
      value: exactInteger(value),
      formatted: formatMinor(value, minorDigits)
    }
  }
}

const METRIC_NAMES = METRICS.map(({ name }) => name)

function negative(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? -Number(value) : -value
}

/** Whether the item at a place has the value of the one before or after it. */
function isTied({ rows }: Ranking, place: number): boolean {
  const value = rows[place]?.value
  return value === rows[place - 1]?.value || value === rows[place + 1]?.value
}

function notLive(answer: LiveAnswerOf<'ranking'>, { window, asOf }: Minutes): BadQuestion {
  if (window !== null) return new BadQuestion('as_of', `not all of the window is live: ${livePart(answer)}`)
  if ((asOf ?? 0) > (minuteOf(answer) ?? 0)) return new BadQuestion('to', livePart(answer))
  return new BadQuestion('from', `${livePart(answer)}: ${WHOLE_DAYS} beyond`)
}

function livePart(answer: LiveAnswerOf<'ranking'>): string {
  const to = (minuteOf(answer) ?? 0) + 1
  const { start, end } = intervalOf(to - LIVE_WINDOW_MINUTES, to)
  return `minutes are kept from ${start} to ${end}`
}
