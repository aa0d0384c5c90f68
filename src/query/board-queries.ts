import { randomBytes } from 'node:crypto'
import type { Currency } from '../base/currency.js'
import { DEFAULT_ROWS, LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { HEADLINE_METRICS, type HeadlineMetric } from '../metrics/metrics.js'
import type { Pipeline } from '../ingest/pipeline.js'
import { NO_COUNTS, NO_RANKING, type Board } from '../store/board.js'
import { formatBytes } from '../store/budget.js'
import type { SeriesQuestion } from '../history/history.js'
import { accounting } from './accounting.js'
import { HistoryClient } from './history-client.js'
import { historyItems, type ItemsQuestion } from './history-items.js'
import { historySeries } from './history-series.js'
import type { HistoryItems, HistorySeries } from './history-shapes.js'
import { HistoryStatusKeeper, type Clock } from './history-status.js'
import type { ShopOptions } from './history-words.js'
import type { Timeseries, TopItemsOf } from './insight-shapes.js'
import { Insights, type TimeseriesQuestion } from './insights.js'
import { LiveClient } from './live-client.js'
import type { Queries } from './queries.js'
import { rejectsAnswer } from './rejects.js'
import type { RejectsAnswer } from './rejects-shape.js'
import { jsonText } from './serialise.js'
import type { Accounting, ClockState, Status, TopItems } from './shapes.js'
import { isoInstant, topItems, type AnswerOptions } from './top-items.js'
import { topOfDays, type TopOfDaysQuestion } from './top-of-days.js'
import { historyQuestion, isLiveSeries, liveSeries, timeseriesOfHistory } from './timeseries.js'
import { windowOfMinutes, type Window } from './window.js'

/** Answers from a pipeline's boards, and from its tasks for what boards do not hold. */
export class BoardQueries implements Queries {
  readonly #pipeline: Pipeline
  readonly #options: AnswerOptions
  readonly #startedAt = performance.now()
  /** Tells revisions of this process from those of others. */
  readonly #name = randomBytes(6).toString('base64url')
  /** Answers of the newest board by headline and limit, as JSON text. */
  #answers: (string | undefined)[][] = []
  #answersOf = 0
  readonly #history: HistoryClient
  readonly #historyStatus: HistoryStatusKeeper
  readonly #live: LiveClient
  readonly insights: Insights

  constructor(pipeline: Pipeline, currency: Currency, clock: Clock = () => performance.now()) {
    this.#pipeline = pipeline
    this.#options = { clock: pipeline.options.clock, currency, memory: formatBytes(pipeline.memoryBytes) }
    this.#history = new HistoryClient(pipeline)
    this.#live = new LiveClient(pipeline)
    this.insights = new Insights(this.#live, this.#options)
    this.#historyStatus = new HistoryStatusKeeper(pipeline, this.#history, clock)
  }

  ready(): boolean {
    return this.#pipeline.boards.sequence() !== 0
  }

  revision(): string {
    return `${this.#name}-${this.#pipeline.boards.sequence()}`
  }

  async snapshot(): Promise<{ revision: string; text: string }> {
    const revision = this.revision()
    const summary = await this.insights.summary(windowOfMinutes(LIVE_WINDOW_MINUTES))
    const headlines = this.#headlines()
    return { revision, text: `{${headlines.join('')}"summary":${jsonText(summary)}}` }
  }

  /** All of one board: another thread may publish the next one meanwhile. */
  #headlines(): readonly string[] {
    for (;;) {
      const sequence = this.#pipeline.boards.sequence()
      const headlines = HEADLINE_METRICS.map(
        (metric) => `"${metric.headline.member}":${this.headlineJson(metric, DEFAULT_ROWS)},`
      )
      if (this.#pipeline.boards.sequence() === sequence) return headlines
    }
  }

  headlineJson(metric: HeadlineMetric, limit: number): string {
    const sequence = this.#pipeline.boards.sequence()
    if (sequence !== this.#answersOf) {
      this.#answers = []
      this.#answersOf = sequence
    }
    const answers = (this.#answers[metric.order] ??= [])
    return (answers[limit] ??= jsonText(this.headline(metric, limit)))
  }

  /** The headline answer as of the newest board. */
  headline(metric: HeadlineMetric, limit: number): TopItems {
    const board = this.#pipeline.boards.read()
    const ranking = board?.headlines[metric.order] ?? NO_RANKING
    const window = windowOfMinutes(metric.headline.windowMinutes)
    const at = { ranking, nowMs: board?.nowMs ?? null, offset: board?.offset ?? 0 }
    return topItems(metric, window, limit, at, this.#options)
  }

  async topItems(metric: HeadlineMetric, window: Window, limit: number): Promise<TopItems> {
    const answer = await this.#live.ask({
      kind: 'ranking',
      metric: metric.index,
      minutes: window.minutes,
      asOf: null,
      compare: false
    })
    return topItems(metric, window, limit, answer, this.#options)
  }

  keepsHistory(): boolean {
    return this.#history.isKept
  }

  historySeries(question: SeriesQuestion): Promise<HistorySeries> {
    const nowMs = this.#pipeline.boards.read()?.nowMs ?? null
    return historySeries(this.#history, question, nowMs, this.#shop())
  }

  historyItems(question: ItemsQuestion): Promise<HistoryItems> {
    return historyItems(this.#history, question, this.#shop())
  }

  topOfDays(question: TopOfDaysQuestion): Promise<TopItemsOf> {
    return topOfDays(this.#history, question, { ...this.#shop(), clock: this.#options.clock })
  }

  async timeseries(question: TimeseriesQuestion): Promise<Timeseries> {
    return isLiveSeries(question)
      ? liveSeries(this.#live, question, this.#options)
      : timeseriesOfHistory(await this.historySeries(historyQuestion(question)))
  }

  async rejects(limit: number): Promise<RejectsAnswer> {
    const last = await this.#pipeline.lastRejects()
    return rejectsAnswer(last, limit, this.#pipeline.boards.read()?.counts ?? NO_COUNTS)
  }

  accounting(): Accounting {
    return accounting(this.#pipeline.boards.read()?.counts ?? NO_COUNTS)
  }

  /** The clock, and what waits for it. */
  clock(): ClockState {
    return clockOf(this.#pipeline.boards.read())
  }

  /** Byte of the source up to which the newest board includes everything. */
  offset(): number {
    return this.#pipeline.boards.read()?.offset ?? 0
  }

  async status(): Promise<Status> {
    const history = await this.#historyStatus.read()
    const board = this.#pipeline.boards.read()
    const { options, state, sizeBytes, warnings, deadLetters, degraded, restarts, quarantined } =
      this.#pipeline
    const offset = board?.offset ?? 0
    return {
      state: degraded === null ? state : 'degraded',
      degraded: degraded && { reason: degraded.reason, since: isoInstant(degraded.sinceMs) },
      restarts,
      quarantined: [...quarantined],
      clock: { mode: options.clock, ...clockOf(board) },
      source: {
        name: options.source.name,
        bytes_read: offset,
        size_bytes: sizeBytes,
        lag_bytes: sizeBytes === null ? null : Math.max(0, sizeBytes - offset),
        lag_seconds: sizeBytes === null ? null : this.#pipeline.lagSeconds(offset)
      },
      queue: { tasks: this.#pipeline.tasks },
      accounting: accounting(board?.counts ?? NO_COUNTS),
      active_customers: {
        '5m': board?.activeCustomers.fiveMinutes ?? 0,
        '1h': board?.activeCustomers.hour ?? 0,
        '24h': board?.activeCustomers.day ?? 0,
        exact: board === null || hasAllCustomers(board)
      },
      memory: memoryOf(board, this.#pipeline),
      workers: options.workers,
      uptime_seconds: Math.round(performance.now() - this.#startedAt) / 1000,
      warnings: [...warnings],
      dead_letters: deadLetters,
      history,
      ...shippingWords(this.#pipeline)
    }
  }

  #shop(): ShopOptions {
    const { history } = this.#pipeline.options
    return {
      currency: this.#options.currency,
      timeZone: history?.timeZone ?? 'UTC',
      isBounded: history !== null && history.maxItemsPerBucket !== null
    }
  }
}

function shippingWords({ options, shipping, commit }: Pipeline): Pick<Status, 'shipping'> {
  const collector = options.history?.shipping?.collector
  if (collector === undefined || shipping === null) return {}
  const { shipped, waitingSinceMs, rows, bytes, error } = shipping
  return {
    shipping: {
      collector,
      commit: shipped,
      lag_commits: Math.max(0, (commit?.number ?? 0) - shipped),
      lag_seconds: waitingSinceMs === null ? 0 : Math.max(0, Date.now() - waitingSinceMs) / 1000,
      rows,
      bytes,
      error
    }
  }
}

function instantOf(board: Board | null): string | null {
  const nowMs = board?.nowMs ?? null
  return nowMs === null ? null : isoInstant(nowMs)
}

function clockOf(board: Board | null): ClockState {
  return { now: instantOf(board), waiting: board?.pending ?? 0 }
}

/** Whether every customer of the last 24 h is counted as active. */
function hasAllCustomers({ losses, nowMs }: Board): boolean {
  const minute = Math.floor((nowMs ?? 0) / 60_000)
  return losses.customersTo === null || losses.customersTo <= minute - LIVE_WINDOW_MINUTES + 1
}

function memoryOf(board: Board | null, pipeline: Pipeline): Status['memory'] {
  const reasons = [...pipeline.losses]
  return {
    budget_bytes: pipeline.memoryBytes,
    rss_bytes: residentBytes(),
    store_bytes: board?.storeBytes ?? 0,
    items: board?.items ?? 0,
    customers: board?.customers ?? 0,
    cells: board?.cells ?? 0,
    exact: reasons.length === 0,
    reasons
  }
}

/** The system takes its time to tell, the longer the more memory there is: it is asked once a second. */
const RESIDENT_KEPT_MS = 1000

let resident = { bytes: 0, atMs: -Infinity }

function residentBytes(): number {
  const now = performance.now()
  if (now - resident.atMs >= RESIDENT_KEPT_MS) resident = { bytes: process.memoryUsage.rss(), atMs: now }
  return resident.bytes
}
