import { runChild } from './children/child.js'
import { replay } from './children/footfall.js'
import { childScript } from './children/project.js'
import { checkSameHeadlines, digestOf, type Headlines } from './headlines.js'
import { shopFile } from './inputs/shop-file.js'
import { warmPageCache } from './inputs/warm-page-cache.js'
import type { BenchmarkOptions } from './options.js'

/**
 * `read`: from the page cache into a slot, and cut into whole lines. `scan`:
 * lines into records, look-ups of ids included. `apply`: making room, and
 * records into state. `total`: all of it.
 */
export const STAGE_NAMES = ['read', 'scan', 'apply', 'total'] as const
export type StageName = (typeof STAGE_NAMES)[number]

/** Processor time of an event, µs. */
export interface StageCost {
  /** Of the batches. */
  readonly medianMicros: number
  /** Of all events: the engine's compiling and the store's growing are in it. */
  readonly meanMicros: number
}

/** What `measure-stages` prints. */
export interface StagesAnswer {
  readonly batches: number
  readonly cost: Readonly<Record<StageName, StageCost>>
  readonly memory: {
    /** Cells (metric, minute, item) of the live window. */
    readonly cells: number
    /** Chunks in use by the cells there are: what full chunks would not take is in it. */
    readonly bytesPerCell: number
    /** Distinct items since the start, "no item" included. */
    readonly items: number
    /** Dense arrays, the index as large as it has grown, and the name. */
    readonly bytesPerItem: number
    /** As the status tells it. */
    readonly storeBytes: number
  }
  readonly counts: { readonly lines: number; readonly accepted: number; readonly fallback: number }
  readonly headlines: Headlines
}

/** What `measure-declined` prints: processor time of a line that the scanner declines, µs. */
export interface DeclinedAnswer {
  readonly lines: number
  /** Parsed by the reference parser and made a record of. */
  readonly referenceMicros: number
  /** Scanned and declined before that. */
  readonly productMicros: number
  /** Of the second to the first, the median of the rounds. */
  readonly ratio: number
}

export interface StagesResult extends Pick<StagesAnswer, 'batches' | 'cost' | 'memory'> {
  readonly events: number
  readonly sizeBytes: number
  readonly digest: string
  readonly declined: DeclinedAnswer
}

/**
 * What an event costs at each stage, in one thread, what is kept of it, and what
 * a line costs that the scanner declines.
 * Rejects when an event was not accepted by the scanner itself, or when the
 * lists are not those of a replay of the same file.
 */
export async function stages(options: BenchmarkOptions): Promise<StagesResult> {
  const { path, events, sizeBytes } = shopFile(options)
  await warmPageCache(path)
  options.tell(`stages: ${events} events`)
  const { stdout } = await runChild(childScript('measure-stages'), [path])
  const { batches, cost, memory, counts, headlines } = JSON.parse(stdout) as StagesAnswer
  const { lines, accepted, fallback } = counts
  if (lines !== events || accepted !== events || fallback !== 0) {
    throw new Error(
      `the stages accepted ${accepted} of ${events} events in ${lines} lines, ${fallback} by the reference parser`
    )
  }
  const declined = JSON.parse(
    (await runChild(childScript('measure-declined'), [path])).stdout
  ) as DeclinedAnswer
  const { headlines: wanted } = await replay(path, options.workers)
  checkSameHeadlines('the stages', headlines, 'a replay', wanted)
  return { events, sizeBytes, batches, digest: digestOf(headlines), cost, memory, declined }
}
