import { statSync } from 'node:fs'
import { runFootfall } from './children/contestants.js'
import { checkSameHeadlines, digestOf, type Headlines } from './headlines.js'
import { cachedFile } from './inputs/cached.js'
import { RESHAPES, uniformItems, type Shape } from './inputs/shapes.js'
import { shopFile, shopPieces, type InputFile } from './inputs/shop-file.js'
import { warmPageCache } from './inputs/warm-page-cache.js'
import type { BenchmarkOptions } from './options.js'
import { median } from './statistics.js'

/** How the items of a file are distributed: as the generator does it, or each equally often. */
export type Popularity = 'zipf' | 'uniform'

/** Lines of one shape, of a shop with so many items. */
export interface Variant {
  readonly shape: Shape
  readonly popularity: Popularity
  readonly items: number
}

export interface ShapeFigures extends Variant {
  readonly bytesPerLine: number
  readonly elapsedMs: readonly number[]
  /** Medians over the rounds. */
  readonly eventsPerSecond: number
  readonly megabytesPerSecond: number
  /** Fingerprint of the lists: the same for all shapes of one content. */
  readonly digest: string
}

export interface ShapesResult {
  readonly events: number
  readonly workers: number
  readonly figures: readonly ShapeFigures[]
  /** Events/s with the most items divided by those with the fewest: within each round, and the median of those. */
  readonly mostToFewest: readonly {
    readonly shape: Shape
    readonly popularity: Popularity
    readonly ratio: number
    readonly rounds: readonly number[]
  }[]
}

const KINDS: readonly Omit<Variant, 'items'>[] = [
  ...(Object.keys(RESHAPES) as Shape[]).map((shape) => ({ shape, popularity: 'zipf' }) as const),
  { shape: 'short', popularity: 'uniform' }
]

/**
 * Replays the same events as lines of several shapes, of shops with few and
 * with many items, in turns. Rejects when a line was not accepted by the
 * scanner itself, or when the lists of two shapes of the same events differ.
 */
export async function shapes(options: BenchmarkOptions): Promise<ShapesResult> {
  const { shapeRuns, shapeItems, workers, tell } = options
  const variants = KINDS.flatMap((kind) => shapeItems.map((items) => ({ ...kind, items })))
  const elapsed = variants.map((): number[] => [])
  const bytesPerLine = new Map<Variant, number>()
  // The short lines come first: they are what the others are compared with.
  const wanted = new Map<string, Headlines>()
  // All rounds of a kind follow each other: the files of all of them may not fit into the page cache.
  for (const kind of KINDS) {
    const files = variants
      .map((variant, index) => ({ variant, index }))
      .filter(({ variant }) => variant.shape === kind.shape && variant.popularity === kind.popularity)
      .map((found) => ({ ...found, input: fileOf(found.variant, options) }))
    for (const { input } of files) await warmPageCache(input.path)
    for (let round = 0; round < shapeRuns; round++) {
      for (const { variant, index, input } of round % 2 === 0 ? files : [...files].reverse()) {
        tell(`shapes: round ${round + 1} of ${shapeRuns}, ${nameOf(variant)}`)
        const { run, headlines } = await runFootfall(input, workers)
        const content = `${variant.popularity} ${variant.items}`
        const same = wanted.get(content)
        if (same === undefined) wanted.set(content, headlines)
        else checkSameHeadlines(nameOf(variant), headlines, `short ${content}`, same)
        elapsed[index]!.push(run.elapsedMs)
        bytesPerLine.set(variant, input.sizeBytes / input.events)
      }
    }
  }
  const figures = variants.map((variant, index): ShapeFigures => {
    const perSecond = options.shapeEvents / (median(elapsed[index]!) / 1000)
    const bytes = bytesPerLine.get(variant)!
    return {
      ...variant,
      bytesPerLine: bytes,
      elapsedMs: elapsed[index]!,
      eventsPerSecond: perSecond,
      megabytesPerSecond: (perSecond * bytes) / 1e6,
      digest: digestOf(wanted.get(`${variant.popularity} ${variant.items}`)!)
    }
  })
  const mostToFewest = KINDS.map((kind) => ({ ...kind, ...mostToFewestOf(kind, figures) }))
  return { events: options.shapeEvents, workers, figures, mostToFewest }
}

function mostToFewestOf(
  { shape, popularity }: Omit<Variant, 'items'>,
  figures: readonly ShapeFigures[]
): { ratio: number; rounds: number[] } {
  const ofKind = figures.filter((found) => found.shape === shape && found.popularity === popularity)
  const [fewest, most] = [ofKind[0]!, ofKind.at(-1)!]
  const rounds = fewest.elapsedMs.map((ms, round) => ms / most.elapsedMs[round]!)
  return { ratio: median(rounds), rounds }
}

function nameOf({ shape, popularity, items }: Variant): string {
  return `${shape} ${popularity} ${items}`
}

function fileOf({ shape, popularity, items }: Variant, options: BenchmarkOptions): InputFile {
  const ofShop = { ...options, events: options.shapeEvents, items }
  const plain = shopFile(ofShop)
  if (shape === 'short' && popularity === 'zipf') return plain
  const { customers, seed } = options
  const name = `${shape}-${popularity}-${plain.events}-${items}-${customers}-${plain.hours}h-${seed}`
  const path = cachedFile(
    name,
    function* () {
      const reshape = popularity === 'uniform' ? uniformItems(items, seed) : RESHAPES[shape](seed)
      for (const piece of shopPieces(ofShop)) yield reshape(piece)
    },
    options
  )
  return { ...plain, path, sizeBytes: statSync(path).size }
}
