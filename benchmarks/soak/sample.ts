import { readFileSync, readdirSync } from 'node:fs'
import type { Status } from '../../src/query/shapes.js'

/** A server at one moment of a run. */
export interface Sample {
  readonly seconds: number
  readonly lines: number
  readonly rssBytes: number
  /** The most it has had. */
  readonly peakBytes: number
  /** Of that, what the store has in use; grows until the live window is full. */
  readonly storeBytes: number
  readonly cells: number
  readonly descriptors: number
  readonly threads: number
  readonly lagBytes: number
  readonly databaseBytes: number
}

/** Reads /proc, which only Linux has: elsewhere it throws. */
export function sampleOf(pid: number, seconds: number, status: Status): Sample {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  const number = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1])
  return {
    seconds: Math.round(seconds * 10) / 10,
    lines: status.accounting.lines,
    rssBytes: number('VmRSS') * 1024,
    peakBytes: number('VmHWM') * 1024,
    storeBytes: status.memory.store_bytes,
    cells: status.memory.cells,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: number('Threads'),
    lagBytes: status.source.lag_bytes ?? 0,
    databaseBytes: status.history?.database_bytes ?? 0
  }
}
