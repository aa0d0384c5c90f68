import type { TopItems } from '../src/query/shapes.js'
import { serve } from './children/footfall.js'
import { ROWS } from './headlines.js'
import { LARGE_SCALE, apiFile, shopFile } from './inputs/shop-file.js'
import { Connection } from './load/connection.js'
import { steadyLoad } from './load/steady-load.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, type Latencies } from './statistics.js'

export interface UnderReplayResult {
  readonly workers: number
  /** Requests a second that were asked for. */
  readonly rate: number
  /** Answers given before the end of the file was reached; they alone are timed. */
  readonly replaying: Latencies
  /** The same rate against a server that has nothing to count. */
  readonly idle: Latencies
  /** All answers that were checked. */
  readonly answers: number
  /** Servers that were started: a file may be counted before the time is over. */
  readonly starts: number
  /** Bytes a second that were counted meanwhile, the first start's; null when it was over at once. */
  readonly replayBytesPerSecond: number | null
}

const PATH = '/v1/items/most-viewed'
const CONNECTIONS = 4
const WARM_UP_REQUESTS = 50

/**
 * Latency of the headline route at a fixed rate while the same server counts
 * a large file as fast as it can: for the seconds of all rounds together, with
 * a new server where the file is over before, at most one a round. Rejects when an answer is not well-formed, or
 * its offset is below that of an earlier one.
 */
export async function underReplay(options: BenchmarkOptions): Promise<UnderReplayResult> {
  const { workers, rate, loadRuns, loadSeconds, tell } = options
  const wantedMs = loadRuns * loadSeconds * 1000
  const file = shopFile(options, LARGE_SCALE)
  const latencies: number[] = []
  let answers = 0
  let starts = 0
  let replayBytesPerSecond: number | null = null
  for (let doneMs = 0; doneMs < wantedMs && starts < loadRuns; starts++) {
    tell(`api: ${rate} requests/s during a replay, ${Math.round(doneMs)} of ${wantedMs} ms`)
    const sampled = await sample(file.path, file.sizeBytes, wantedMs - doneMs, options)
    latencies.push(...sampled.latencies)
    answers += sampled.answers
    doneMs += sampled.tookMs
    replayBytesPerSecond ??= sampled.bytesPerSecond
  }
  tell(`api: ${rate} requests/s without a replay`)
  const small = apiFile(options)
  const idle = await sample(small.path, Infinity, loadSeconds * 1000, options)
  return {
    workers,
    rate,
    replaying: latenciesOf(latencies),
    idle: latenciesOf(idle.latencies),
    answers: answers + idle.answers,
    starts,
    replayBytesPerSecond
  }
}

interface Sample {
  readonly latencies: readonly number[]
  readonly answers: number
  readonly tookMs: number
  readonly bytesPerSecond: number | null
}

/** Loads one server until it has counted `endBytes`, at most so long; with Infinity it counts first. */
async function sample(
  file: string,
  endBytes: number,
  limitMs: number,
  { workers, rate }: BenchmarkOptions
): Promise<Sample> {
  const server = await serve(file, workers)
  const connection = new Connection(server.url)
  try {
    if (endBytes === Infinity) await waitUntilLive(connection)
    let first = 0
    // The code of a server that has just started is not yet compiled.
    for (let asked = 0; asked < WARM_UP_REQUESTS; asked++) first = offsetOf((await connection.get(PATH)).body)
    const reached = new Array<number>(CONNECTIONS).fill(first)
    const latencies: number[] = []
    const begun = performance.now()
    let answers = 0
    let last = first
    let isAtEnd = first >= endBytes
    await steadyLoad({
      url: server.url,
      path: PATH,
      rate,
      connections: CONNECTIONS,
      isOver: () => isAtEnd || performance.now() - begun >= limitMs,
      take(body, latencyMs, number) {
        const offset = offsetOf(body)
        // Between connections answers may overtake each other; on one they may not.
        if (offset < reached[number]!) throw new Error(`offset ${offset} came after ${reached[number]!}`)
        reached[number] = offset
        last = Math.max(last, offset)
        answers++
        if (offset < endBytes) latencies.push(latencyMs)
        else isAtEnd = true
      }
    })
    const tookMs = performance.now() - begun
    const bytesPerSecond = answers === 0 ? null : ((last - first) / tookMs) * 1000
    return { latencies, answers, tookMs, bytesPerSecond }
  } finally {
    connection.close()
    await server.end()
  }
}

/** Throws when an answer is not one of the contract's. Before the first event it is an empty one. */
function offsetOf(body: string): number {
  const { data, meta } = JSON.parse(body) as TopItems
  const isRanked = data.every(
    ({ rank, value }, place) =>
      rank === place + 1 && Number(value) > 0 && Number(value) <= Number(data[place - 1]?.value ?? Infinity)
  )
  const isWhole =
    data.length === Math.min(meta.total_items, ROWS) && (meta.interval === null) === (meta.offset === 0)
  if (!isRanked || !isWhole || !Number.isSafeInteger(meta.offset)) throw new Error(`not an answer: ${body}`)
  return meta.offset
}
