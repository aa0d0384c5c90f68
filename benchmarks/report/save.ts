import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../children/project.js'
import type { BenchmarkOptions } from '../options.js'
import type { Results } from '../run.js'
import type { Machine } from './machine.js'

/** Where results are kept that are worth it; the README's figures are made from the newest of them. */
export const RESULTS_FOLDER = join(PROJECT_FOLDER, 'benchmarks', 'results')

/** What a file of that folder holds. */
export interface SavedResult {
  readonly machine: Machine
  readonly options: Omit<BenchmarkOptions, 'folder' | 'tell'>
  readonly results: Results
}

/** Writes what was measured into `benchmarks/results`, named by date and commit; the path. */
export function save(
  machine: Machine,
  options: BenchmarkOptions,
  results: Results,
  folder = RESULTS_FOLDER
): string {
  const saved: SavedResult = { machine, options, results }
  return write(machine, saved, folder)
}

/** Writes a file of that folder, or of another; the path. Where the inputs lay says nothing about the figures. */
export function write(machine: Machine, saved: object, folder: string): string {
  const text = JSON.stringify(saved, (name, value: unknown) => (name === 'folder' ? undefined : value), 2)
  const stamp = machine.date.replace(/[-:]|\.\d+/g, '')
  const path = join(folder, `${stamp}-${machine.commit}.json`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, `${text}\n`)
  return path
}
