import type { ApiResult } from '../api.js'
import type { ClientsResult } from '../clients.js'
import type { BesideResult } from '../counting-beside.js'
import type { FreshnessResult } from '../freshness.js'
import type { HistoryResult } from '../history.js'
import type { InsightsResult } from '../insights.js'
import type { MemoryResult, MemoryRun } from '../memory.js'
import type { ShapesResult } from '../shapes.js'
import { STAGE_NAMES, type StagesResult } from '../stages.js'
import type { Latencies } from '../statistics.js'
import type { ThroughputResult } from '../throughput.js'
import { contestantText, gigabytes, megabytes, percent, seconds, times, whole } from './figures-text.js'
import type { Machine } from './machine.js'
import { table, type Cell } from './table.js'

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryBytes, node, platform, commit, date } = machine
  return `${cpu}, ${cores} cores, ${gigabytes(memoryBytes)}, ${platform}, Node ${node}, commit ${commit}, ${date}`
}

export function throughputTables(result: ThroughputResult): string {
  const { events, sizeBytes, figures, comparisons, scaling, rounds, digest } = result
  const title =
    `throughput: ${whole(events)} events, ${megabytes(sizeBytes)} MB, ` +
    `medians of up to ${rounds.length} rounds; all lists agree (${digest})`
  const head = ['', 'rounds', 'elapsed s', 'events/s', 'MB/s', 'process s', 'cpu s', 'peak MB']
  const rows = Object.values(figures).map((found) => [
    contestantText(found),
    found.rounds,
    seconds(found.elapsedMs),
    whole(found.eventsPerSecond),
    found.megabytesPerSecond.toFixed(1),
    seconds(found.processMs),
    seconds(found.cpuMs),
    megabytes(found.peakRssBytes)
  ])
  const nameText = (name: string) => contestantText(figures[name]!)
  const ratios = comparisons.map(({ footfall, peer, elapsed, process }) => [
    `${nameText(footfall)} / ${nameText(peer)}`,
    times(elapsed.median),
    times(process.median),
    elapsed.rounds.map((ratio) => ratio.toFixed(2)).join(' ')
  ])
  const scalingRows = scaling.map(({ workers, elapsed, efficiency }) => [
    workers,
    times(elapsed.median),
    percent(efficiency)
  ])
  return [
    table(title, head, rows),
    table('throughput: ratios', ['', 'elapsed', 'with its start', 'elapsed, by round'], ratios),
    table('throughput: workers', ['workers', 'against one', 'efficiency'], scalingRows)
  ].join('\n\n')
}

export function shapesTable({ events, workers, figures, mostToFewest }: ShapesResult): string {
  const items = [...new Set(figures.map((found) => found.items))]
  const rows = mostToFewest.map(({ shape, popularity, ratio }) => {
    const ofKind = figures.filter((found) => found.shape === shape && found.popularity === popularity)
    return [
      `${shape}, ${popularity}`,
      ofKind[0]?.bytesPerLine.toFixed(0) ?? '',
      ...ofKind.map(({ eventsPerSecond }) => whole(eventsPerSecond)),
      ofKind.at(-1)?.megabytesPerSecond.toFixed(1) ?? '',
      ratio.toFixed(2)
    ]
  })
  const head = ['', 'bytes a line', ...items.map((count) => `${whole(count)} items`), 'MB/s', 'last / first']
  const title =
    `shapes: events/s of ${whole(events)} events, ${workers} workers, medians of ` +
    `${figures[0]?.elapsedMs.length ?? 0} rounds; no line went to the reference parser, shapes agree`
  return table(title, head, rows)
}

export function stagesTables({ events, batches, digest, cost, memory, declined }: StagesResult): string {
  const title =
    `stages: processor time of an event in one thread, µs; ${whole(events)} events in ${whole(batches)} batches; ` +
    `the lists are those of a replay (${digest})`
  const costs = STAGE_NAMES.map((name) => [
    name,
    cost[name].medianMicros.toFixed(4),
    cost[name].meanMicros.toFixed(4)
  ])
  const { cells, bytesPerCell, items, bytesPerItem, storeBytes } = memory
  return [
    table(title, ['', 'median of batches', 'mean of events'], costs),
    table(
      `stages: memory, ${megabytes(storeBytes)} MB in use`,
      ['', 'count', 'bytes each'],
      [
        ['live cells', whole(cells), bytesPerCell.toFixed(1)],
        ['items', whole(items), bytesPerItem.toFixed(1)]
      ]
    ),
    table(
      `stages: processor time of a line that the scanner declines, µs; ${whole(declined.lines)} lines`,
      ['the reference parser alone', 'scanned and declined first', 'median ratio'],
      [[declined.referenceMicros.toFixed(2), declined.productMicros.toFixed(2), declined.ratio.toFixed(2)]]
    )
  ].join('\n\n')
}

export function memoryTable({ workers, short, long, differenceBytes, catalogue }: MemoryResult): string {
  const row = (name: string, { events, hours, sizeBytes, elapsedMs, peakRssBytes }: MemoryRun): Cell[] => [
    name,
    whole(events),
    hours,
    megabytes(sizeBytes),
    seconds(elapsedMs),
    megabytes(peakRssBytes)
  ]
  return table(
    `memory: ${workers} workers; every event was accepted`,
    ['', 'events', 'hours', 'file MB', 'elapsed s', 'peak MB'],
    [
      row('a stream', short),
      row('ten times as long', long),
      ['difference', '', '', '', '', megabytes(differenceBytes)],
      row(`${whole(catalogue.totalItems)} items`, catalogue)
    ]
  )
}

