import { createRandom, type Random } from '../src/generator/random.js'
import { METRICS } from '../src/metrics/metrics.js'
import type { ItemAnswer, TopItemsOf } from '../src/query/insight-shapes.js'
import { serve } from './children/footfall.js'
import { BOUGHT_EVERY, catalogueFile } from './inputs/catalogue-file.js'
import { Connection } from './load/connection.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, type Latencies } from './statistics.js'

export interface InsightsResult {
  readonly workers: number
  readonly items: number
  /** Any metric over any window, also as of an earlier minute. */
  readonly topItems: Latencies
  /** The same against the period before. */
  readonly compared: Latencies
  readonly item: Latencies
}

const WARM_UP = 20
const DAY_MINUTES = 1440
const ROWS = 10

/**
 * Latency of `top-items` and `items/{id}` with a large catalogue, one question
 * after the other. Rejects when an answer is not in order, or does not say of the
 * catalogue what is in its file: a view of each item, one of ten bought.
 */
export async function insights(options: BenchmarkOptions): Promise<InsightsResult> {
  const { workers, catalogue, insightAsks, seed, tell } = options
  const file = catalogueFile(options)
  const server = await serve(file.path, workers)
  const connection = new Connection(server.url)
  try {
    tell(`insights: waiting for ${file.events} events`)
    const { clock } = await waitUntilLive(connection)
    await checkSums(connection, catalogue)
    const random = createRandom(seed)
    const nowMs = Date.parse(clock.now ?? '')
    const latencies = async (ask: () => Promise<void>): Promise<Latencies> => {
      for (let asked = 0; asked < Math.min(WARM_UP, insightAsks); asked++) await ask()
      const found: number[] = []
      for (let asked = 0; asked < insightAsks; asked++) {
        const begun = performance.now()
        await ask()
        found.push(performance.now() - begun)
      }
      return latenciesOf(found)
    }
    tell(`insights: ${insightAsks} rankings, as many with a comparison, as many items`)
    return {
      workers,
      items: catalogue,
      topItems: await latencies(() => askTop(connection, random, nowMs, false)),
      compared: await latencies(() => askTop(connection, random, nowMs, true)),
      item: await latencies(() => askItem(connection, random, catalogue))
    }
  } finally {
    connection.close()
    await server.end()
  }
}

async function checkSums(connection: Connection, catalogue: number): Promise<void> {
  const bought = Math.ceil(catalogue / BOUGHT_EVERY)
  for (const [metric, wanted] of [
    ['views', catalogue],
    ['purchases', bought]
  ] as const) {
    const { meta } = await connection.getJson<TopItemsOf>(`/v1/top-items?metric=${metric}&window=24h`)
    if (Number(meta.sum) === wanted && meta.total_items === wanted) continue
    throw new Error(`${String(meta.sum)} ${metric} of ${meta.total_items} items, not ${wanted}`)
  }
}

async function askTop(
  connection: Connection,
  random: Random,
  nowMs: number,
  compare: boolean
): Promise<void> {
  const { name } = METRICS[random.below(METRICS.length)] ?? METRICS[0]
  const minutes = 1 + random.below(compare ? DAY_MINUTES / 4 : DAY_MINUTES / 2)
  // All events are of the last hour.
  const asOf = new Date(nowMs - random.below(60) * 60_000).toISOString()
  const query = `metric=${name}&window=${minutes}m&as_of=${asOf}&limit=${ROWS}`
  const { data, meta } = await connection.getJson<TopItemsOf>(
    `/v1/top-items?${query}${compare ? '&compare=previous_period' : ''}`
  )
  const isRanked = data.every(
    ({ rank, value, previous }, place) =>
      rank === place + 1 &&
      Number(value) <= Number(data[place - 1]?.value ?? Infinity) &&
      (previous !== undefined) === compare
  )
  if (!isRanked || data.length !== Math.min(ROWS, meta.total_items)) throw new Error(`no answer to ${query}`)
}

async function askItem(connection: Connection, random: Random, catalogue: number): Promise<void> {
  const number = random.below(catalogue)
  const { data } = await connection.getJson<ItemAnswer>(`/v1/items/sku_${number}`)
  const { views, purchases } = data.windows['24h']
  if (Number(views) === 1 && Number(purchases) === (number % BOUGHT_EVERY === 0 ? 1 : 0)) return
  throw new Error(`item ${number}: ${JSON.stringify(data.windows['24h'])}`)
}
