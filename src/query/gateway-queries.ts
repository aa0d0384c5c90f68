import type { Currency } from '../base/currency.js'
import { FootfallError } from '../base/errors.js'
import { DEFAULT_ROWS, LIVE_WINDOW_MINUTES } from '../base/limits.js'
import type { SeriesQuestion } from '../history/history.js'
import { HEADLINE_METRICS, type HeadlineMetric } from '../metrics/metrics.js'
import { collectorBlurs, collectorWords } from './collector-words.js'
import type { FarAnswers, FarCollectors } from './far-answers.js'
import { historyItems, type ItemsQuestion } from './history-items.js'
import { historySeries } from './history-series.js'
import type { HistoryItems, HistorySeries } from './history-shapes.js'
import type { ShopOptions } from './history-words.js'
import type { Timeseries, TopItemsOf } from './insight-shapes.js'
import { Insights, type TimeseriesQuestion } from './insights.js'
import type { Queries } from './queries.js'
import { GatewayLooks, type Kept, type LookNotice } from './gateway-looks.js'
import { gatewayStatus } from './gateway-status.js'
import { gathered, type Gathered } from './gathered.js'
import { jsonText } from './serialise.js'
import type { Status, TopItems } from './shapes.js'
import { summaryOf } from './summary.js'
import { topItems, type AnswerOptions } from './top-items.js'
import { topOfDays, type TopOfDaysQuestion } from './top-of-days.js'
import { historyQuestion, isLiveSeries, liveSeries, timeseriesOfHistory } from './timeseries.js'
import { windowOfMinutes, type Window } from './window.js'

export interface GatewayOptions {
  readonly currency: Currency
  /** IANA name of the zone that days are of. */
  readonly timeZone: string
  /** Of the server that is asked: host and port. */
  readonly source: string
  readonly noticed: LookNotice
}

/** What `Queries` have of a collector’s customers is merged, and not kept of the day before. */
const ESTIMATED_CUSTOMERS = ['active customers are estimated, and not known of the day before']

type Meta = { readonly exact: boolean; readonly inexact: string | null }

/**
 * Answers for all collectors of a server. Headlines and the summary are asked for
 * in the background whenever a collector has shipped something, and are kept; what
 * else is asked goes to the server.
 */
export class GatewayQueries implements Queries {
  readonly #far: FarAnswers
  readonly #looks: GatewayLooks
  readonly #options: GatewayOptions
  readonly #answers: AnswerOptions
  readonly #startedAt = performance.now()
  /** What is kept as text, of one revision. */
  #texts = new Map<string, string>()
  #textsOf = ''
  readonly insights: Queries['insights']

  /** @param looked asked in the background alone */
  constructor(far: FarAnswers, looked: FarAnswers, options: GatewayOptions) {
    this.#far = far
    this.#looks = new GatewayLooks(looked, options.noticed)
    this.#options = options
    this.#answers = { clock: 'event', currency: options.currency, memory: 'of its collector' }
    this.insights = {
      topItems: (asked) => this.#live((insights) => insights.topItems(asked)),
      trends: (asked) => this.#live((insights) => insights.trends(asked)),
      item: (itemId) => this.#live((insights) => insights.item(itemId)),
      summary: (window) => this.#live((insights) => insights.summary(window), ESTIMATED_CUSTOMERS)
    }
  }

  /** Begins to look. Resolves after the first look, rejects where that fails. */
  start(): Promise<void> {
    return this.#looks.start()
  }

  /** Ends the looks; one that is under way ends when its connection does. */
  close(): Promise<void> {
    return this.#looks.close()
  }

  ready(): boolean {
    return this.#looks.kept !== null
  }

  revision(): string {
    return this.#looks.revision
  }

  snapshot(): Promise<{ readonly revision: string; readonly text: string }> {
    const { shop } = this.#present()
    const headlines = HEADLINE_METRICS.map(
      (metric) => `"${metric.headline.member}":${this.headlineJson(metric, DEFAULT_ROWS)},`
    )
    const summary = () =>
      this.#told(
        summaryOf(shop, windowOfMinutes(LIVE_WINDOW_MINUTES), this.#answers),
        this.#heard(shop.collectors),
        ESTIMATED_CUSTOMERS
      )
    const text = `{${headlines.join('')}"summary":${this.#text('summary', summary)}}`
    return Promise.resolve({ revision: this.revision(), text })
  }

  headlineJson(metric: HeadlineMetric, limit: number): string {
    return this.#text(`${metric.name} ${limit}`, () => this.headline(metric, limit))
  }

  headline(metric: HeadlineMetric, limit: number): TopItems {
    const at = this.#present().rankings[metric.order]
    if (at === undefined) throw new RangeError(`there is no headline of ${metric.name}`)
    const window = windowOfMinutes(metric.headline.windowMinutes)
    return this.#told(topItems(metric, window, limit, at, this.#answers), this.#heard(at.collectors))
  }

