import { readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import { PROJECT_FOLDER } from '../children/project.js'
import type { ClientsResult } from '../clients.js'
import type { HistoryResult } from '../history.js'
import type { InsightsResult } from '../insights.js'
import type { BenchmarkOptions } from '../options.js'
import type { ShapesResult } from '../shapes.js'
import type { StagesResult } from '../stages.js'
import type { Latencies } from '../statistics.js'
import type { Ratios, ThroughputResult } from '../throughput.js'
import { contestantText, percent, whole } from './figures-text.js'
import { RESULTS_FOLDER, type SavedResult } from './save.js'
import { machineLine } from './tables.js'

const BEGIN = '<!-- bench:begin -->'
const END = '<!-- bench:end -->'
const NONE = 'No figures have been saved yet.'

type Row = readonly [what: string, figure: string]

/** The README with the figures of the newest file of a folder of results between its markers. */
export async function withFigures(readme: string, folder = RESULTS_FOLDER): Promise<string> {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`the README has no ${BEGIN} … ${END}`)
  const text = await figuresText(folder)
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${readme.slice(end)}`
}

async function figuresText(folder: string): Promise<string> {
  const name = newestResult(folder)
  if (name === null) return NONE
  const { machine, options, results } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as SavedResult
  const rows: Row[] = []
  if (results.throughput !== undefined) rows.push(...throughputRows(results.throughput))
  if (results.shapes !== undefined) rows.push(...shapesRows(results.shapes, options))
  if (results.stages !== undefined) rows.push(...stagesRows(results.stages))
  if (results.freshness !== undefined) {
    const { p50Ms, p99Ms } = results.freshness.visible
    rows.push(['append of a line to its answer, p50 and p99', `${fixed(p50Ms)} and ${fixed(p99Ms)} ms`])
  }
  if (results.api !== undefined) {
    const { footfall, ratio } = results.api.bareRoute
    rows.push(['headline requests/s', `${whole(footfall)}, ${ratio.toFixed(2)} of a bare Fastify route`])
  }
  if (results.insights !== undefined) rows.push(...insightsRows(results.insights))
  if (results.clients !== undefined) rows.push(...clientsRows(results.clients))
  if (results.history !== undefined) rows.push(...historyRows(results.history))
  const lines = rows.map((cells) => `| ${cells.join(' | ')} |`)
  const table = ['| measured | figure |', '| --- | --- |', ...lines].join('\n')
  const from = `From [${name}](benchmarks/results/${name}): ${machineLine(machine)}.`
  return (await format(`${from}\n\n${table}\n`, { parser: 'markdown' })).trim()
}

/** Their names begin with the date: the last is the newest; null where there is none. */
function newestResult(folder: string): string | null {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  return (
    names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .at(-1) ?? null
  )
}

function throughputRows({ events, items, figures, comparisons, scaling }: ThroughputResult): Row[] {
  const nameText = (name: string) => contestantText(figures[name]!)
  return [
    ...Object.values(figures).map((found): Row => [
      contestantText(found),
      `${whole(found.eventsPerSecond)} events/s, ${whole(found.megabytesPerSecond)} MB/s (${whole(events)} events, ${whole(items)} items)`
    ]),
    ...comparisons.map(({ footfall, peer, elapsed, process }): Row => [
      `${nameText(footfall)} against ${nameText(peer)}`,
      `${ratioText(elapsed)} times as fast; with the start of the process ${ratioText(process)}`
    ]),
    ...scaling
      .filter(({ workers }) => workers > 1)
      .map(({ workers, elapsed, efficiency }): Row => [
        `${workers} workers against one`,
        `${ratioText(elapsed)} times as fast: an efficiency of ${percent(efficiency)}`
      ])
  ]
}

function shapesRows({ events, figures, mostToFewest }: ShapesResult, { shapeItems }: Sizes): Row[] {
  const counts = shapeItems.map(whole).join(' / ')
  return mostToFewest.map(({ shape, popularity, ratio }) => {
    const ofKind = figures.filter((found) => found.shape === shape && found.popularity === popularity)
    const perSecond = ofKind.map(({ eventsPerSecond }) => millions(eventsPerSecond)).join(' / ')
    return [
      `${shape} lines (${ofKind[0]!.bytesPerLine.toFixed(0)} bytes), ${popularity}, ${counts} items`,
      `${perSecond} M events/s (${millions(events)} M events); most to fewest items ${ratio.toFixed(2)}`
    ]
  })
}

function stagesRows({ cost, memory, declined }: StagesResult): Row[] {
  const { read, scan, apply, total } = cost
  const [reading, scanning, applying, all] = [read, scan, apply, total].map(({ medianMicros }) =>
    (medianMicros * 1000).toFixed(0)
  )
  return [
    [
      'processor time of an event: read + scan + apply',
      `${reading!} + ${scanning!} + ${applying!} ns (together ${all!} ns)`
    ],
    ['memory of a live cell', `${memory.bytesPerCell.toFixed(1)} bytes`],
    ['memory of an item', `${memory.bytesPerItem.toFixed(1)} bytes`],
    [
      'a line that the scanner declines',
      `${declined.productMicros.toFixed(1)} µs, ${declined.ratio.toFixed(2)} of the reference parser alone`
    ]
  ]
}

function insightsRows({ items, topItems, item }: InsightsResult): Row[] {
  const text = ({ p50Ms, p99Ms }: Latencies) => `${fixed(p50Ms)} and ${fixed(p99Ms)} ms`
  return [
    [`top items of ${whole(items)}, any metric and window, p50 and p99`, text(topItems)],
    [`one item of ${whole(items)}, p50 and p99`, text(item)]
  ]
}

/** Results of before dashboards were measured have none. */
type SavedClients = Omit<ClientsResult, 'dashboards'> & Partial<Pick<ClientsResult, 'dashboards'>>

function clientsRows({ streams, connections, ingest, dashboards }: SavedClients): Row[] {
  const { clients, silent, seconds, beforeBytes, afterBytes } = streams
  const { beside, alone } = connections
  return [
    [
      `server with ${whole(clients)} streams, ${whole(silent)} of them never read`,
      `${whole(beforeBytes / 1e6)} MB, ${whole(afterBytes / 1e6)} MB ${seconds} s later`
    ],
    [
      `headline answers beside ${whole(connections.connections)} idle connections, p99`,
      `${fixed(beside.p99Ms)} ms, without them ${fixed(alone.p99Ms)} ms`
    ],
    [`counting beside ${whole(ingest.rate)} requests/s`, `${ingest.ratio.toFixed(2)} of what it is without`],
    ...(dashboards === undefined
      ? []
      : [
          [
            `counting beside ${dashboards.count} open dashboards`,
            `${dashboards.ratio.toFixed(2)} of what it is without`
          ] as const
        ])
  ]
}

function historyRows({ catchUp, committed, restart, year }: HistoryResult): Row[] {
  const days = `${whole(year.days)} days of ${whole(year.items)} items`
  return [
    [
      'catching up with a history against without',
      `${catchUp.median.toFixed(2)} times the time; until all is committed ${committed.median.toFixed(2)}`
    ],
    [
      `restart with ${whole(restart.cells)} live cells to the first answer`,
      `${(restart.firstAnswerMs / 1000).toFixed(1)} s`
    ],
    [`file of ${days}`, `${whole(year.sizeBytes / 1e6)} MB`],
    [
      'daily series of an item, top 10 of a month, p50',
      `${fixed(year.series.p50Ms)} and ${fixed(year.topItems.p50Ms)} ms`
    ]
  ]
}

type Sizes = Pick<BenchmarkOptions, 'shapeItems'>

function ratioText({ median }: Ratios): string {
  return median.toFixed(2)
}

function millions(count: number): string {
  return (count / 1e6).toFixed(2)
}

function fixed(ms: number | null): string {
  return ms === null ? '-' : ms.toFixed(1)
}

// As a command, `npm run bench:readme`, it writes the README anew.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  const path = join(PROJECT_FOLDER, 'README.md')
  writeFileSync(path, await withFigures(readFileSync(path, 'utf8')))
}
