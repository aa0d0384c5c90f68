import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { wholeNumber } from './whole-number.js'

/** How large the benchmarks run. All are integers from 1 but for the seed (from 0), the seconds (above 0) and lists of them. */
export interface BenchmarkOptions {
  /** Events of the file of `throughput`, `stages` and `history`. */
  readonly events: number
  /** Events of the file of `memory`, `freshness` and `api`; `memory` and `api` also make one of ten times as many. */
  readonly streamEvents: number
  /** Events of each file of `shapes`, the items that their shops have, fewest first, and rounds. */
  readonly shapeEvents: number
  readonly shapeItems: readonly number[]
  readonly shapeRuns: number
  readonly items: number
  readonly customers: number
  readonly seed: number
  /** Rounds of `throughput`; in each of them every contestant runs once. */
  readonly runs: number
  /** Of these rounds, how many readline takes part in: it is slow. */
  readonly readlineRuns: number
  /** Threads of footfall and of DuckDB; `throughput` has fewer of them too. */
  readonly workers: number
  /** Distinct items of the large catalogue of `memory`. */
  readonly catalogue: number
  /** Lines that `freshness` appends. */
  readonly appends: number
  /** Rounds of `api`, and how long each loads a server. */
  readonly loadRuns: number
  readonly loadSeconds: number
  /** Requests a second while a replay runs. */
  readonly rate: number
  /** Questions of each kind that `insights` asks. */
  readonly insightAsks: number
  /** Clients of the stream of `clients`, a tenth of which never read, and for how long. */
  readonly streamClients: number
  readonly streamSeconds: number
  /** Connections of `clients` that ask nothing. */
  readonly idleConnections: number
  /** Requests a second of `clients` beside ingest. */
  readonly ingestRate: number
  /** Open dashboards of `clients` beside ingest. */
  readonly dashboards: number
  /** Days of all items that `history` keeps. */
  readonly historyDays: number
  /** Where generated files are kept. */
  readonly folder: string
  /** Tells of what takes a while. */
  readonly tell: (text: string) => void
}

export const BENCHMARK_NAMES = [
  'throughput',
  'shapes',
  'stages',
  'memory',
  'freshness',
  'api',
  'insights',
  'clients',
  'history'
] as const
export type BenchmarkName = (typeof BENCHMARK_NAMES)[number]

/** What the command line asks for. */
export interface Asked {
  readonly options: BenchmarkOptions
  readonly only: readonly BenchmarkName[]
  readonly save: boolean
  readonly help: boolean
}

export const DEFAULTS: BenchmarkOptions = {
  events: 5_000_000,
  streamEvents: 1_000_000,
  shapeEvents: 2_000_000,
  shapeItems: [1000, 50_000, 1_000_000],
  shapeRuns: 3,
  items: 50_000,
  customers: 100_000,
  seed: 1,
  runs: 5,
  readlineRuns: 1,
  workers: availableParallelism(),
  catalogue: 1_000_000,
  appends: 200,
  loadRuns: 5,
  loadSeconds: 3,
  rate: 200,
  insightAsks: 1000,
  streamClients: 1000,
  streamSeconds: 60,
  idleConnections: 10_000,
  ingestRate: 1000,
  dashboards: 50,
  historyDays: 365,
  folder: join(tmpdir(), 'footfall-bench'),
  tell: () => undefined
}

export const HELP = `Usage: npm run bench -- [options]

  --only <names>       of ${BENCHMARK_NAMES.join(',')} (default: all)
  --events <n>         events of the file of throughput, stages and history (${DEFAULTS.events})
  --stream-events <n>  of memory, freshness and api; memory and api also take ten times as many (${DEFAULTS.streamEvents})
  --shape-events <n>   of each file of shapes (${DEFAULTS.shapeEvents})
  --shape-items <n,n>  items of the shops of shapes, fewest first (${DEFAULTS.shapeItems.join(',')})
  --shape-runs <n>     rounds of shapes (${DEFAULTS.shapeRuns})
  --items <n>          items of the shop; shapes has its own (${DEFAULTS.items})
  --customers <n>      customers of the shop (${DEFAULTS.customers})
  --seed <n>           of the generator (${DEFAULTS.seed})
  --runs <n>           rounds of throughput (${DEFAULTS.runs})
  --readline-runs <n>  of them, those that readline takes part in (${DEFAULTS.readlineRuns})
  --workers <n>        threads of footfall and of DuckDB (the cores)
  --catalogue <n>      distinct items of memory's large catalogue (${DEFAULTS.catalogue})
  --appends <n>        lines that freshness appends (${DEFAULTS.appends})
  --load-runs <n>      rounds of api (${DEFAULTS.loadRuns})
  --load-seconds <s>   how long each of them loads a server (${DEFAULTS.loadSeconds})
  --rate <n>           requests a second while a replay runs (${DEFAULTS.rate})
  --insight-asks <n>   questions of each kind of insights (${DEFAULTS.insightAsks})
  --stream-clients <n> streams of clients, a tenth of which is never read (${DEFAULTS.streamClients})
  --stream-seconds <s> for how long (${DEFAULTS.streamSeconds})
  --idle-connections <n>  of clients (${DEFAULTS.idleConnections})
  --ingest-rate <n>    requests a second of clients beside ingest (${DEFAULTS.ingestRate})
  --dashboards <n>     open dashboards of clients beside ingest (${DEFAULTS.dashboards})
  --history-days <n>   days of all items that history keeps (${DEFAULTS.historyDays})
  --dir <folder>       where generated files are kept (${DEFAULTS.folder})
  --save               write the figures to benchmarks/results/ too
  --help
`

