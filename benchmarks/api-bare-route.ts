import { startServer, type Server } from './children/child.js'
import { serve } from './children/footfall.js'
import { peerScript } from './children/project.js'
import { apiFile } from './inputs/shop-file.js'
import { Connection, type Answer } from './load/connection.js'
import { fullLoad } from './load/full-load.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { median } from './statistics.js'

/** Requests a second; medians over the rounds. */
export interface BareRouteResult {
  readonly bodyBytes: number
  readonly footfall: number
  readonly bare: number
  /** footfall / bare: the median of the ratios within each round. */
  readonly ratio: number
  readonly rounds: readonly { readonly footfall: number; readonly bare: number }[]
}

const PATH = '/v1/items/most-viewed'

/**
 * The headline route of a real server against a bare Fastify route in another
 * process that answers with the same text, in turns under full load. Rejects
 * when any answer differs from that text.
 */
export async function againstBareRoute(options: BenchmarkOptions): Promise<BareRouteResult> {
  const { loadRuns, loadSeconds, workers, tell } = options
  const server = await serve(apiFile(options).path, workers)
  let bareServer: Server | null = null
  try {
    const answer = await finalAnswer(server.url)
    bareServer = await startServer(peerScript('bare-server'), [PATH, answer.contentType, answer.body])
    const bareAnswer = await ask(bareServer.greeting)
    if (bareAnswer.body !== answer.body || bareAnswer.contentType !== answer.contentType) {
      throw new Error(`the bare route answers ${JSON.stringify(bareAnswer)}, not ${JSON.stringify(answer)}`)
    }
    const urls = { footfall: `${server.url}${PATH}`, bare: `${bareServer.greeting}${PATH}` }
    const rounds: Record<keyof typeof urls, number>[] = []
    // The first round warms both up and is not counted.
    for (let round = -1; round < loadRuns; round++) {
      tell(`api: round ${round + 1} of ${loadRuns} against the bare route`)
      const found = { footfall: 0, bare: 0 }
      const order = round % 2 === 0 ? (['footfall', 'bare'] as const) : (['bare', 'footfall'] as const)
      for (const name of order) found[name] = await fullLoad(urls[name], answer.body, loadSeconds)
      if (round >= 0) rounds.push(found)
    }
    return {
      bodyBytes: Buffer.byteLength(answer.body),
      footfall: median(rounds.map((round) => round.footfall)),
      bare: median(rounds.map((round) => round.bare)),
      ratio: median(rounds.map((round) => round.footfall / round.bare)),
      rounds
    }
  } finally {
    await Promise.all([server.end(), bareServer?.end()])
  }
}

/** The answer that no longer changes, as the whole file has been counted. */
async function finalAnswer(url: string): Promise<Answer> {
  const connection = new Connection(url)
  try {
    await waitUntilLive(connection)
    return await connection.get(PATH)
  } finally {
    connection.close()
  }
}

async function ask(url: string): Promise<Answer> {
  const connection = new Connection(url)
  try {
    return await connection.get(PATH)
  } finally {
    connection.close()
  }
}
