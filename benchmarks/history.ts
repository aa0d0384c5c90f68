import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Status, TopItems } from '../src/query/shapes.js'
import { runChild } from './children/child.js'
import { replay, serve } from './children/footfall.js'
import { childScript } from './children/project.js'
import { checkSameHeadlines } from './headlines.js'
import { shopFile } from './inputs/shop-file.js'
import { warmPageCache } from './inputs/warm-page-cache.js'
import { Connection } from './load/connection.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, median, type Latencies } from './statistics.js'

/** What `measure-history` prints. */
export interface YearAnswer {
  /** Rows (day, item). */
  readonly rows: number
  readonly commitMs: readonly number[]
  readonly seriesMs: readonly number[]
  readonly topMs: readonly number[]
  readonly storedViews: string
  readonly writtenViews: string
  readonly sizeBytes: number
}

export interface HistoryResult {
  readonly events: number
  readonly workers: number
  /** Elapsed time of a replay with a history against one without; the median of the rounds, and each. */
  readonly catchUp: { readonly median: number; readonly rounds: readonly number[] }
  readonly restart: {
    /** Cells of the live window that are loaded. */
    readonly cells: number
    /** From before the start of a server to its first answer, which has everything. */
    readonly firstAnswerMs: number
  }
  readonly year: {
    readonly days: number
    readonly items: number
    readonly sizeBytes: number
    readonly commit: Latencies
    /** A year's daily series of one item. */
    readonly series: Latencies
    /** The top 10 of a month. */
    readonly topItems: Latencies
  }
}

const ASKED = 50
const TOP = '/v1/items/most-viewed'

/**
 * What the history costs: while catching up, at a restart, and for a year of it.
 * Rejects when a replay with a history has other lists than one without, when a
 * restarted server does not answer with everything, or when what is stored is
 * not what was written.
 */
export async function history(options: BenchmarkOptions): Promise<HistoryResult> {
  const { events, workers, tell } = options
  const input = shopFile(options)
  await warmPageCache(input.path)
  const folder = mkdtempSync(join(options.folder, 'history-'))
  try {
    const rounds: number[] = []
    for (let round = 0; round < options.runs; round++) {
      tell(`history: round ${round + 1} of ${options.runs}`)
      const without = await replay(input.path, workers)
      const dataDir = join(folder, `round-${round}`)
      const kept = await replay(input.path, workers, ['--data-dir', dataDir])
      checkSameHeadlines('with a history', kept.headlines, 'without', without.headlines)
      rounds.push(kept.result.elapsed_ms / without.result.elapsed_ms)
      if (round > 0) rmSync(dataDir, { recursive: true })
    }
    const restart = await restarted(input.path, join(folder, 'round-0'), input.sizeBytes, options)
    return {
      events,
      workers,
      catchUp: { median: median(rounds), rounds },
      restart,
      year: await year(folder, options)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function restarted(
  path: string,
  dataDir: string,
  sizeBytes: number,
  { workers, tell }: BenchmarkOptions
): Promise<HistoryResult['restart']> {
  tell('history: restart')
  const begun = performance.now()
  const server = await serve(path, workers, ['--data-dir', dataDir])
  const connection = new Connection(server.url)
  try {
    const { meta } = await connection.getJson<TopItems>(TOP)
    const firstAnswerMs = performance.now() - begun
    if (meta.offset !== sizeBytes && meta.offset !== 0) throw new Error(`restarted at ${meta.offset}`)
    const { memory, accounting } = await connection.getJson<Status>('/v1/status')
    if (accounting.accepted === 0) throw new Error('nothing was restored')
    return { cells: memory.cells, firstAnswerMs }
  } finally {
    connection.close()
    await server.end()
  }
}

async function year(
  folder: string,
  { historyDays, items, tell }: BenchmarkOptions
): Promise<HistoryResult['year']> {
  tell(`history: ${historyDays} days of ${items} items`)
  const target = mkdtempSync(join(folder, 'year-'))
  const { stdout } = await runChild(childScript('measure-history'), [
    target,
    String(historyDays),
    String(items),
    String(ASKED)
  ])
  const answer = JSON.parse(stdout) as YearAnswer
  if (answer.storedViews !== answer.writtenViews) {
    throw new Error(`${answer.storedViews} views are stored, ${answer.writtenViews} were written`)
  }
  return {
    days: historyDays,
    items,
    sizeBytes: answer.sizeBytes,
    commit: latenciesOf(answer.commitMs),
    series: latenciesOf(answer.seriesMs),
    topItems: latenciesOf(answer.topMs)
  }
}
