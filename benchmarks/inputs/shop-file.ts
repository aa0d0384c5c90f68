import { statSync } from 'node:fs'
import { generateChunks, type ShopOptions } from '../../src/generator/generate.js'
import type { BenchmarkOptions } from '../options.js'
import { cachedFile } from './cached.js'

/** In the past wherever the benchmarks run, so that no event is ahead of the clock. */
export const START_MS = Date.UTC(2025, 0, 1)

/** The span of the file; ten times as many events take ten times as long. */
const HOURS = 72

/** The span of the file whose minutes are all live, and how many times more events it has. */
const LIVE_HOURS = 24
const LIVE_SCALE = 1.2

/** How many times more events the large file has. */
export const LARGE_SCALE = 10

/** Of the file that is long enough for what goes on beside its counting to be steady. */
export const LONG_SCALE = 20

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
  return fileOf(options, options.events * scale, HOURS * scale)
}

/** Over 3 M cells at the default 5 M events and 50,000 items; all of them stay in the live window. */
export function liveFile(options: BenchmarkOptions): InputFile {
  return fileOf(options, Math.round(options.events * LIVE_SCALE), LIVE_HOURS)
}

function fileOf(options: BenchmarkOptions, events: number, hours: number): InputFile {
  const { items, customers, seed } = options
  const name = `shop-${events}-${items}-${customers}-${hours}h-${seed}`
  const path = cachedFile(name, () => piecesOf(options, events, hours), options)
  return { path, events, hours, sizeBytes: statSync(path).size }
}

/** The text of a shop's file, in pieces of whole lines. */
export function shopPieces(options: BenchmarkOptions, scale = 1): Iterable<string> {
  return piecesOf(options, options.events * scale, HOURS * scale)
}

function piecesOf(
  { items, customers, seed }: BenchmarkOptions,
  events: number,
  hours: number
): Iterable<string> {
  const shop: ShopOptions = { events, items, customers, seed, hours, startMs: START_MS }
  return generateChunks(shop)
}
