import './untracked.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { Pipeline, type PipelineOptions } from '../../src/ingest/pipeline.js'

const THREADS = {
  reader: new URL('../../threads/reader.cjs', import.meta.url),
  pool: new URL('../../threads/pool.cjs', import.meta.url),
  historian: new URL('../../threads/historian.cjs', import.meta.url)
}

export type TestPipelineOptions = Partial<Omit<PipelineOptions, 'source' | 'threads'>> & {
  readonly file: string
  readonly follow?: boolean
  readonly chunkBytes?: number
  readonly speed?: number | null
  /** Modules that threads are started from instead of the product's. */
  readonly threads?: Partial<PipelineOptions['threads']>
}

/** A real pipeline over a file, stopped when the test ends. */
export function startTestPipeline(
  t: Test,
  { file, follow = false, chunkBytes = 65536, speed = null, threads, ...rest }: TestPipelineOptions
) {
  const pipeline = new Pipeline({
    threads: { ...THREADS, ...threads },
    source: { name: file, follow, chunkBytes, speed },
    workers: 2,
    clock: 'event',
    minorDigits: 2,
    mapping: IDENTITY_MAPPING,
    deadLetterPath: null,
    history: null,
    ...rest
  })
  t.teardown(() => pipeline.stop().catch(() => undefined))
  return pipeline
}

/** A folder of the test's own, removed when it ends. */
export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'footfall-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Asks a pipeline for the best items over the last `minutes` minutes. */
export function rankOf(pipeline: Pipeline, metric: number, minutes: number) {
  return pipeline.askLive({ kind: 'ranking', metric, minutes, asOf: null, compare: false })
}
