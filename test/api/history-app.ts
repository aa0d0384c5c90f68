import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { SnapshotStreamsOptions } from '../../src/api/snapshot-streams.js'
import type { HistorySettings, Pipeline } from '../../src/ingest/pipeline.js'
import type { HistoryItems, HistorySeries } from '../../src/query/history-shapes.js'
import type { Capacity } from '../../src/store/layout.js'
import type { Timeseries } from '../../src/query/insight-shapes.js'
import { BoardQueries } from '../../src/query/board-queries.js'
import { buildDocumentedApp } from '../support/documented-app.js'
import { historyIn } from '../support/history.js'
import { startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { until } from '../support/streams.js'

/** The application over a real pipeline that follows a file. */
export interface HistoryApp {
  readonly app: FastifyInstance
  readonly pipeline: Pipeline
  readonly file: string
  readonly series: (query: string) => Promise<HistorySeries>
  /** The same as the route of all granularities answers it. */
  readonly timeseries: (query: string) => Promise<Timeseries>
  readonly items: (query: string) => Promise<HistoryItems>
}

export interface HistoryAppOptions {
  readonly text?: string
  readonly history?: Partial<HistorySettings> | null
  readonly token?: string
  readonly chunkBytes?: number
  readonly capacity?: Capacity
  readonly noticed?: (message: string) => void
  readonly streams?: SnapshotStreamsOptions
}

export async function startHistoryApp(t: Test, options: HistoryAppOptions = {}): Promise<HistoryApp> {
  const { text = '', history = {}, token, chunkBytes = 1024, capacity, noticed, streams } = options
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, text)
  const pipeline = startTestPipeline(t, {
    file,
    follow: true,
    chunkBytes,
    ...(capacity === undefined ? {} : { capacity }),
    ...(noticed === undefined ? {} : { noticed }),
    history: history === null ? null : historyIn(null, history)
  })
  const queries = new BoardQueries(pipeline, { code: 'USD', minorDigits: 2 })
  const app = await buildDocumentedApp(t, {
    queries,
    version: '1',
    logger: { error: () => undefined },
    streams,
    ...(token === undefined ? {} : { token })
  })
  t.teardown(() => app.close())
  await pipeline.ready
  const get = async (url: string): Promise<unknown> => {
    const answer = await app.inject(url)
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`)
    return answer.json()
  }
  return {
    app,
    pipeline,
    file,
    series: async (query) => (await get(`/v1/history?${query}`)) as HistorySeries,
    timeseries: async (query) => (await get(`/v1/timeseries?${query}`)) as Timeseries,
    items: async (query) => (await get(`/v1/history/items?${query}`)) as HistoryItems
  }
}

/** Waits until everything up to an offset is applied. */
export async function applied(pipeline: Pipeline, offset: number): Promise<void> {
  await until(pipeline, (board) => board.offset >= offset)
}
