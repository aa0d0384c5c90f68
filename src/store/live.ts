import * as abi from '../kernel/abi.js'
import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { HEADLINE_METRICS, METRICS } from '../metrics/metrics.js'
import { NO_RANKING, readRanking, type Ranking } from './board.js'
import type { Kernel } from './kernel.js'
import { readLosses, type Losses } from './losses.js'
import type { Store } from './store.js'

/** What can be asked of the live window. Minutes count since the epoch; metrics by their place in METRICS. */
export type LiveQuestion =
  /**
   * The best 100 items over `minutes` minutes up to and with the minute `asOf` (null:
   * the current one); `compare`: and what each had over as many minutes before.
   */
  | {
      readonly kind: 'ranking'
      readonly metric: number
      readonly minutes: number
      readonly asOf: number | null
      readonly compare: boolean
    }
  /** What has more and less than over as many minutes before, of what has at least `floor` in one of both. */
  | { readonly kind: 'trends'; readonly metric: number; readonly minutes: number; readonly floor: bigint }
  | { readonly kind: 'item'; readonly itemId: string }
  | { readonly kind: 'item-series'; readonly itemId: string }
  | { readonly kind: 'shop' }

/** At which instant an answer holds. */
export interface LiveInstant {
  /** Epoch ms; null before the first event. */
  readonly nowMs: number | null
  /** Byte of the source up to which everything is included. */
  readonly offset: number
  readonly losses: Losses
}

/** A value in the period before, and the rank that it had; null: none. */
export interface Before {
  readonly value: bigint
  readonly rank: number | null
}

/** By metric and minute: see `seriesAt`. */
export type MinuteSeries = BigUint64Array

export type LiveAnswer = LiveInstant &
  (
    | {
        readonly kind: 'ranking'
        readonly ranking: Ranking
        /** First minute; null before the first event, and where not all minutes are live any more: then nothing is ranked. */
        readonly from: number | null
        /** Of each row; null: not asked for, or not all minutes are live. */
        readonly before: readonly Before[] | null
      }
    | {
        readonly kind: 'trends'
        /** Values are differences; `items` is how many were looked at. */
        readonly rising: Ranking
        readonly falling: Ranking
        /** What each row had before. */
        readonly risingBefore: readonly bigint[]
        readonly fallingBefore: readonly bigint[]
      }
    | {
        readonly kind: 'item'
        /** Null: no event has had it. */
        readonly item: {
          /** In the window of each headline metric; null: not ranked. */
          readonly ranks: readonly (number | null)[]
          /** Of the last hour and the last 24, by metric. */
          readonly sums: Readonly<Record<'1h' | '24h', readonly bigint[]>>
          /** The last 60 minutes, the current one last, by metric. */
          readonly lastHour: readonly (readonly bigint[])[]
        } | null
      }
    | { readonly kind: 'item-series'; readonly series: MinuteSeries }
    | {
        readonly kind: 'shop'
        readonly series: MinuteSeries
        /** The same of the 1440 minutes before the live window. */
        readonly dayBefore: MinuteSeries
        /** In the last 5 minutes, hour and 24 h. */
        readonly active: readonly number[]
        /** The same up to the end of this minute of the day before; 0 where nothing is known of it. */
        readonly activeBefore: readonly number[]
      }
  )

export type LiveAnswerOf<Kind extends LiveAnswer['kind']> = Extract<LiveAnswer, { kind: Kind }>

/** Value of a metric in a minute of a series. */
export function seriesAt(series: MinuteSeries, metric: number, minute: number): bigint {
  return series[metric * LIVE_WINDOW_MINUTES + (minute % LIVE_WINDOW_MINUTES)] ?? 0n
}

/** Sum of a metric over the minutes [from, to) of a series. */
export function sumWithin(series: MinuteSeries, metric: number, from: number, to: number): bigint {
  let sum = 0n
  for (let minute = Math.max(0, from); minute < to; minute++) sum += seriesAt(series, metric, minute)
  return sum
}