const TEXT = { type: 'string' } as const
const FLAGS = {
  only: TEXT,
  events: TEXT,
  'stream-events': TEXT,
  'shape-events': TEXT,
  'shape-items': TEXT,
  'shape-runs': TEXT,
  items: TEXT,
  customers: TEXT,
  seed: TEXT,
  runs: TEXT,
  'readline-runs': TEXT,
  workers: TEXT,
  catalogue: TEXT,
  appends: TEXT,
  'load-runs': TEXT,
  'load-seconds': TEXT,
  rate: TEXT,
  'insight-asks': TEXT,
  'stream-clients': TEXT,
  'stream-seconds': TEXT,
  'idle-connections': TEXT,
  'ingest-rate': TEXT,
  dashboards: TEXT,
  'history-days': TEXT,
  dir: TEXT,
  save: { type: 'boolean' },
  help: { type: 'boolean' }
} as const

/** Reads the command line; throws an Error that says what is wrong with it. */
export function readArguments(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: FLAGS })
  const count = (name: keyof typeof values, fallback: number, least = 1) =>
    wholeNumber(name, values[name], fallback, least, 12)
  return {
    only: names(values.only),
    save: values.save === true,
    help: values.help === true,
    options: {
      events: count('events', DEFAULTS.events),
      streamEvents: count('stream-events', DEFAULTS.streamEvents),
      shapeEvents: count('shape-events', DEFAULTS.shapeEvents),
      shapeItems: shapeItems(values['shape-items']),
      shapeRuns: count('shape-runs', DEFAULTS.shapeRuns),
      items: count('items', DEFAULTS.items),
      customers: count('customers', DEFAULTS.customers),
      seed: count('seed', DEFAULTS.seed, 0),
      runs: count('runs', DEFAULTS.runs),
      readlineRuns: count('readline-runs', DEFAULTS.readlineRuns),
      workers: count('workers', DEFAULTS.workers),
      catalogue: count('catalogue', DEFAULTS.catalogue),
      appends: count('appends', DEFAULTS.appends),
      loadRuns: count('load-runs', DEFAULTS.loadRuns),
      loadSeconds: seconds(values['load-seconds']),
      rate: count('rate', DEFAULTS.rate),
      insightAsks: count('insight-asks', DEFAULTS.insightAsks),
      streamClients: count('stream-clients', DEFAULTS.streamClients),
      streamSeconds: count('stream-seconds', DEFAULTS.streamSeconds),
      idleConnections: count('idle-connections', DEFAULTS.idleConnections),
      ingestRate: count('ingest-rate', DEFAULTS.ingestRate),
      dashboards: count('dashboards', DEFAULTS.dashboards),
      historyDays: count('history-days', DEFAULTS.historyDays),
      folder: values.dir ?? DEFAULTS.folder,
      tell: DEFAULTS.tell
    }
  }
}

function names(text: string | undefined): readonly BenchmarkName[] {
  if (text === undefined) return BENCHMARK_NAMES
  return text.split(',').map((asked) => {
    const found = BENCHMARK_NAMES.find((name) => name === asked)
    if (found !== undefined) return found
    throw new Error(`--only takes ${BENCHMARK_NAMES.join(',')}, not ${asked}`)
  })
}

function seconds(text: string | undefined): number {
  if (text === undefined) return DEFAULTS.loadSeconds
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text) && Number(text) > 0) return Number(text)
  throw new Error(`--load-seconds must be a number above 0, not ${text}`)
}

function shapeItems(text: string | undefined): readonly number[] {
  if (text === undefined) return DEFAULTS.shapeItems
  const counts = text.split(',').map(Number)
  const isRising = counts.every((count, index) => count > (counts[index - 1] ?? 0))
  if (/^\d{1,8}(,\d{1,8})*$/.test(text) && isRising) return counts
  throw new Error(`--shape-items must be rising whole numbers from 1, not ${text}`)
}