  async topItems(metric: HeadlineMetric, window: Window, limit: number): Promise<TopItems> {
    const { minutes } = window
    const question = { kind: 'ranking', metric: metric.index, minutes, asOf: null, compare: false } as const
    const answer = await this.#far.live(question)
    return this.#told(topItems(metric, window, limit, answer, this.#answers), answer.collectors)
  }

  keepsHistory(): boolean {
    return true
  }

  historySeries(question: SeriesQuestion): Promise<HistorySeries> {
    const nowMs = this.#present().collectors.nowMs
    return this.#history(({ history }) => historySeries(history, question, nowMs, this.#shop()))
  }

  historyItems(question: ItemsQuestion): Promise<HistoryItems> {
    return this.#history(({ history }) => historyItems(history, question, this.#shop()))
  }

  topOfDays(question: TopOfDaysQuestion): Promise<TopItemsOf> {
    const options = { ...this.#shop(), clock: this.#answers.clock }
    return this.#history(({ history }) => topOfDays(history, question, options))
  }

  async timeseries(question: TimeseriesQuestion): Promise<Timeseries> {
    if (!isLiveSeries(question))
      return timeseriesOfHistory(await this.historySeries(historyQuestion(question)))
    const source = gathered(this.#far)
    return this.#toldOf(source, await liveSeries(source.live, question, this.#answers))
  }

  rejects(): Promise<never> {
    return Promise.reject(
      new FootfallError('elsewhere', 'Each collector keeps its own rejected lines: ask it.')
    )
  }

  status(): Promise<Status> {
    const { clock } = this.#answers
    return Promise.resolve(
      gatewayStatus({
        source: this.#options.source,
        clock,
        collectors: this.#looks.kept?.collectors ?? null,
        active: this.#looks.kept?.shop.active ?? [],
        degraded: this.#looks.stale,
        wallMs: Date.now(),
        uptimeMs: performance.now() - this.#startedAt
      })
    )
  }

  #present(): Kept {
    const { kept } = this.#looks
    if (kept === null) throw new FootfallError('busy', 'nothing has been looked at yet')
    return kept
  }

  /** Text that is made once a revision. */
  #text(key: string, make: () => object): string {
    const { revision } = this.#looks
    if (revision !== this.#textsOf) this.#texts = new Map()
    this.#textsOf = revision
    let text = this.#texts.get(key)
    if (text === undefined) {
      text = jsonText(make())
      this.#texts.set(key, text)
    }
    return text
  }

  async #live<T extends object | null>(
    ask: (insights: Insights) => Promise<T>,
    reasons: readonly string[] = []
  ): Promise<T> {
    const source = gathered(this.#far)
    const answer = await ask(new Insights(source.live, this.#answers))
    return answer === null ? answer : this.#toldOf(source, answer as never, reasons)
  }

  /** An answer of the history: it moves with its collectors, also where all that it has now is sealed. */
  async #history<T extends { readonly meta: Meta }>(ask: (source: Gathered) => Promise<T>): Promise<T> {
    const source = gathered(this.#far)
    const answer = this.#toldOf(source, await ask(source))
    const { commit, offset } = source.collectors() ?? this.#present().collectors
    return { ...answer, meta: { ...answer.meta, commit, offset } }
  }

  #toldOf<T extends { readonly meta: Meta }>(
    source: Gathered,
    answer: T,
    reasons: readonly string[] = []
  ): T {
    return this.#told(answer, source.collectors() ?? this.#present().collectors, reasons)
  }

  /** An answer with whose it is. */
  #told<T extends { readonly meta: Meta }>(
    answer: T,
    collectors: Pick<FarCollectors, 'all' | 'nowMs'>,
    more: readonly string[] = []
  ): T {
    const reasons = [...(answer.meta.inexact === null ? [] : [answer.meta.inexact]), ...more]
    const all = [...reasons, ...collectorBlurs(collectors)]
    return {
      ...answer,
      meta: {
        ...answer.meta,
        exact: all.length === 0,
        inexact: all.length === 0 ? null : all.join('; '),
        collectors: collectorWords(collectors, Date.now())
      }
    }
  }

  /** The collectors of an answer that is kept, heard of as lately as they have been. */
  #heard({ all, nowMs }: FarCollectors): Pick<FarCollectors, 'all' | 'nowMs'> {
    const seen = new Map(this.#present().collectors.all.map(({ name, seenAtMs }) => [name, seenAtMs]))
    return {
      nowMs,
      all: all.map((collector) => ({
        ...collector,
        seenAtMs: seen.get(collector.name) ?? collector.seenAtMs
      }))
    }
  }

  #shop(): ShopOptions {
    return { currency: this.#options.currency, timeZone: this.#options.timeZone, isBounded: false }
  }
}
