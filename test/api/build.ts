import { inspect } from 'node:util'
import type { Test } from 'tap'
import type { AppOptions } from '../../src/api/app.js'
import { HEADLINE_METRICS, type HeadlineMetric } from '../../src/metrics/metrics.js'
import type { SeriesQuestion } from '../../src/history/history.js'
import type { ItemsQuestion } from '../../src/query/history-items.js'
import {
  type HistoryItems,
  HistoryItemsSchema,
  type HistorySeries,
  HistorySeriesSchema
} from '../../src/query/history-shapes.js'
import type { Timeseries, TopItemsOf } from '../../src/query/insight-shapes.js'
import type { Insights } from '../../src/query/insights.js'
import type { Queries } from '../../src/query/queries.js'
import { type RejectsAnswer, RejectsSchema } from '../../src/query/rejects-shape.js'
import { type Status, StatusSchema, type TopItems } from '../../src/query/shapes.js'
import { windowOfMinutes } from '../../src/query/window.js'
import { buildDocumentedApp } from '../support/documented-app.js'

/** `Queries` over a few rows in memory, with a note of what it was asked. */
export class ShopQueries implements Queries {
  published = true
  /** What `topItems` rejects with, when set. */
  failure: unknown = null
  /** Before the first event there is no clock. */
  empty = false
  /** Whether answers of the history are made of sealed buckets. */
  lasting = false
  rows: TopItems['data'] = [
    { rank: 1, item_id: 'sku_0', value: 152050, formatted: '1520.50' },
    { rank: 2, item_id: 'say "hi"\n<b>', value: 7, formatted: '0.07' }
  ]
  readonly asked: string[] = []

  get insights(): Insights {
    throw new Error('this shop has no insights')
  }

  timeseries(): Promise<Timeseries> {
    return Promise.reject(new Error('this shop has no series'))
  }

  topOfDays(): Promise<TopItemsOf> {
    return Promise.reject(new Error('this shop has no days'))
  }

  keepsHistory(): boolean {
    return true
  }

  ready(): boolean {
    return this.published
  }

  /** Counts boards, for the revision. */
  board = 1
  /** How many snapshots were made; each contains `filling`. */
  snapshots = 0
  filling = ''

  revision(): string {
    return `shop-${this.board}`
  }

  snapshot(): Promise<{ revision: string; text: string }> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a bug may throw
    if (this.failure !== null) return Promise.reject(this.failure)
    this.snapshots++
    const text = JSON.stringify({ board: this.board, filling: this.filling })
    return Promise.resolve({ revision: this.revision(), text })
  }

  headlineJson(metric: HeadlineMetric, limit: number): string {
    this.asked.push(`headlineJson ${metric.name} ${limit}`)
    const window = windowOfMinutes(metric.headline.windowMinutes).text
    return JSON.stringify(this.#answer(metric, window, limit))
  }

  headline(metric: HeadlineMetric, limit: number): TopItems {
    return this.#answer(metric, windowOfMinutes(metric.headline.windowMinutes).text, limit)
  }

  topItems(
    metric: HeadlineMetric,
    window: { text: string; minutes: number },
    limit: number
  ): Promise<TopItems> {
    this.asked.push(`topItems ${metric.name} ${window.text}=${window.minutes} ${limit}`)
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a bug may throw
    if (this.failure !== null) return Promise.reject(this.failure)
    return Promise.resolve(this.#answer(metric, window.text, limit))
  }

  historySeries(question: SeriesQuestion): Promise<HistorySeries> {
    const { metric, granularity, fromDay, toDay, itemId } = question
    return this.#history(
      `historySeries ${[metric, granularity, fromDay, toDay, itemId].join(' ')}`,
      exampleOf(HistorySeriesSchema) as HistorySeries
    )
  }

  historyItems({ metric, bucket, limit }: ItemsQuestion): Promise<HistoryItems> {
    return this.#history(
      `historyItems ${metric} ${bucket.granularity} ${bucket.start} ${limit}`,
      exampleOf(HistoryItemsSchema) as HistoryItems
    )
  }

  rejects(limit: number): Promise<RejectsAnswer> {
    this.asked.push(`rejects ${limit}`)
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a bug may throw
    if (this.failure !== null) return Promise.reject(this.failure)
    return Promise.resolve(exampleOf(RejectsSchema) as RejectsAnswer)
  }

  status(): Promise<Status> {
    const example = exampleOf(StatusSchema) as Status
    return Promise.resolve(
      this.empty
        ? { ...example, clock: { mode: 'wall', now: null, waiting: 0 }, state: 'waiting', history: null }
        : example
    )
  }

  #history<T extends { meta: object }>(asked: string, answer: T): Promise<T> {
    this.asked.push(asked)
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever a bug may throw
    if (this.failure !== null) return Promise.reject(this.failure)
    const isOf = this.lasting ? { commit: null, offset: null } : {}
    return Promise.resolve({ ...answer, meta: { ...answer.meta, ...isOf } })
  }

  #answer(metric: HeadlineMetric, window: string, limit: number): TopItems {
    const isMoney = metric.unit === 'currency'
    const data = this.empty ? [] : this.rows.slice(0, limit)
    return {
      data,
      meta: {
        metric: metric.name,
        unit: isMoney ? 'USD' : metric.name,
        minor_units: isMoney ? 2 : 0,
        window,
        interval: this.empty ? null : { start: '2026-11-20T09:01:00.000Z', end: '2026-11-20T10:01:00.000Z' },
        now: this.empty ? null : '2026-11-20T10:00:00.123Z',
        clock: 'event',
        offset: 885303964,
        total_items: this.empty ? 0 : this.rows.length,
        other: 0,
        exact: true,
        inexact: null
      }
    }
  }
}

/** The example that a schema documents. */
export function exampleOf(schema: object): unknown {
  return (schema as { examples: [unknown] }).examples[0]
}

/** The routes of the rankings, from the metrics' declaration. */
export const RANKINGS = HEADLINE_METRICS.map((metric) => ({
  url: `/v1/items/${metric.headline.path}`,
  metric: metric.name,
  defaultWindow: windowOfMinutes(metric.headline.windowMinutes).text
}))

/** An application that is closed with the test, its queries, and the lines that it logged. */
export async function build(t: Test, options: Partial<AppOptions> = {}) {
  const queries = new ShopQueries()
  const logged: string[] = []
  const logger = {
    error: ({ err }: { err: unknown }, message: string) => void logged.push(`${message}: ${inspect(err)}`)
  }
  const app = await buildDocumentedApp(t, { queries, version: '1.2.3', logger, ...options })
  t.teardown(() => app.close())
  return { app, queries, logged }
}

interface Answer {
  readonly statusCode: number
  readonly headers: Record<string, unknown>
  json(): unknown
}

/** Asserts that an answer is a problem of this status; returns it. */
export function problemIn(t: Test, answer: Answer, status: number) {
  t.equal(answer.statusCode, status)
  t.match(answer.headers['content-type'], /^application\/problem\+json(;|$)/)
  const problem = answer.json() as {
    type: string
    title: string
    status: number
    detail: string
    errors?: { parameter: string; detail: string }[]
  }
  t.equal(problem.type, 'about:blank')
  t.equal(problem.status, status)
  t.not(problem.title, '')
  t.not(problem.detail, '')
  return problem
}
