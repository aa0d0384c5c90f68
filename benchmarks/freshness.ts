import { appendFileSync, constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../src/generator/random.js'
import type { Status, TopItems } from '../src/query/shapes.js'
import { replay, rowsOf, serve } from './children/footfall.js'
import { shopFile } from './inputs/shop-file.js'
import { Connection } from './load/connection.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, type Latencies } from './statistics.js'

export interface FreshnessResult {
  /** Events of the file before anything was appended. */
  readonly events: number
  readonly workers: number
  readonly appends: number
  /** From before the write of a line to the answer that counts it. */
  readonly visible: Latencies
  /** Views of the item that was appended, in the end; as many as lines were written. */
  readonly views: number
}

const TOP = '/v1/items/most-viewed?limit=1'
const ITEM = 'freshness'
const MAX_GAP_MS = 100
/** Between two polls: short against what is measured, long enough to leave the server its processor. */
const POLL_MS = 1
const LIMIT_MS = 60_000

/**
 * How long after the append of one line the headline answer counts it, with a
 * real server that follows the file. First an item is brought to the top, so
 * that every further line of it can be seen there. Rejects when in the end the
 * server, or a replay of the file, has other counts than were written.
 */
export async function freshness(options: BenchmarkOptions): Promise<FreshnessResult> {
  const input = shopFile(options)
  const folder = mkdtempSync(join(options.folder, 'freshness-'))
  try {
    const file = join(folder, 'events.jsonl')
    copyFileSync(input.path, file, constants.COPYFILE_FICLONE)
    return await appendAndAsk(file, input.events, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function appendAndAsk(
  file: string,
  events: number,
  { appends, workers, seed, tell }: BenchmarkOptions
): Promise<FreshnessResult> {
  const server = await serve(file, workers)
  const connection = new Connection(server.url)
  try {
    tell(`freshness: waiting for ${events} events`)
    const status = await waitUntilLive(connection)
    const line = visitAt(status.clock.now)
    const before = await connection.getJson<TopItems>(TOP)
    let views = Number(before.data[0]?.value ?? 0) + 1
    appendFileSync(file, line.repeat(views))
    await untilVisible(connection, views)
    tell(`freshness: ${appends} appends`)
    const random = createRandom(seed)
    const latencies: number[] = []
    for (let append = 0; append < appends; append++) {
      await sleep(random.below(MAX_GAP_MS + 1))
      const begun = performance.now()
      appendFileSync(file, line)
      await untilVisible(connection, ++views)
      latencies.push(performance.now() - begun)
    }
    await checkCounts(connection, file, workers, events + views)
    return { events, workers, appends, visible: latenciesOf(latencies), views }
  } finally {
    connection.close()
    await server.end()
  }
}

function visitAt(timestamp: string | null): string {
  return `${JSON.stringify({ event_type: 'page_visit', timestamp, item_id: ITEM })}\n`
}

async function untilVisible(connection: Connection, views: number): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < LIMIT_MS) {
    const answer = await connection.getJson<TopItems>(TOP)
    const [top] = answer.data
    if (top?.item_id === ITEM && Number(top.value) === views) return
    if (top?.item_id === ITEM && Number(top.value) > views) {
      throw new Error(`${top.value} views are answered, but only ${views} were written`)
    }
    await sleep(POLL_MS)
  }
  throw new Error(`a line was not visible within ${LIMIT_MS} ms`)
}

/** What the server answers in the end must be what was written, and what a replay of it says. */
async function checkCounts(
  connection: Connection,
  file: string,
  workers: number,
  lines: number
): Promise<void> {
  const { accounting } = await connection.getJson<Status>('/v1/status')
  if (accounting.accepted !== lines || accounting.lines !== lines) {
    throw new Error(`the server accepted ${accounting.accepted} of ${lines} lines`)
  }
  const served = rowsOf(await connection.getJson<TopItems>('/v1/items/most-viewed'))
  const { headlines } = await replay(file, workers)
  const replayed = headlines.most_viewed
  if (JSON.stringify(served) !== JSON.stringify(replayed)) {
    throw new Error(`served ${JSON.stringify(served)}, replayed ${JSON.stringify(replayed)}`)
  }
}
