import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lineText } from '../../src/generator/line.js'
import { liveEvents } from '../../src/generator/live.js'
import type { Status } from '../../src/query/shapes.js'
import { Connection } from '../load/connection.js'
import { latenciesOf, type Latencies } from '../statistics.js'
import { startCollector, type Keeping } from './far.js'
import type { Input } from './inputs.js'
import type { ClickHouseOptions } from './options.js'
import { processorMs, processorMsSince } from './processor-time.js'
import { isShipped, waitFor } from './wait-for.js'

/** One collector whose file has grown steadily for a while. */
export interface Steady {
  readonly cpuMs: number | null
  readonly commits: Latencies
  /** What the answers did not have yet, and what ClickHouse did not (null: nothing is shipped), as often as it was looked. */
  readonly mostLagBytes: number
  readonly shippingLag: Latencies | null
}

const TICK_MS = 50
/** Seldom: the status asks the history, which commits before it answers. */
const LOOK_EVERY_MS = 500
const CUSTOMERS = 100_000

/**
 * Events come as they happen, so that each commit has the cells of the present
 * minute once more. Rejects when in the end they are not all counted.
 */
export async function countSteadily(
  keeping: Keeping,
  options: ClickHouseOptions
): Promise<{ readonly run: Steady; readonly written: Pick<Input, 'lines' | 'views' | 'path'> }> {
  const path = join(keeping.folder, 'steady.jsonl')
  writeFileSync(path, '')
  const server = await startCollector(path, options.workers, keeping)
  const connection = new Connection(server.url)
  try {
    const before = processorMs(server.pid)
    const looks = new Looks(connection)
    const [written] = await Promise.all([
      write(path, options).finally(() => {
        looks.end()
      }),
      looks.run()
    ])
    const ask = () => connection.getJson<Status>('/v1/status')
    const { accounting } = await waitFor(
      'the last line',
      ask,
      (status) => status.accounting.lines === written.lines && isShipped(status)
    )
    if (accounting.accepted !== written.lines) {
      throw new Error(`${accounting.accepted} of ${written.lines} lines were accepted`)
    }
    const cpuMs = processorMsSince(server.pid, before)
    return { run: { cpuMs, ...looks.figures(keeping.url !== null) }, written: { ...written, path } }
  } finally {
    connection.close()
    await server.end()
    rmSync(path, { force: true })
  }
}

async function write(
  path: string,
  { items, seed, steadyRate: rate, steadySeconds }: ClickHouseOptions
): Promise<Pick<Input, 'lines' | 'views'>> {
  const next = liveEvents({ seed, items, customers: CUSTOMERS, rate })
  const begun = performance.now()
  let [lines, views] = [0, 0]
  while (lines < rate * steadySeconds) {
    await sleep(TICK_MS)
    const due = Math.min(rate * steadySeconds, Math.floor(((performance.now() - begun) / 1000) * rate))
    const now = Date.now()
    let text = ''
    for (; lines < due; lines++) {
      const line = next(now)
      if (line.event_type === 'page_visit') views++
      text += `${lineText(line)}\n`
    }
    appendFileSync(path, text)
  }
  return { lines, views }
}

/** Looks at a collector's status again and again. */
class Looks {
  readonly #connection: Connection
  readonly #commitMs = new Map<number, number>()
  readonly #shippingLagMs: number[] = []
  #mostLagBytes = 0
  #isOver = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  end(): void {
    this.#isOver = true
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      await sleep(LOOK_EVERY_MS)
      const { source, history, shipping } = await this.#connection.getJson<Status>('/v1/status')
      this.#mostLagBytes = Math.max(this.#mostLagBytes, source.lag_bytes ?? 0)
      const { number = 0, duration_ms = 0 } = history?.commits ?? {}
      if (number > 0) this.#commitMs.set(number, duration_ms)
      if (shipping !== undefined) this.#shippingLagMs.push(shipping.lag_seconds * 1000)
    }
  }

  figures(ships: boolean): Omit<Steady, 'cpuMs'> {
    return {
      commits: latenciesOf([...this.#commitMs.values()]),
      mostLagBytes: this.#mostLagBytes,
      shippingLag: ships ? latenciesOf(this.#shippingLagMs) : null
    }
  }
}