export function historyTable(result: HistoryResult): string {
  const { events, workers, catchUp, committed, restart, year } = result
  return table(
    `history: ${whole(events)} events, ${workers} workers; ${year.days} days of ${whole(year.items)} items; sums are exact`,
    ['', '', 'by round'],
    [
      [
        'catching up with a history / without',
        `${catchUp.median.toFixed(2)} x the time`,
        catchUp.rounds.map((ratio) => ratio.toFixed(2)).join(' ')
      ],
      [
        'the same until all is committed',
        `${committed.median.toFixed(2)} x the time`,
        committed.rounds.map((ratio) => ratio.toFixed(2)).join(' ')
      ],
      [
        `start with ${whole(restart.cells)} live cells to first answer`,
        `${seconds(restart.firstAnswerMs)} s`,
        ''
      ],
      ['size', `${megabytes(year.sizeBytes)} MB`, ''],
      ...(['commit', 'series', 'topItems'] as const).map((name) => [
        { commit: 'commit of a day', series: 'daily series of an item', topItems: 'top 10 of a month' }[name],
        `p50 ${(year[name].p50Ms ?? 0).toFixed(1)} ms`,
        `p99 ${(year[name].p99Ms ?? 0).toFixed(1)} ms`
      ])
    ]
  )
}

export function freshnessTable({ events, workers, appends, visible }: FreshnessResult): string {
  return table(
    `freshness: ${whole(appends)} lines appended to ${whole(events)} events, ${workers} workers; the counts are exact`,
    ['', ...LATENCY_HEAD],
    [['append to answer', ...latencyCells(visible)]]
  )
}

export function apiTables({ bareRoute, underReplay }: ApiResult): string {
  const { footfall, bare, ratio, rounds, bodyBytes } = bareRoute
  const { rate, workers, replaying, idle, starts, replayBytesPerSecond } = underReplay
  const counted = replayBytesPerSecond === null ? '' : `, ${megabytes(replayBytesPerSecond)} MB/s counted`
  return [
    table(
      `api: headline route under full load, ${bodyBytes} bytes, medians of ${rounds.length} rounds; all bodies agree`,
      ['', 'requests/s', 'footfall / bare'],
      [
        ['footfall', whole(footfall), ratio.toFixed(3)],
        ['bare Fastify route', whole(bare), '']
      ]
    ),
    table(
      `api: headline route at ${rate} requests/s, ${workers} workers, ${starts} replays${counted}; all answers are well-formed`,
      ['', ...LATENCY_HEAD],
      [
        ['during a replay', ...latencyCells(replaying)],
        ['without', ...latencyCells(idle)]
      ]
    )
  ].join('\n\n')
}

export function insightsTable({ items, workers, topItems, compared, item }: InsightsResult): string {
  return table(
    `insights: ${whole(items)} items, ${workers} workers; sums and items are those of the file`,
    ['', ...LATENCY_HEAD],
    [
      ['top-items, any metric, window and minute', ...latencyCells(topItems)],
      ['against the period before', ...latencyCells(compared)],
      ['items/{id}', ...latencyCells(item)]
    ]
  )
}

export function clientsTable({ streams, connections, ingest, dashboards }: ClientsResult): string {
  const { clients, silent, seconds: forSeconds, snapshots, leastSnapshots, beforeBytes, afterBytes } = streams
  return [
    table(
      `clients: ${whole(clients)} streams for ${forSeconds} s, ${whole(silent)} of them never read; all others have the newest snapshot`,
      ['snapshots', 'least of a stream', 'server MB', 'in the end', 'difference'],
      [
        [
          whole(snapshots),
          leastSnapshots,
          megabytes(beforeBytes),
          megabytes(afterBytes),
          megabytes(afterBytes - beforeBytes)
        ]
      ]
    ),
    table(
      `clients: headline answers beside ${whole(connections.connections)} idle connections; none was closed`,
      ['', ...LATENCY_HEAD],
      [
        ['beside them', ...latencyCells(connections.beside)],
        ['without', ...latencyCells(connections.alone)]
      ]
    ),
    besideTable(`${whole(ingest.rate)} requests/s`, ingest),
    besideTable(`${dashboards.count} open dashboards`, dashboards),
    table('clients: these requests', ['', ...LATENCY_HEAD], [['headline', ...latencyCells(ingest.latencies)]])
  ].join('\n\n')
}

function besideTable(what: string, { loaded, alone, ratio }: BesideResult): string {
  return table(
    `clients: from when the file is there to all counted, beside ${what}; every event was accepted`,
    ['', 'MB/s, by round', 'of without'],
    [
      ['beside them', loaded.map(megabytes).join(' '), ratio.toFixed(2)],
      ['without', alone.map(megabytes).join(' '), '']
    ]
  )
}

const LATENCY_HEAD = ['count', 'p50 ms', 'p99 ms', 'max ms']

function latencyCells({ count, p50Ms, p99Ms, maxMs }: Latencies): Cell[] {
  return [whole(count), ...[p50Ms, p99Ms, maxMs].map((ms) => (ms === null ? '-' : ms.toFixed(2)))]
}
