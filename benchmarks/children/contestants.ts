import type { Headlines } from '../headlines.js'
import type { InputFile } from '../inputs/shop-file.js'
import type { PeerAnswer } from '../peers/answer.js'
import { runChild, type Finished } from './child.js'
import { replay } from './footfall.js'
import { peerScript } from './project.js'

/** A program that counts a file, with so many threads: footfall's workers, DuckDB's threads. */
export interface Contestant {
  readonly program: 'footfall' | 'duckdb' | 'readline'
  readonly threads: number
}

/** One run of one contestant. */
export interface Run {
  /** The work alone, as the contestant measured it; ms. */
  readonly elapsedMs: number
  /** The whole process, its start included; ms. */
  readonly processMs: number
  /** Time on all processors; ms. */
  readonly cpuMs: number
  readonly peakRssBytes: number
}

export interface Outcome {
  readonly run: Run
  readonly headlines: Headlines
}

/** What a contestant is called in results: `footfall-2`. */
export function nameOf({ program, threads }: Contestant): string {
  return `${program}-${threads}`
}

/** Runs a contestant over a file; rejects when footfall did not accept every event. */
export async function compete({ program, threads }: Contestant, input: InputFile): Promise<Outcome> {
  switch (program) {
    case 'footfall':
      return runFootfall(input, threads)
    case 'duckdb':
      return runPeer('duckdb', [input.path, String(threads)])
    case 'readline':
      return runPeer('read-lines', [input.path])
  }
}

/**
 * Replays a file all of whose lines are events that the scanner takes; rejects
 * when one was not accepted, or went to the reference parser.
 */
export async function runFootfall(input: InputFile, workers: number): Promise<Outcome> {
  const { result, headlines, ...used } = await replay(input.path, workers)
  const { lines, accepted, fallback } = result.accounting
  if (accepted !== input.events || lines !== input.events || fallback !== 0) {
    throw new Error(
      `footfall accepted ${accepted} of ${input.events} events in ${lines} lines of ${input.path}, ${fallback} by the reference parser`
    )
  }
  return { run: runOf(result.elapsed_ms, used), headlines }
}

async function runPeer(script: string, args: readonly string[]): Promise<Outcome> {
  const { stdout, ...used } = await runChild(peerScript(script), args)
  const { headlines, elapsedMs } = JSON.parse(stdout) as PeerAnswer
  return { run: runOf(elapsedMs, used), headlines }
}

function runOf(elapsedMs: number, { processMs, cpuMs, peakRssBytes }: Omit<Finished, 'stdout'>): Run {
  return { elapsedMs, processMs, cpuMs, peakRssBytes }
}
