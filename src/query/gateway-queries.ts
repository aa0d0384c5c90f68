import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Currency } from '../base/currency.js'
import { describeError, FootfallError } from '../base/errors.js'
import { DEFAULT_ROWS, LIVE_WINDOW_MINUTES } from '../base/limits.js'
import type { SeriesQuestion } from '../history/history.js'
import { HEADLINE_METRICS, type HeadlineMetric } from '../metrics/metrics.js'
import type { LiveAnswerOf } from '../store/live.js'
import { collectorBlurs, collectorWords } from './collector-words.js'
import type { FarAnswers, FarCollectors } from './far-answers.js'
import { historyItems, type ItemsQuestion } from './history-items.js'
import { historySeries } from './history-series.js'
import type { HistoryItems, HistorySeries } from './history-shapes.js'
import type { ShopOptions } from './history-words.js'
import type { Timeseries, TopItemsOf } from './insight-shapes.js'
import { Insights, type TimeseriesQuestion } from './insights.js'
import type { Queries } from './queries.js'
import { gatewayStatus } from './gateway-status.js'
import { gathered, type Gathered } from './gathered.js'
import { jsonText } from './serialise.js'
import type { Status, TopItems } from './shapes.js'
import { summaryOf } from './summary.js'
import { topItems, type AnswerOptions } from './top-items.js'
import { topOfDays, type TopOfDaysQuestion } from './top-of-days.js'
import { historyQuestion, isLiveSeries, liveSeries, timeseriesOfHistory } from './timeseries.js'
import { windowOfMinutes, type Window } from './window.js'

/** How long it looks away between two looks at what collectors have shipped; ms. */
const LOOK_MS = 250

export interface GatewayOptions {
  readonly currency: Currency
  /** IANA name of the zone that days are of. */
  readonly timeZone: string
  /** Of the server that is asked: host and port. */
  readonly source: string
  /** Told when the server stops answering, and when it answers again. */
  readonly noticed?: (message: string, level: 'warn' | 'info') => void
  /** Epoch ms. Test only. */
  readonly wallClock?: () => number
}

/** The answers that are kept. */
interface Kept {
  /** As they stood when the look began: what is shipped from then on is looked for again. */
  readonly collectors: FarCollectors
  /** In the order of HEADLINE_METRICS. */
  readonly rankings: readonly FarRanking[]
  readonly shop: LiveAnswerOf<'shop'> & { readonly collectors: FarCollectors }
}

type FarRanking = LiveAnswerOf<'ranking'> & { readonly collectors: FarCollectors }

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
  /** Asked by the looks alone: they wait for no question of anybody else. */
  readonly #looked: FarAnswers
  readonly #options: GatewayOptions
  readonly #answers: AnswerOptions
  readonly #wallClock: () => number
  readonly #startedAt = performance.now()
  readonly #name = randomBytes(6).toString('base64url')
  readonly #closed = new AbortController()
  #looks = 0
  #kept: Kept | null = null
  /** Standings and kept answers as text, of the present look. */
  #texts = new Map<string, string>()
  #standings = ''
  #degraded: { readonly reason: string; readonly sinceMs: number } | null = null
  #looking: Promise<void> = Promise.resolve()
  readonly insights: Queries['insights']

  constructor(far: FarAnswers, looked: FarAnswers, options: GatewayOptions) {
    this.#far = far
    this.#looked = looked
    this.#options = options
    this.#answers = { clock: 'event', currency: options.currency, memory: 'of its collector' }
    this.#wallClock = options.wallClock ?? Date.now
    this.insights = {
      topItems: (asked) => this.#live((insights) => insights.topItems(asked)),
      trends: (asked) => this.#live((insights) => insights.trends(asked)),
      item: (itemId) => this.#live((insights) => insights.item(itemId)),
      summary: (window) => this.#live((insights) => insights.summary(window), ESTIMATED_CUSTOMERS)
    }
  }

  /** Looks at the collectors until it is closed. Resolves after the first look, rejects where that fails. */
  async start(): Promise<void> {
    await this.#look().catch(unlessBusy)
    this.#looking = this.#keepLooking()
  }

  /** Ends the looks; one that is under way ends when its connection does. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#looking
  }

  ready(): boolean {
    return this.#kept !== null
  }

  revision(): string {
    return `${this.#name}-${this.#looks}`
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
        collectors: this.#kept?.collectors ?? null,
        active: this.#kept?.shop.active ?? [],
        degraded: this.#degraded,
        wallMs: this.#wallClock(),
        uptimeMs: performance.now() - this.#startedAt
      })
    )
  }

  #present(): Kept {
    if (this.#kept === null) throw new FootfallError('busy', 'nothing has been looked at yet')
    return this.#kept
  }

  /** Text that is made once a look. */
  #text(key: string, make: () => object): string {
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
        collectors: collectorWords(collectors, this.#wallClock())
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

  async #keepLooking(): Promise<void> {
    while (await this.#looksAgain()) {
      try {
        await this.#look()
        if (this.#degraded !== null) {
          this.#options.noticed?.('ClickHouse answers again: answers are of the present', 'info')
        }
        this.#degraded = null
      } catch (error) {
        if (this.#degraded !== null || this.#closed.signal.aborted || isBusy(error)) continue
        const reason = `${describeError(error)}; answers are those of before`
        this.#degraded = { reason, sinceMs: this.#wallClock() }
        this.#options.noticed?.(reason, 'warn')
      }
    }
  }

  /** Waits for the next look; false: it is closed. */
  async #looksAgain(): Promise<boolean> {
    const { signal } = this.#closed
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
    return !signal.aborted
  }

  /** Looks at the collectors, and asks anew for what is kept if one has shipped something. */
  async #look(): Promise<void> {
    const collectors = await this.#looked.collectors()
    const standings = JSON.stringify(
      collectorWords(collectors, this.#wallClock()).map(({ name, status }) => [name, status])
    )
    const hasShipped = this.#kept?.collectors.version !== collectors.version
    if (this.#kept !== null && !hasShipped) {
      this.#kept = { ...this.#kept, collectors }
      if (standings === this.#standings) return
    }
    this.#kept =
      hasShipped || this.#kept === null
        ? { ...(await this.#ask()), collectors }
        : { ...this.#kept, collectors }
    this.#standings = standings
    this.#texts = new Map()
    this.#looks++
  }

  async #ask(): Promise<Omit<Kept, 'collectors'>> {
    const rankings: FarRanking[] = []
    for (const { index, headline } of HEADLINE_METRICS) {
      const asked = { kind: 'ranking', metric: index, minutes: headline.windowMinutes, asOf: null } as const
      rankings.push(await this.#looked.live({ ...asked, compare: false }))
    }
    return { rankings, shop: await this.#looked.live({ kind: 'shop' }) }
  }
}

/** Collectors went on faster than they could be asked: the next look may do better, and until then the last one holds. */
function isBusy(error: unknown): boolean {
  return error instanceof FootfallError && error.code === 'busy'
}

function unlessBusy(error: unknown): void {
  if (!isBusy(error)) throw error
}