/** The last 60 minutes of a series by metric, the minute `current` last. */
export function lastHourOf(series: MinuteSeries, current: number): readonly (readonly bigint[])[] {
  return METRICS.map((_, metric) =>
    Array.from({ length: 60 }, (_, place) => {
      const minute = current - 59 + place
      return minute < 0 ? 0n : seriesAt(series, metric, minute)
    })
  )
}

/** A series of nothing. */
export function emptySeries(): MinuteSeries {
  return new BigUint64Array(METRICS.length * LIVE_WINDOW_MINUTES)
}

/** Stands for all items. */
const SHOP = 0xffffffff

/** Answers questions over the live window; the turn's holder alone. */
export class LiveAnswers {
  readonly #kernel: Kernel
  readonly #view: DataView
  readonly #memory: Buffer
  /** Where an id is put that is asked for. A part of the memory: of 2 GiB and more, `write` writes nothing. */
  readonly #id: Buffer
  readonly #answer: number
  readonly #dayBefore: number

  constructor({ memory, layout }: Store, kernel: Kernel) {
    this.#kernel = kernel
    this.#view = new DataView(memory.buffer)
    this.#memory = Buffer.from(memory.buffer)
    this.#answer = layout.regions[abi.REGION_ANSWER] ?? 0
    this.#id = this.#memory.subarray(this.#answer + abi.ANSWER_ID, this.#answer + abi.ANSWER_BYTES)
    this.#dayBefore = layout.regions[abi.REGION_DAY_BEFORE] ?? 0
  }

