import { once } from 'node:events'
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Status, TopItems } from '../../src/query/shapes.js'
import { start } from '../children/child.js'
import { serve, type Serving } from '../children/footfall.js'
import { Connection } from '../load/connection.js'
import { waitUntilLive } from '../load/wait-until-live.js'
import { latenciesOf, type Latencies } from '../statistics.js'
import type { Told } from './append-events.js'
import { checkTally } from './check-tally.js'
import type { SoakOptions } from './options.js'
import { sampleOf, type Sample } from './sample.js'
import { MARKER, type Tally } from './tally.js'

export interface SoakResult {
  readonly lines: number
  readonly accepted: number
  readonly rotations: number
  /** Rotated files that were deleted, once they were counted. */
  readonly deletions: number
  readonly samples: readonly Sample[]
  /** From before the append of a marker to the headline answer that counts it. */
  readonly freshness: readonly { readonly atSeconds: number; readonly ms: number }[]
  readonly headlineRequests: Latencies
  readonly historyRequests: Latencies
  readonly commits: Latencies
  /** Exit statuses of the server and of the one that was started after it. */
  readonly exits: readonly (number | null)[]
}

const APPEND_EVENTS = fileURLToPath(new URL('./append-events.js', import.meta.url))
/** Rotated files that are left, as who rotates logs leaves some. */
const OLD_FILES = 3
const CLIENT_EVERY_MS = 1000
const POLL_MS = 5
/** What a run may take beyond its minutes, for the start, the last lines and the checks; ms. */
const BEYOND_MS = 5 * 60_000
const LIMIT_MS = 120_000

/**
 * A server with a history under a steady stream of events, whose file is rotated
 * all the while, and clients that ask. Rejects when in the end the server, or one
 * that goes on from what it has committed, has other counts than were written, when
 * an answer fails, or when a server does not end with status 0.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const folder = mkdtempSync(join(options.folder, 'footfall-soak-'))
  try {
    const file = join(folder, 'events.jsonl')
    writeFileSync(file, '')
    const limitMs = options.minutes * 60_000 + BEYOND_MS
    const begin = () => serve(file, options.workers, ['--data-dir', join(folder, 'data')], limitMs)
    const run = new Run(options, file, limitMs, await begin())
    const tally = await run.finish()
    const exits = [await run.end(), await goOn(await begin(), tally)]
    if (exits.some((status) => status !== 0)) throw new Error(`a server ended with ${exits.join(', ')}`)
    return { ...run.result(tally), exits }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the first server has committed is all of it. */
async function goOn(server: Serving, tally: Tally): Promise<number | null> {
  const connection = new Connection(server.url)
  try {
    await waitUntilLive(connection)
    await checkTally(connection, tally)
  } finally {
    connection.close()
    await server.end()
  }
  return server.end()
}

/** One run of the first server: the writer, the clients and the samples at once. */
class Run {
  readonly #options: SoakOptions
  readonly #server: Serving
  readonly #file: string
  readonly #limitMs: number
  readonly #begun = performance.now()
  readonly #marks: { markers: number; at: bigint }[] = []
  readonly #old: { path: string; lines: number }[] = []
  readonly #samples: Sample[] = []
  readonly #freshness: { atSeconds: number; ms: number }[] = []
  readonly #headlineMs: number[] = []
  readonly #historyMs: number[] = []
  readonly #commitMs = new Map<number, number>()
  #rotations = 0
  #deletions = 0
  #tally: Tally | null = null
  #isOver = false

  constructor(options: SoakOptions, file: string, limitMs: number, server: Serving) {
    this.#options = options
    this.#file = file
    this.#limitMs = limitMs
    this.#server = server
  }

