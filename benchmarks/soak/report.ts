import { table } from '../report/table.js'
import { latenciesOf, type Latencies } from '../statistics.js'
import type { Trend } from './growth.js'
import type { SoakOptions } from './options.js'
import type { SoakResult } from './soak.js'

/** The figures of a run as text. */
export function soakText(options: SoakOptions, result: SoakResult, trends: readonly Trend[]): string {
  const { samples, freshness } = result
  const first = samples[0]
  const last = samples.at(-1)
  const MiB = (bytes: number | undefined) => `${((bytes ?? 0) / 2 ** 20).toFixed(0)} MiB`
  const lag = latenciesOf(samples.map(({ lagBytes }) => lagBytes))
  const rows = [
    ['written', `${result.lines} lines, ${result.accepted} of them events, in ${options.minutes} min`],
    ['rotations, old files deleted', `${result.rotations}, ${result.deletions}`],
    ['RSS first, last, peak', `${MiB(first?.rssBytes)}, ${MiB(last?.rssBytes)}, ${MiB(last?.peakBytes)}`],
    ['of it the store', `${MiB(first?.storeBytes)}, ${MiB(last?.storeBytes)} (${last?.cells ?? 0} cells)`],
    ['database', MiB(last?.databaseBytes)],
    ['descriptors, threads', `${last?.descriptors ?? 0}, ${last?.threads ?? 0}`],
    ['lag p50, p99, max', `${[lag.p50Ms, lag.p99Ms, lag.maxMs].join(', ')} bytes (${lag.count} samples)`],
    ['append to answer p50, p99, max', millis(latenciesOf(freshness.map(({ ms }) => ms)))],
    ['headline requests p50, p99, max', millis(result.headlineRequests)],
    ['history requests p50, p99, max', millis(result.historyRequests)],
    ['commits p50, p99, max', millis(result.commits)],
    ['exit status, and after a restart', result.exits.join(', ')]
  ]
  const moved = trends.map(({ name, unit, first, last, perHour, grows }) => [
    name,
    ...[first, last, perHour].map((value) => `${value.toFixed(1)} ${unit}`.trim()),
    grows ? 'GROWS' : 'steady'
  ])
  return [
    table(`soak: ${options.rate} events/s, rotated every ${options.rotateSeconds} s`, ['', 'figure'], rows),
    table('after the warm-up', ['', 'first third', 'last third', 'an hour', ''], moved)
  ].join('\n\n')
}

function millis({ count, p50Ms, p99Ms, maxMs }: Latencies): string {
  return `${[p50Ms, p99Ms, maxMs].map((ms) => ms?.toFixed(1) ?? '-').join(', ')} ms (${count})`
}