  answer(question: LiveQuestion): LiveAnswer {
    const current = this.#view.getInt32(abi.CURRENT_MINUTE, true)
    const instant = {
      nowMs: current >= 0 ? this.#view.getFloat64(abi.NOW, true) : null,
      offset: this.#view.getFloat64(abi.OFFSET, true),
      losses: readLosses(this.#view, abi.LOSSES)
    }
    switch (question.kind) {
      case 'ranking':
        return { ...instant, kind: 'ranking', ...this.#ranking(question, current) }
      case 'trends':
        return { ...instant, kind: 'trends', ...this.#trends(question, current) }
      case 'item':
        return { ...instant, kind: 'item', item: this.#item(question.itemId, current) }
      case 'item-series':
        return { ...instant, kind: 'item-series', series: this.#itemSeries(question.itemId) }
      case 'shop':
        return { ...instant, kind: 'shop', ...this.#shop(current) }
    }
  }

  #ranking(
    { metric, minutes, asOf, compare }: Extract<LiveQuestion, { kind: 'ranking' }>,
    current: number
  ): Pick<LiveAnswerOf<'ranking'>, 'ranking' | 'from' | 'before'> {
    const to = (asOf ?? current) + 1
    const from = to - minutes
    const oldest = current - LIVE_WINDOW_MINUTES + 1
    if (current < 0 || to > current + 1 || from < oldest) {
      return { ranking: NO_RANKING, from: null, before: null }
    }
    if (!compare || from - minutes < oldest) {
      const at = this.#kernel.exports.rankRange(metric, from, to)
      return { ranking: this.#read(at), from, before: null }
    }
    const at = this.#kernel.exports.compareRange(metric, from, to, from - minutes)
    const ranking = this.#read(at)
    return { ranking, from, before: this.#before(ranking, abi.ANSWER_ROWS_BEFORE) }
  }

  #trends(
    { metric, minutes, floor }: Extract<LiveQuestion, { kind: 'trends' }>,
    current: number
  ): Pick<LiveAnswerOf<'trends'>, 'rising' | 'falling' | 'risingBefore' | 'fallingBefore'> {
    if (current < 0) return { rising: NO_RANKING, falling: NO_RANKING, risingBefore: [], fallingBefore: [] }
    const from = current + 1 - minutes
    const at = this.#kernel.exports.rankTrends(metric, from - minutes, from, current + 1, floor)
    const rising = this.#read(at)
    const falling = this.#read(this.#answer + abi.ANSWER_RANKING)
    const values = (ranking: Ranking, rows: number) => this.#before(ranking, rows).map(({ value }) => value)
    return {
      rising,
      falling,
      risingBefore: values(rising, abi.ANSWER_ROWS_BEFORE),
      fallingBefore: values(falling, abi.ANSWER_ROWS_BEFORE_2)
    }
  }

  #item(itemId: string, current: number): LiveAnswerOf<'item'>['item'] {
    const { exports } = this.#kernel
    const item = exports.itemNumber(this.#id.write(itemId))
    if (item === 0) return null
    const series = this.#series(exports.seriesOf(item))
    const sums = (minutes: number) => METRICS.map((_, metric) => exports.sumOfSeries(metric, minutes))
    return {
      ranks: HEADLINE_METRICS.map(({ index }) => exports.rankOf(index, item) || null),
      sums: { '1h': sums(60), '24h': sums(LIVE_WINDOW_MINUTES) },
      lastHour: lastHourOf(series, current)
    }
  }

  #itemSeries(itemId: string): MinuteSeries {
    const { exports } = this.#kernel
    const item = exports.itemNumber(this.#id.write(itemId))
    return item === 0 ? emptySeries() : this.#series(exports.seriesOf(item))
  }

  #shop(current: number): Pick<LiveAnswerOf<'shop'>, 'series' | 'dayBefore' | 'active' | 'activeBefore'> {
    const { exports } = this.#kernel
    return {
      series: this.#series(exports.seriesOf(SHOP)),
      dayBefore: this.#left(current),
      active: [5, 60, LIVE_WINDOW_MINUTES].map((minutes) => (current < 0 ? 0 : exports.active(minutes))),
      activeBefore: this.#activeBefore(current - LIVE_WINDOW_MINUTES)
    }
  }

  #read(at: number): Ranking {
    return readRanking(this.#memory, this.#view, at)
  }

  #before(ranking: Ranking, rows: number): Before[] {
    return ranking.rows.map((_, place) => {
      const at = this.#answer + rows + place * abi.BEFORE_BYTES
      const rank = this.#view.getUint32(at + abi.BEFORE_RANK, true)
      return { value: this.#view.getBigUint64(at, true), rank: rank === 0 ? null : rank }
    })
  }

  #series(at: number): MinuteSeries {
    const series = emptySeries()
    this.#memory.copy(new Uint8Array(series.buffer), 0, at, at + series.byteLength)
    return series
  }

  #activeBefore(minute: number): number[] {
    const at = this.#dayBefore + (minute < 0 ? 0 : minute % LIVE_WINDOW_MINUTES) * abi.ENDED_BYTES
    const isKept = minute >= 0 && this.#view.getUint32(at, true) === minute + 1
    return [abi.ENDED_5M, abi.ENDED_1H, abi.ENDED_24H].map((part) =>
      isKept ? this.#view.getUint32(at + part, true) : 0
    )
  }

  #left(current: number): MinuteSeries {
    const series = emptySeries()
    const bytes = abi.LEFT_SUMS + METRICS.length * 8
    const left = this.#dayBefore + LIVE_WINDOW_MINUTES * abi.ENDED_BYTES
    const first = current - 2 * LIVE_WINDOW_MINUTES + 1
    for (let minute = Math.max(0, first); minute < first + LIVE_WINDOW_MINUTES; minute++) {
      const at = left + (minute % LIVE_WINDOW_MINUTES) * bytes
      if (this.#view.getUint32(at, true) !== minute + 1) continue
      for (let metric = 0; metric < METRICS.length; metric++) {
        series[metric * LIVE_WINDOW_MINUTES + (minute % LIVE_WINDOW_MINUTES)] = this.#view.getBigUint64(
          at + abi.LEFT_SUMS + metric * 8,
          true
        )
      }
    }
    return series
  }
}
