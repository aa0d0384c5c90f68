import { compete, nameOf, type Contestant, type Outcome, type Run } from './children/contestants.js'
import { checkSameHeadlines, digestOf } from './headlines.js'
import { shopFile, type InputFile } from './inputs/shop-file.js'
import { warmPageCache } from './inputs/warm-page-cache.js'
import type { BenchmarkOptions } from './options.js'
import { median } from './statistics.js'

/** Medians over the rounds in which a contestant ran. */
export interface Figures extends Run {
  readonly program: Contestant['program']
  readonly threads: number
  readonly rounds: number
  readonly eventsPerSecond: number
  readonly megabytesPerSecond: number
}

/** How many times faster one contestant is than another: within each round, and the median of those. */
export interface Comparison {
  readonly footfall: string
  readonly peer: string
  readonly elapsed: Ratios
  readonly process: Ratios
}

export interface Ratios {
  readonly median: number
  readonly rounds: readonly number[]
}

/** What more workers bring: how many times faster than one, and that for each of them. */
export interface Scaling {
  readonly workers: number
  readonly elapsed: Ratios
  /** The median divided by the workers; 1 is the most there is. */
  readonly efficiency: number
}

export interface ThroughputResult {
  readonly events: number
  readonly items: number
  readonly sizeBytes: number
  readonly workers: number
  /** Fingerprint of the lists that all contestants agree on. */
  readonly digest: string
  /** By name, as `nameOf` gives it. */
  readonly figures: Readonly<Record<string, Figures>>
  readonly comparisons: readonly Comparison[]
  readonly scaling: readonly Scaling[]
  readonly rounds: readonly Readonly<Record<string, Run>>[]
}

/**
 * Counts one file by footfall and by its peers, in turns: footfall with 1, 2,
 * 4, … workers up to all that are asked for, DuckDB with one thread and with
 * as many, and readline with JSON.parse, which may sit out later rounds.
 * Rejects when their lists differ, or when footfall did not accept every event.
 */
export async function throughput(options: BenchmarkOptions): Promise<ThroughputResult> {
  const { runs, readlineRuns, workers, items, tell } = options
  const input = shopFile(options)
  await warmPageCache(input.path)
  const contestants = contestantsOf(workers)
  const rounds: Record<string, Run>[] = []
  let agreed: { name: string; outcome: Outcome } | undefined
  for (let round = 0; round < runs; round++) {
    const present = contestants.filter(({ program }) => program !== 'readline' || round < readlineRuns)
    const found: Record<string, Run> = {}
    // Every second round runs backwards, so that nobody is always the first.
    for (const contestant of round % 2 === 0 ? present : present.reverse()) {
      const name = nameOf(contestant)
      tell(`throughput: round ${round + 1} of ${runs}, ${name}`)
      const outcome = await compete(contestant, input)
      agreed ??= { name, outcome }
      checkSameHeadlines(name, outcome.headlines, agreed.name, agreed.outcome.headlines)
      found[name] = outcome.run
    }
    rounds.push(found)
  }
  if (agreed === undefined) throw new RangeError('throughput needs at least one run')
  const figures = contestants.map((contestant) => [
    nameOf(contestant),
    figuresOf(contestant, input, runsOf(contestant, rounds))
  ])
  return {
    events: input.events,
    items,
    sizeBytes: input.sizeBytes,
    workers,
    digest: digestOf(agreed.outcome.headlines),
    figures: Object.fromEntries(figures) as Record<string, Figures>,
    comparisons: comparisonsOf(workers, rounds),
    scaling: workerCounts(workers).map((count) => scalingOf(count, rounds)),
    rounds
  }
}

/** 1, 2, 4, … and the most. */
function workerCounts(most: number): number[] {
  const counts: number[] = []
  for (let count = 1; count < most; count *= 2) counts.push(count)
  return [...counts, most]
}

function contestantsOf(workers: number): Contestant[] {
  const footfall = workerCounts(workers).map((threads) => ({ program: 'footfall', threads }) as const)
  const duckdb = [...new Set([1, workers])].map((threads) => ({ program: 'duckdb', threads }) as const)
  return [...footfall, ...duckdb, { program: 'readline', threads: 1 }]
}

function runsOf(contestant: Contestant, rounds: readonly Readonly<Record<string, Run>>[]): Run[] {
  return rounds.flatMap((round) => round[nameOf(contestant)] ?? [])
}

function figuresOf(
  { program, threads }: Contestant,
  { events, sizeBytes }: InputFile,
  runs: readonly Run[]
): Figures {
  const elapsedMs = median(runs.map((run) => run.elapsedMs))
  return {
    program,
    threads,
    rounds: runs.length,
    elapsedMs,
    processMs: median(runs.map((run) => run.processMs)),
    cpuMs: median(runs.map((run) => run.cpuMs)),
    peakRssBytes: median(runs.map((run) => run.peakRssBytes)),
    eventsPerSecond: (events / elapsedMs) * 1000,
    megabytesPerSecond: sizeBytes / elapsedMs / 1000
  }
}

/** Of the same threads, and of all workers with readline. */
function comparisonsOf(workers: number, rounds: readonly Readonly<Record<string, Run>>[]): Comparison[] {
  const footfall = nameOf({ program: 'footfall', threads: workers })
  const pairs = [
    [footfall, nameOf({ program: 'duckdb', threads: workers })],
    ...(workers > 1
      ? [[nameOf({ program: 'footfall', threads: 1 }), nameOf({ program: 'duckdb', threads: 1 })] as const]
      : []),
    [footfall, nameOf({ program: 'readline', threads: 1 })]
  ] as const
  return pairs.map(([product, peer]) => ({
    footfall: product,
    peer,
    elapsed: ratiosOf(product, peer, rounds, (run) => run.elapsedMs),
    process: ratiosOf(product, peer, rounds, (run) => run.processMs)
  }))
}

function scalingOf(workers: number, rounds: readonly Readonly<Record<string, Run>>[]): Scaling {
  const [one, many] = [1, workers].map((threads) => nameOf({ program: 'footfall', threads }))
  const elapsed = ratiosOf(many!, one!, rounds, (run) => run.elapsedMs)
  return { workers, elapsed, efficiency: elapsed.median / workers }
}

/** How many times the time of `product` `peer` takes, in the rounds that have both. */
function ratiosOf(
  product: string,
  peer: string,
  rounds: readonly Readonly<Record<string, Run>>[],
  time: (run: Run) => number
): Ratios {
  const ratios = rounds.flatMap((round) => {
    const [ours, theirs] = [round[product], round[peer]]
    return ours === undefined || theirs === undefined ? [] : [time(theirs) / time(ours)]
  })
  return { median: median(ratios), rounds: ratios }
}
