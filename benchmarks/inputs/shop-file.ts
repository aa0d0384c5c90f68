import { statSync } from 'node:fs'
import { generateChunks, type ShopOptions } from '../../src/generator/generate.js'
import type { BenchmarkOptions } from '../options.js'
import { cachedFile } from './cached.js'

/** In the past wherever the benchmarks run, so that no event is ahead of the clock. */
export const START_MS = Date.UTC(2025, 0, 1)

/** The span of the file; ten times as many events take ten times as long. */
const HOURS = 72

/** How many times more events the large file has. */
export const LARGE_SCALE = 10

export interface InputFile {
  readonly path: string
  readonly events: number
  readonly hours: number
  readonly sizeBytes: number
}

/** Enough for full lists, and read in a moment. */
const API_EVENTS = 20_000

/** The small file behind servers that are asked, not filled. */
export function apiFile(options: BenchmarkOptions): InputFile {
  return shopFile({ ...options, events: Math.min(options.events, API_EVENTS) })
}

/** A simulated shop's file: `scale` times the events over `scale` times three days, at the same rate. */
export function shopFile(options: BenchmarkOptions, scale = 1): InputFile {
  const { items, customers, seed } = options
  const events = options.events * scale
  const hours = HOURS * scale
  const name = `shop-${events}-${items}-${customers}-${hours}h-${seed}`
  const path = cachedFile(name, () => shopPieces(options, scale), options)
  return { path, events, hours, sizeBytes: statSync(path).size }
}

/** The text of that file, in pieces of whole lines. */
export function shopPieces(options: BenchmarkOptions, scale = 1): Iterable<string> {
  const { items, customers, seed } = options
  const events = options.events * scale
  const shop: ShopOptions = { events, items, customers, seed, hours: HOURS * scale, startMs: START_MS }
  return generateChunks(shop)
}
