import { replay } from './children/footfall.js'
import { BOUGHT_EVERY, catalogueFile } from './inputs/catalogue-file.js'
import { LARGE_SCALE, shopFile, type InputFile } from './inputs/shop-file.js'
import type { BenchmarkOptions } from './options.js'

/** One replay. */
export interface MemoryRun {
  readonly events: number
  readonly hours: number
  readonly sizeBytes: number
  readonly accepted: number
  readonly peakRssBytes: number
  readonly elapsedMs: number
}

export interface MemoryResult {
  readonly workers: number
  readonly short: MemoryRun
  /** Ten times the events over ten times the days, at the same rate, of the same shop. */
  readonly long: MemoryRun
  /** What the longer stream takes more; may be negative. */
  readonly differenceBytes: number
  readonly catalogue: MemoryRun & {
    /** Items with views within the last hour. */
    readonly totalItems: number
  }
}

/**
 * Peak memory of replays: does it grow with the length of the stream, and what
 * does a large catalogue take. Rejects when an event was not counted.
 */
export async function memory(options: BenchmarkOptions): Promise<MemoryResult> {
  const { workers } = options
  const short = await measure(shopFile(options), options)
  const long = await measure(shopFile(options, LARGE_SCALE), options)
  const catalogue = await measure(catalogueFile(options), options)
  const bought = Math.ceil(options.catalogue / BOUGHT_EVERY)
  const wanted = [options.catalogue, bought, bought]
  if (catalogue.totals.join(' ') !== wanted.join(' ')) {
    throw new Error(
      `the catalogue's lists have ${catalogue.totals.join(', ')} items, not ${wanted.join(', ')}`
    )
  }
  return {
    workers,
    short: short.run,
    long: long.run,
    differenceBytes: long.run.peakRssBytes - short.run.peakRssBytes,
    catalogue: { ...catalogue.run, totalItems: catalogue.totals[0]! }
  }
}

async function measure({ path, events, hours, sizeBytes }: InputFile, options: BenchmarkOptions) {
  options.tell(`memory: replay of ${events} events over ${hours} h`)
  const { result, peakRssBytes } = await replay(path, options.workers)
  const { most_viewed, most_carted, top_grossing, accounting, elapsed_ms: elapsedMs } = result
  if (accounting.accepted !== events || accounting.lines !== events || result.bytes !== sizeBytes) {
    throw new Error(`footfall accepted ${accounting.accepted} of ${events} events of ${path}`)
  }
  const run: MemoryRun = { events, hours, sizeBytes, accepted: accounting.accepted, peakRssBytes, elapsedMs }
  return { run, totals: [most_viewed, most_carted, top_grossing].map(({ meta }) => meta.total_items) }
}
