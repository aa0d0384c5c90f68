import { setTimeout as sleep } from 'node:timers/promises'
import type { TopItems } from '../../src/query/shapes.js'
import type { Serving } from '../children/footfall.js'
import { Connection } from '../load/connection.js'
import { steadyLoad } from '../load/steady-load.js'
import { latenciesOf, type Latencies } from '../statistics.js'
import { COLLECTORS } from './inputs.js'
import type { ClickHouseOptions } from './options.js'
import { processorMs, processorMsSince } from './processor-time.js'
import { questionsOf } from './questions.js'
import type { ClickHouseServer } from './server.js'
import { statementsSince, type StatementKind } from './statements.js'

export interface GatewayResult {
  /** Requests a second, and events a second of all collectors. */
  readonly rate: number
  readonly liveRate: number
  readonly seconds: number
  readonly headlines: readonly { readonly path: string; readonly latencies: Latencies }[]
  /** How old a headline is before another one takes its place: between two that differ. */
  readonly renewed: Latencies
  readonly gatewayCpuMs: number | null
  readonly clickhouseCpuMs: number | null
  /** What ClickHouse did meanwhile. */
  readonly statements: readonly StatementKind[]
  /** What is not kept at hand, each asked some times in a row. */
  readonly others: readonly { readonly path: string; readonly latencies: Latencies }[]
}

export const HEADLINE_PATHS = ['most-viewed', 'most-carted', 'top-grossing'].map(
  (name) => `/v1/items/${name}`
)
const CONNECTIONS = 2
const WARM_UP_REQUESTS = 20
const ASKS = 5
const ASK_EVERY_MS = 300

/**
 * Latency of a gateway's headlines at a fixed rate, while what they are made
 * from changes all the time, and of what it has to ask for. Rejects when an answer
 * is not well-formed, or goes back.
 */
export async function loadGateway(
  gateway: Serving,
  clickhouse: ClickHouseServer,
  options: ClickHouseOptions
): Promise<GatewayResult> {
  const { rate, liveRate, loadSeconds: seconds, tell } = options
  const connection = new Connection(gateway.url)
  try {
    for (const path of HEADLINE_PATHS) {
      for (let asked = 0; asked < WARM_UP_REQUESTS; asked++) await connection.get(path)
    }
    tell(`gateway: ${rate} requests/s for ${seconds} s`)
    const before = [gateway, clickhouse].map(({ pid }) => processorMs(pid))
    const sinceS = Math.ceil(Date.now() / 1000)
    const loads = HEADLINE_PATHS.map((path) => new HeadlineLoad(gateway.url, path))
    await Promise.all(loads.map((load) => load.run(rate / HEADLINE_PATHS.length, seconds)))
    const [gatewayCpuMs = null, clickhouseCpuMs = null] = [gateway, clickhouse].map(({ pid }, place) =>
      processorMsSince(pid, before[place] ?? null)
    )
    const statements = await statementsSince(clickhouse, sinceS)
    tell('gateway: other questions')
    const others: { path: string; latencies: Latencies }[] = []
    for (const path of questionsOf(options))
      others.push({ path, latencies: await latenciesOfAsking(connection, path) })
    return {
      ...{
        rate,
        liveRate: liveRate * COLLECTORS,
        seconds,
        gatewayCpuMs,
        clickhouseCpuMs,
        statements,
        others
      },
      headlines: loads.map(({ path, latencies }) => ({ path, latencies: latenciesOf(latencies) })),
      renewed: latenciesOf(loads.flatMap(({ renewedMs }) => renewedMs))
    }
  } finally {
    connection.close()
  }
}

async function latenciesOfAsking(connection: Connection, path: string): Promise<Latencies> {
  const latencies: number[] = []
  for (let asked = 0; asked < ASKS; asked++) {
    // Collectors ship meanwhile: none is the answer before.
    await sleep(ASK_EVERY_MS)
    const begun = performance.now()
    await connection.get(path)
    latencies.push(performance.now() - begun)
  }
  return latenciesOf(latencies)
}

/** The load on one route. */
class HeadlineLoad {
  readonly #url: string
  readonly path: string
  readonly latencies: number[] = []
  readonly renewedMs: number[] = []
  readonly #reached = new Array<number>(CONNECTIONS).fill(0)
  #newest = 0
  #changedAt: number | null = null

  constructor(url: string, path: string) {
    this.#url = url
    this.path = path
  }

  async run(rate: number, seconds: number): Promise<void> {
    const begun = performance.now()
    await steadyLoad({
      ...{ url: this.#url, path: this.path, rate, connections: CONNECTIONS },
      isOver: () => performance.now() - begun >= seconds * 1000,
      take: (body, latencyMs, connection) => {
        this.latencies.push(latencyMs)
        this.#take(offsetOf(body), connection)
      }
    })
  }

  #take(offset: number, connection: number): void {
    // Between connections answers may overtake each other; on one they may not.
    if (offset < this.#reached[connection]!) {
      throw new Error(`${this.path}: offset ${offset} came after ${this.#reached[connection]!}`)
    }
    this.#reached[connection] = offset
    if (offset <= this.#newest) return
    this.#newest = offset
    const now = performance.now()
    if (this.#changedAt !== null) this.renewedMs.push(now - this.#changedAt)
    this.#changedAt = now
  }
}

/** Throws when an answer is not one of the contract's. */
function offsetOf(body: string): number {
  const { data, meta } = JSON.parse(body) as TopItems
  const isRanked = data.every(
    ({ rank, value }, place) =>
      rank === place + 1 && Number(value) > 0 && Number(value) <= Number(data[place - 1]?.value ?? Infinity)
  )
  if (!isRanked || data.length === 0 || !Number.isSafeInteger(meta.offset)) {
    throw new Error(`not an answer: ${body}`)
  }
  return meta.offset
}
