import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Status, TopItems } from '../src/query/shapes.js'
import { runChild } from './children/child.js'
import { serve } from './children/footfall.js'
import { childScript } from './children/project.js'
import { liveFile, shopFile, type InputFile } from './inputs/shop-file.js'
import { warmPageCache } from './inputs/warm-page-cache.js'
import { Connection } from './load/connection.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, median, type Latencies } from './statistics.js'

/** What `measure-catch-up` prints. */
export interface CatchUpAnswer {
  readonly elapsedMs: number
  /** Until all of it is committed, too; without a history the same. */
  readonly committedMs: number
  readonly accepted: number
  /** The headline answers' first rows, as JSON. */
  readonly lists: string
}

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
  /** Time until a file is caught up with, with a history against without; the median of the rounds, and each. */
  readonly catchUp: { readonly median: number; readonly rounds: readonly number[] }
  /** The same until everything is committed. */
  readonly committed: { readonly median: number; readonly rounds: readonly number[] }
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
 * Rejects when there are other lists with a history than without, when a
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
    const committed: number[] = []
    const database = join(folder, 'history.duckdb')
    for (let round = 0; round < options.runs; round++) {
      tell(`history: round ${round + 1} of ${options.runs}`)
      for (const name of readdirSync(folder)) rmSync(join(folder, name))
      const without = await catchUp(input.path, workers)
      const kept = await catchUp(input.path, workers, database)
      if (kept.lists !== without.lists || kept.accepted !== events || without.accepted !== events) {
        throw new Error(
          `${kept.accepted} events are accepted with a history, ${without.accepted} without, of ${events}`
        )
      }
      rounds.push(kept.elapsedMs / without.elapsedMs)
      committed.push(kept.committedMs / without.committedMs)
    }
    const restart = await restarted(liveFile(options), folder, options)
    return {
      events,
      workers,
      catchUp: { median: median(rounds), rounds },
      committed: { median: median(committed), rounds: committed },
      restart,
      year: await year(folder, options)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function catchUp(path: string, workers: number, ...database: string[]): Promise<CatchUpAnswer> {
  const { stdout } = await runChild(childScript('measure-catch-up'), [path, String(workers), ...database])
  return JSON.parse(stdout) as CatchUpAnswer
}

async function restarted(
  { path, events, sizeBytes }: InputFile,
  folder: string,
  { workers, tell }: BenchmarkOptions
): Promise<HistoryResult['restart']> {
  tell('history: restart')
  const dataDir = mkdtempSync(join(folder, 'restart-'))
  await catchUp(path, workers, join(dataDir, 'history.duckdb'))
  const begun = performance.now()
  const server = await serve(path, workers, ['--data-dir', dataDir])
  const connection = new Connection(server.url)
  try {
    const { meta } = await connection.getJson<TopItems>(TOP)
    const firstAnswerMs = performance.now() - begun
    if (meta.offset !== sizeBytes) throw new Error(`restarted at ${meta.offset}`)
    const { memory, accounting } = await connection.getJson<Status>('/v1/status')
    if (accounting.accepted !== events)
      throw new Error(`${accounting.accepted} of ${events} events were restored`)
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