  /** Runs to the end of the writing, and until all of it is counted and checked. */
  async finish(): Promise<Tally> {
    try {
      const connection = new Connection(this.#server.url)
      await waitUntilLive(connection)
      const watching = [this.#watch(), this.#sample(), this.#ask()]
      await Promise.race([
        this.#write(),
        Promise.all(watching).then(() => new Promise<never>(() => undefined))
      ])
      this.#isOver = true
      await Promise.all(watching)
      const tally = this.#tally
      if (tally === null) throw new Error('the writer ended before it had written all')
      await this.#untilCounted(connection, tally.lines)
      await checkTally(connection, tally)
      connection.close()
      return tally
    } catch (error) {
      this.#isOver = true
      await this.#server.end()
      throw new Error(`${(error as Error).message}; the server said: ${this.#server.said()}`, {
        cause: error
      })
    }
  }

  end(): Promise<number | null> {
    return this.#server.end()
  }

  result({ lines, accepted }: Tally): Omit<SoakResult, 'exits'> {
    return {
      ...{ lines, accepted, rotations: this.#rotations, deletions: this.#deletions },
      ...{ samples: this.#samples, freshness: this.#freshness },
      headlineRequests: latenciesOf(this.#headlineMs),
      historyRequests: latenciesOf(this.#historyMs),
      commits: latenciesOf([...this.#commitMs.values()])
    }
  }

  get #seconds(): number {
    return (performance.now() - this.#begun) / 1000
  }

  async #write(): Promise<void> {
    const { minutes, rate, rotateSeconds, seed } = this.#options
    const numbers = [rate, minutes * 60, rotateSeconds, seed].map(String)
    const child = start([APPEND_EVENTS, this.#file, ...numbers], this.#limitMs)
    const ended = once(child, 'close')
    child.stderr?.pipe(process.stderr)
    for await (const line of createInterface({ input: child.stdout as Readable })) {
      const told = JSON.parse(line) as Told
      if (told.kind === 'marked') this.#marks.push({ markers: told.markers, at: BigInt(told.at) })
      else if (told.kind === 'ended') this.#tally = told.tally
      else {
        this.#rotations++
        this.#old.push(told)
      }
    }
    await ended
  }

  /** Asks for the markers that have been written and not seen yet. */
  async #watch(): Promise<void> {
    await this.#each(POLL_MS, async (connection) => {
      if (this.#marks[0] === undefined) return
      const { data } = await connection.getJson<TopItems>('/v1/items/most-carted?limit=100')
      const now = process.hrtime.bigint()
      const seen = data.find(({ item_id }) => item_id === MARKER)?.value ?? 0
      const answered = this.#marks.findIndex(({ markers }) => markers > Number(seen))
      for (const { at } of this.#marks.splice(0, answered < 0 ? this.#marks.length : answered)) {
        this.#freshness.push({ atSeconds: this.#seconds, ms: Number(now - at) / 1e6 })
      }
    })
  }

  async #sample(): Promise<void> {
    const everyMs = Math.min(5000, this.#options.minutes * 500)
    await this.#each(everyMs, async (connection) => {
      const status = await connection.getJson<Status>('/v1/status')
      this.#samples.push(sampleOf(this.#server.pid, this.#seconds, status))
      const { number = 0, duration_ms = 0 } = status.history?.commits ?? {}
      if (number > 0) this.#commitMs.set(number, duration_ms)
      this.#deleteCounted(status.accounting.lines)
      if (this.#samples.length % 12 === 0) this.#options.tell(tellText(this.#samples.at(-1)!))
    })
  }

  /** A file must not go before it was read. */
  #deleteCounted(lines: number): void {
    while (this.#old.length > OLD_FILES && this.#old[0]!.lines <= lines) {
      unlinkSync(this.#old.shift()!.path)
      this.#deletions++
    }
  }

  /** As clients would. */
  async #ask(): Promise<void> {
    const headlines = ['most-viewed', 'most-carted', 'top-grossing'].map((name) => `/v1/items/${name}`)
    const windows = headlines.map((path) => `${path}?window=6h&limit=3`)
    const histories = ['views', 'revenue', 'customers'].map((metric) => `/v1/history?metric=${metric}`)
    const paths = [...headlines, ...windows, ...histories]
    let turn = 0
    await this.#each(CLIENT_EVERY_MS, async (connection) => {
      const path = paths[turn++ % paths.length]!
      const begun = performance.now()
      await connection.get(path)
      const ms = performance.now() - begun
      if (headlines.includes(path)) this.#headlineMs.push(ms)
      else if (histories.includes(path)) this.#historyMs.push(ms)
    })
  }

  async #each(everyMs: number, once: (connection: Connection) => Promise<void>): Promise<void> {
    const connection = new Connection(this.#server.url)
    try {
      while (!this.#isOver) {
        await once(connection)
        await sleep(everyMs)
      }
    } finally {
      connection.close()
    }
  }

  async #untilCounted(connection: Connection, lines: number): Promise<void> {
    const begun = performance.now()
    for (;;) {
      const { accounting } = await connection.getJson<Status>('/v1/status')
      if (accounting.lines >= lines) return
      if (performance.now() - begun > LIMIT_MS) {
        throw new Error(`${accounting.lines} of ${lines} lines were counted within ${LIMIT_MS} ms`)
      }
      await sleep(POLL_MS)
    }
  }
}

function tellText({ seconds, lines, rssBytes, storeBytes, descriptors, lagBytes }: Sample): string {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
  return (
    `soak: ${seconds.toFixed(0)} s, ${lines} lines, RSS ${mebibytes(rssBytes)} MiB, ` +
    `store ${mebibytes(storeBytes)} MiB, ${descriptors} descriptors, lag ${lagBytes} bytes`
  )
}
