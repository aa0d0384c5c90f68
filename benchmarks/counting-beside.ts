import { linkSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from './children/footfall.js'
import { LONG_SCALE, shopFile } from './inputs/shop-file.js'
import { Connection } from './load/connection.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { median } from './statistics.js'

export interface BesideResult {
  /** Bytes a second from when the file is there until all is counted, with the load and without, by round. */
  readonly loaded: readonly number[]
  readonly alone: readonly number[]
  /** Median of loaded / alone of each round. */
  readonly ratio: number
}

/** What bothers a server; `end` resolves when all of it has been answered, and rejects when something was not. */
export interface Load {
  /** Resolves when it is at work. */
  readonly begun?: Promise<unknown>
  end(): Promise<void>
}

/**
 * Rounds of a whole file without a load and with it, one after the other. The
 * server waits for the file, which comes when the load is at work. Rejects when not every event is accepted.
 */
export async function countingBeside(
  options: BenchmarkOptions,
  what: string,
  begin: (url: string) => Load
): Promise<BesideResult> {
  const { loadRuns, workers, tell } = options
  const file = shopFile(options, LONG_SCALE)
  const count = async (load: typeof begin): Promise<number> => {
    const folder = mkdtempSync(join(options.folder, 'beside-'))
    const path = join(folder, 'events.jsonl')
    const server = await serve(path, workers)
    const connection = new Connection(server.url)
    try {
      const bothering = load(server.url)
      await bothering.begun
      const begun = performance.now()
      linkSync(file.path, path)
      const { accounting } = await waitUntilLive(connection)
      const tookMs = performance.now() - begun
      await bothering.end()
      if (accounting.accepted !== file.events)
        throw new Error(`${accounting.accepted} of ${file.events} events were accepted`)
      return (file.sizeBytes / tookMs) * 1000
    } finally {
      connection.close()
      await server.end()
      rmSync(folder, { recursive: true })
    }
  }
  const [loaded, alone]: [number[], number[]] = [[], []]
  for (let round = 0; round < loadRuns; round++) {
    tell(`clients: counting beside ${what}, round ${round + 1} of ${loadRuns}`)
    alone.push(await count(() => ({ end: () => Promise.resolve() })))
    loaded.push(await count(begin))
  }
  return { loaded, alone, ratio: median(loaded.map((rate, round) => rate / (alone[round] ?? 1))) }
}
