import { join } from 'node:path'
import type { Test } from 'tap'
import { METRICS, type MetricName } from '../../src/metrics/metrics.js'
import { GRANULARITIES } from '../../src/base/civil-date.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import type { Granularity } from '../../src/history/history.js'
import type { Answers } from '../../src/history/questions.js'
import type { HistorySettings, Pipeline } from '../../src/ingest/pipeline.js'
import { Oracle } from './oracle.js'
import type { Stream } from './streams.js'

const DAY_MS = 86_400_000

/** Settings of a history that keeps everything. */
export function historyIn(path: string | null, more: Partial<HistorySettings> = {}): HistorySettings {
  return {
    path,
    timeZone: 'UTC',
    currency: 'USD',
    keepDays: 100_000,
    keepWeeks: 100_000,
    maxItemsPerBucket: null,
    memoryLimitMb: 256,
    commitIntervalMs: 60_000,
    ...more
  }
}

/** Compares every day, week and month of a pipeline's history, live part included, with those of a stream up to an offset. */
export async function compareHistory(t: Test, pipeline: Pipeline, stream: Stream, offset: number) {
  const oracle = new Oracle()
  for (const { end, event } of stream.outcomes) if (end <= offset && event !== null) oracle.add(event)
  for (const { name } of METRICS) {
    const days = new Map<number, bigint>()
    for (const [key, amount] of oracle.days(name)) {
      const day = Number(key.split(' ', 1)[0])
      days.set(day, (days.get(day) ?? 0n) + amount)
    }
    for (const granularity of ['day', 'week', 'month'] as const) {
      const wanted = new Map<number, bigint>()
      for (const [day, amount] of days) {
        const bucket = bucketOf(granularity, day)
        wanted.set(bucket, (wanted.get(bucket) ?? 0n) + amount)
      }
      t.strictSame(await seriesOf(pipeline, name, granularity), sorted(wanted), `${name} by ${granularity}`)
    }
  }
}

/** Every day, week and month of a data directory in UTC and USD, of the shop and of its items; customers are estimated, and not in it. */
export async function historyAnswers(dataDir: string): Promise<unknown> {
  const path = join(dataDir, 'history.duckdb')
  const options = historyIn(path, { keepDays: 400, keepWeeks: 260 })
  const history = await openDuckDbHistory(options)
  const answers: unknown[] = []
  try {
    for (const granularity of GRANULARITIES) {
      for (const { name: metric } of METRICS) {
        const whole = { fromDay: null, toDay: null, itemId: null }
        const series = await history.series({ metric, granularity, ...whole })
        answers.push(metric, granularity, series)
        for (const { start: bucket } of series) {
          answers.push(await history.topItems({ metric, granularity, bucket, limit: 1000 }))
        }
      }
    }
    const { conservation } = await history.status()
    answers.push(conservation)
  } finally {
    await history.close()
  }
  return answers
}

/** First days of buckets and their values above 0. */
export async function seriesOf(
  pipeline: Pipeline,
  metric: MetricName | 'customers',
  granularity: Granularity
): Promise<Map<number, bigint>> {
  const question = { kind: 'series', metric, granularity, fromDay: null, toDay: null, itemId: null }
  const series = (await pipeline.askHistory(question)) as Answers['series']
  return new Map(series.filter(({ value }) => value > 0n).map(({ start, value }) => [start, value]))
}

/** By the calendar of `Date`, in UTC. */
function bucketOf(granularity: Granularity, day: number): number {
  const date = new Date(day * DAY_MS)
  if (granularity === 'day') return day
  if (granularity === 'week') return day - ((date.getUTCDay() + 6) % 7)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) / DAY_MS
}

function sorted(map: ReadonlyMap<number, bigint>): Map<number, bigint> {
  return new Map([...map].sort(([a], [b]) => a - b))
}
