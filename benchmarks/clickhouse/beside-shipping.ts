import { linkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Status, TopItems } from '../../src/query/shapes.js'
import { CELLS } from '../../src/clickhouse/schema.js'
import { replay } from '../children/footfall.js'
import { Connection } from '../load/connection.js'
import { median } from '../statistics.js'
import { checkViews } from './cells.js'
import { initialise, keepingOptions, startCollector, type Keeping } from './far.js'
import type { Input } from './inputs.js'
import type { ClickHouseOptions } from './options.js'
import { processorMs, processorMsSince } from './processor-time.js'
import type { ClickHouseServer } from './server.js'
import { countSteadily, type Steady } from './steady.js'
import { isShipped, waitFor } from './wait-for.js'

/** One collector that has counted a file. */
export interface Counted {
  /** Until answers have all of it. */
  readonly countedMs: number
  /** Until its database has. */
  readonly committedMs: number
  /** Until ClickHouse has; null where nothing is shipped, and for what is not known of it. */
  readonly shippedMs: number | null
  readonly rows: number | null
  readonly bytes: number | null
  /** Of the collector and of ClickHouse up to the end of that. */
  readonly cpuMs: number | null
  readonly clickhouseCpuMs: number | null
}

export interface Compared<Run> {
  readonly events: number
  readonly without: readonly Run[]
  readonly shipping: readonly Run[]
  /** Median of the ratios of each round: 1: as fast with shipping, 0.5: half as fast. */
  readonly ratio: number
}

export interface BesideShippingResult {
  /** A server whose file has a whole day at once. */
  readonly day: Compared<Counted>
  /** The same with events of a few minutes. */
  readonly rush: Compared<Counted>
  /** A server whose file grows steadily; the ratio is that of processor time. */
  readonly steady: Compared<Steady>
  /** `replay` from its start to its exit, which waits until all is shipped; ms. */
  readonly replay: Compared<number>
}

/** The database of these rounds: what it holds is not what the gateway is asked for. */
const DATABASE = 'rounds'

/** What a collector counts a second when it ships, and when it does not, in turns. Rejects where counts are not those of the file. */
export async function besideShipping(
  server: ClickHouseServer,
  inputs: { readonly day: Input; readonly rush: Input; readonly part: Input },
  folder: string,
  options: ClickHouseOptions
): Promise<BesideShippingResult> {
  const rounds = new Rounds(server, folder, options)
  const { workers, steadyRate, steadySeconds } = options
  const ofFile =
    <Run>(input: Input, count: (input: Input, keeping: Keeping) => Promise<Run>): Count<Run> =>
    async (keeping) => ({ run: await count(input, keeping), written: input })
  const follows = (input: Input) => ofFile(input, (file, keeping) => follow(server, file, keeping, workers))
  const replays = ofFile(inputs.part, (file, keeping) => replayed(file, keeping, workers))
  const countedMs = (run: Counted) => run.countedMs
  return {
    day: await rounds.compare('a day at once', inputs.day.lines, countedMs, follows(inputs.day)),
    rush: await rounds.compare('events of minutes', inputs.rush.lines, countedMs, follows(inputs.rush)),
    steady: await rounds.compare(
      `${steadyRate} events/s`,
      steadyRate * steadySeconds,
      ({ cpuMs }) => cpuMs ?? 0,
      (keeping) => countSteadily(keeping, options)
    ),
    replay: await rounds.compare('replay', inputs.part.lines, (ms) => ms, replays)
  }
}

/** Counts something once, and tells what there was to be counted. */
type Count<Run> = (
  keeping: Keeping
) => Promise<{ readonly run: Run; readonly written: Pick<Input, 'views' | 'path'> }>

class Rounds {
  readonly #server: ClickHouseServer
  readonly #folder: string
  readonly #options: ClickHouseOptions

  constructor(server: ClickHouseServer, folder: string, options: ClickHouseOptions) {
    this.#server = server
    this.#folder = folder
    this.#options = options
  }

  /** `costOf`: less is better. */
  async compare<Run>(
    what: string,
    events: number,
    costOf: (run: Run) => number,
    count: Count<Run>
  ): Promise<Compared<Run>> {
    const { rounds, tell } = this.#options
    const without: Run[] = []
    const shipping: Run[] = []
    for (let round = 0; round < rounds; round++) {
      tell(`counting beside shipping: ${what}, round ${round + 1} of ${rounds}`)
      // Each goes first in turn.
      for (const ships of round % 2 === 0 ? [false, true] : [true, false]) {
        const runs = ships ? shipping : without
        runs.push(await this.#run(ships, count))
      }
    }
    const ratios = without.map((run, round) => costOf(run) / costOf(shipping[round]!))
    return { events, without, shipping, ratio: median(ratios) }
  }

  async #run<Run>(ships: boolean, count: Count<Run>): Promise<Run> {
    const keeping = {
      folder: this.#folder,
      name: 'rounds',
      url: ships ? `${this.#server.url}/${DATABASE}` : null
    }
    try {
      if (keeping.url !== null) {
        await this.#server.run(`CREATE DATABASE ${DATABASE}`)
        await initialise(keeping.url)
      }
      const { run, written } = await count(keeping)
      if (ships) await checkViews(this.#server, written, `${DATABASE}.${CELLS}`)
      return run
    } finally {
      // Merges would go on beside the next run.
      await this.#server.run(`DROP DATABASE IF EXISTS ${DATABASE}`)
      rmSync(join(this.#folder, keeping.name), { recursive: true, force: true })
    }
  }
}

async function replayed(input: Input, keeping: Keeping, workers: number): Promise<number> {
  const { result, processMs } = await replay(input.path, workers, keepingOptions(keeping))
  checkAccepted(result.accounting, input)
  return processMs
}

/** A server whose file comes into being as a whole, as if somebody wrote faster than it reads. */
async function follow(
  clickhouse: ClickHouseServer,
  input: Input,
  keeping: Keeping,
  workers: number
): Promise<Counted> {
  const file = join(keeping.folder, 'followed.jsonl')
  rmSync(file, { force: true })
  const server = await startCollector(file, workers, keeping)
  const connection = new Connection(server.url)
  try {
    const cpuBefore = processorMs(server.pid)
    const clickhouseBefore = processorMs(clickhouse.pid)
    const status = () => connection.getJson<Status>('/v1/status')
    linkSync(input.path, file)
    const begun = performance.now()
    await waitFor(
      'the end of the file',
      () => connection.getJson<TopItems>('/v1/items/most-viewed?limit=1'),
      ({ meta }) => meta.offset === input.sizeBytes
    )
    const countedMs = performance.now() - begun
    await waitFor('the last commit', status, ({ history }) => history?.commits.offset === input.sizeBytes)
    const committedMs = performance.now() - begun
    const { accounting, shipping } = await waitFor('the last shipment', status, isShipped)
    const shippedMs = keeping.url === null ? null : performance.now() - begun
    checkAccepted(accounting, input)
    return {
      ...{ countedMs, committedMs, shippedMs, rows: shipping?.rows ?? null, bytes: shipping?.bytes ?? null },
      cpuMs: processorMsSince(server.pid, cpuBefore),
      clickhouseCpuMs: keeping.url === null ? null : processorMsSince(clickhouse.pid, clickhouseBefore)
    }
  } finally {
    connection.close()
    await server.end()
    rmSync(file, { force: true })
  }
}

function checkAccepted({ accepted, lines }: Status['accounting'], input: Input): void {
  if (accepted === input.lines && lines === input.lines) return
  throw new Error(`${accepted} of ${input.lines} lines of ${input.path} were accepted`)
}
