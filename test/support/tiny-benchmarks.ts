import type { Test } from 'tap'
import { DEFAULTS, type BenchmarkOptions } from '../../benchmarks/options.js'
import type { Latencies } from '../../benchmarks/statistics.js'
import { temporaryFolder } from './pipelines.js'

/** Sizes at which a benchmark is over in a few seconds, in a folder of the test's own. */
export function tinyOptions(t: Test): BenchmarkOptions {
  return {
    ...DEFAULTS,
    events: 2000,
    streamEvents: 2000,
    shapeEvents: 300,
    shapeItems: [10, 1000],
    shapeRuns: 1,
    items: 300,
    customers: 500,
    runs: 1,
    workers: 2,
    catalogue: 3000,
    appends: 5,
    loadRuns: 1,
    loadSeconds: 0.3,
    insightAsks: 20,
    streamClients: 20,
    streamSeconds: 2,
    idleConnections: 50,
    ingestRate: 50,
    dashboards: 3,
    historyDays: 40,
    folder: temporaryFolder(t)
  }
}

/** Checks that figures are there, not how good they are: that is the machine's affair. */
export function checkFigures(t: Test, figures: object, names: readonly string[]): void {
  const values = figures as Readonly<Record<string, unknown>>
  for (const name of names) {
    const value = values[name]
    t.ok(typeof value === 'number' && Number.isFinite(value) && value > 0, `${name}: ${String(value)}`)
  }
}

/** Checks that percentiles are those of `count` values. */
export function checkLatencies(t: Test, latencies: Latencies, count: number): void {
  t.equal(latencies.count, count)
  const { p50Ms, p99Ms, maxMs } = latencies
  if (count === 0) t.same([p50Ms, p99Ms, maxMs], [null, null, null])
  else t.ok(0 < p50Ms! && p50Ms! <= p99Ms! && p99Ms! <= maxMs!, JSON.stringify(latencies))
}
