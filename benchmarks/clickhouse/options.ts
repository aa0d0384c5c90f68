import { availableParallelism, tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../whole-number.js'

export interface ClickHouseOptions {
  /** Distinct items of the file, each of which is seen. */
  readonly items: number
  /** Its lines, over 24 hours; at least four times as many as items. */
  readonly events: number
  /** Rounds in which a collector counts with and without shipping; 0: that is left out. */
  readonly rounds: number
  /** Of the file that grows steadily: events a second, and for how long. */
  readonly steadyRate: number
  readonly steadySeconds: number
  /** How long the gateway is asked for headlines, and how often a second, all routes together. */
  readonly loadSeconds: number
  readonly rate: number
  /** Events a second that each collector's file grows by meanwhile. */
  readonly liveRate: number
  /** Lines that are appended to see when the gateway has them. */
  readonly samples: number
  readonly seed: number
  /** Of each collector. */
  readonly workers: number
  /** Where the folder of the run is made, and deleted in the end. */
  readonly folder: string
  readonly tell: (text: string) => void
}

const DEFAULTS: ClickHouseOptions = {
  items: 1_000_000,
  events: 4_000_000,
  rounds: 3,
  steadyRate: 10_000,
  steadySeconds: 30,
  loadSeconds: 30,
  rate: 200,
  liveRate: 50,
  samples: 40,
  seed: 1,
  workers: availableParallelism(),
  folder: tmpdir(),
  tell: () => undefined
}

export const HELP = `npm run bench:clickhouse -- [options]: four collectors, one ClickHouse, a gateway

  --items <n>         distinct items of the shop (${DEFAULTS.items})
  --events <n>        events of 24 hours; at least four times as many (${DEFAULTS.events})
  --rounds <n>        rounds with and without shipping; 0: none (${DEFAULTS.rounds})
  --steady-rate <n>   events a second of a file that grows steadily (${DEFAULTS.steadyRate})
  --steady-seconds <n>  for how long (${DEFAULTS.steadySeconds})
  --load-seconds <n>  how long the gateway is asked for headlines (${DEFAULTS.loadSeconds})
  --rate <n>          requests a second meanwhile (${DEFAULTS.rate})
  --live-rate <n>     events a second of each collector meanwhile (${DEFAULTS.liveRate})
  --samples <n>       lines whose way to the gateway is timed (${DEFAULTS.samples})
  --seed <n>          of the events (${DEFAULTS.seed})
  --workers <n>       of each collector (the cores: ${DEFAULTS.workers})
  --dir <folder>      where the run's files are made, and deleted in the end (${DEFAULTS.folder})
  --save              write the figures to benchmarks/results/clickhouse/ too
  --help
`

export interface Asked {
  readonly options: ClickHouseOptions
  readonly save: boolean
  readonly help: boolean
}

const TEXT = { type: 'string' } as const
const FLAGS = {
  items: TEXT,
  events: TEXT,
  rounds: TEXT,
  'steady-rate': TEXT,
  'steady-seconds': TEXT,
  'load-seconds': TEXT,
  rate: TEXT,
  'live-rate': TEXT,
  samples: TEXT,
  seed: TEXT,
  workers: TEXT,
  dir: TEXT,
  save: { type: 'boolean' },
  help: { type: 'boolean' }
} as const

/** Reads the command line; throws an Error that says what is wrong with it. */
export function readArguments(args: readonly string[]): Asked {
  const { values } = parseArgs({ args: [...args], options: FLAGS })
  const count = (name: keyof typeof values, fallback: number, least = 1) =>
    wholeNumber(name, values[name], fallback, least, 9)
  const items = count('items', DEFAULTS.items)
  return {
    save: values.save === true,
    help: values.help === true,
    options: {
      items,
      events: count('events', DEFAULTS.events, 4 * items),
      rounds: count('rounds', DEFAULTS.rounds, 0),
      steadyRate: count('steady-rate', DEFAULTS.steadyRate),
      steadySeconds: count('steady-seconds', DEFAULTS.steadySeconds),
      loadSeconds: count('load-seconds', DEFAULTS.loadSeconds),
      rate: count('rate', DEFAULTS.rate),
      liveRate: count('live-rate', DEFAULTS.liveRate),
      samples: count('samples', DEFAULTS.samples),
      seed: count('seed', DEFAULTS.seed, 0),
      workers: count('workers', DEFAULTS.workers),
      folder: values.dir ?? DEFAULTS.folder,
      tell: DEFAULTS.tell
    }
  }
}
