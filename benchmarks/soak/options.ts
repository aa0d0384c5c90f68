import { availableParallelism, tmpdir } from 'node:os'
import { parseArgs } from 'node:util'

export interface SoakOptions {
  readonly minutes: number
  /** Events a second. */
  readonly rate: number
  readonly rotateSeconds: number
  readonly seed: number
  readonly workers: number
  /** Where the folder of the run is made, and deleted in the end. */
  readonly folder: string
  readonly tell: (text: string) => void
}

export const DEFAULTS: SoakOptions = {
  minutes: 60,
  rate: 5000,
  rotateSeconds: 60,
  seed: 1,
  workers: availableParallelism(),
  folder: tmpdir(),
  tell: () => undefined
}

export const HELP = `npm run soak -- [options]: a server under a steady stream, with a file that is rotated

  --minutes <n>         how long events are written (${DEFAULTS.minutes}; at most 1380: all stays in the live window)
  --rate <n>            events a second (${DEFAULTS.rate})
  --rotate-seconds <n>  the file is renamed so often (${DEFAULTS.rotateSeconds})
  --seed <n>            of the events (${DEFAULTS.seed})
  --workers <n>         of the server (the cores: ${DEFAULTS.workers})
  --dir <folder>        where the run's files are made, and deleted in the end (${DEFAULTS.folder})
  --save                write the figures to benchmarks/results/soak/ too
  --help
`

export interface Asked {
  readonly options: SoakOptions
  readonly save: boolean
  readonly help: boolean
}

const TEXT = { type: 'string' } as const

/** Reads the command line; throws an Error that says what is wrong with it. */
export function readArguments(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ minutes: TEXT, rate: TEXT, 'rotate-seconds': TEXT, seed: TEXT, workers: TEXT, dir: TEXT },
      ...{ save: { type: 'boolean' }, help: { type: 'boolean' } }
    }
  })
  const number = (name: keyof typeof values, fallback: number, least: number, most: number): number => {
    const text = values[name]
    if (text === undefined) return fallback
    const found = Number(text)
    if (typeof text === 'string' && text !== '' && found >= least && found <= most) return found
    throw new Error(`--${name} must be a number from ${least} to ${most}, not ${String(text)}`)
  }
  const whole = (...asked: Parameters<typeof number>): number => {
    const found = number(...asked)
    if (Number.isInteger(found)) return found
    throw new Error(`--${asked[0]} must be a whole number, not ${found}`)
  }
  return {
    save: values.save === true,
    help: values.help === true,
    options: {
      minutes: number('minutes', DEFAULTS.minutes, 0.1, 1380),
      rate: whole('rate', DEFAULTS.rate, 1, 1_000_000),
      rotateSeconds: number('rotate-seconds', DEFAULTS.rotateSeconds, 1, 86_400),
      seed: whole('seed', DEFAULTS.seed, 0, 2 ** 31),
      workers: whole('workers', DEFAULTS.workers, 1, 1024),
      folder: values.dir ?? DEFAULTS.folder,
      tell: DEFAULTS.tell
    }
  }
}
