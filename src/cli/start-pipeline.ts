import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FootfallError, describeError } from '../base/errors.js'
import { packageFile } from '../base/package-file.js'
import { DEFAULT_COMMIT_SECONDS, HISTORY_MEMORY_MB, SHIPPED_COMMIT_SECONDS } from '../base/limits.js'
import { Pipeline, type HistorySettings, type PipelineOptions } from '../ingest/pipeline.js'
import { chooseMapping } from './choose-mapping.js'
import type { ProcessingOptions } from './options.js'
import type { ShippingOptions } from './shipping.js'
import { tell } from './status-line.js'

const THREADS = {
  reader: packageFile('dist/threads/reader.cjs'),
  pool: packageFile('dist/threads/pool.cjs'),
  historian: packageFile('dist/threads/historian.cjs')
}

/** What is kept beyond the live window: nothing, or what a directory holds. */
export type Keeping = 'nothing' | { readonly dataDir: string }

/** The database of a data directory. */
export const DATABASE = 'history.duckdb'
export const DEAD_LETTERS = 'dead-letters.jsonl'

/** Starts the pipeline that the options describe. */
export function startPipeline(
  file: string,
  follow: boolean,
  keeping: Keeping,
  options: ProcessingOptions & { readonly shipping?: ShippingOptions | null },
  noticed: NonNullable<PipelineOptions['noticed']> = tell
): Pipeline {
  if (options.maxGap !== undefined && options.speed === null) {
    throw new FootfallError(
      'usage',
      '--max-gap needs a --speed other than max: without one no silence is played'
    )
  }
  const dataDir = typeof keeping === 'object' ? keeping.dataDir : null
  if (dataDir !== null) makeDirectory(dataDir)
  return new Pipeline({
    threads: THREADS,
    source: {
      name: file,
      follow,
      chunkBytes: options.chunkSize,
      speed: options.speed,
      ...(options.maxGap === undefined ? {} : { maxGapMs: options.maxGap })
    },
    noticed,
    workers: options.workers,
    clock: options.clock,
    memoryBytes: options.memory,
    minorDigits: options.currency.minorDigits,
    mapping: chooseMapping(file, follow, dataDir, options, (message) => {
      noticed(message, 'info')
    }),
    deadLetterPath: dataDir === null ? null : join(dataDir, DEAD_LETTERS),
    deadLetterBytes: options.deadLettersSize,
    history: dataDir === null ? null : historyOf(dataDir, options, options.shipping ?? null)
  })
}

function historyOf(
  dataDir: string,
  options: ProcessingOptions,
  shipping: ShippingOptions | null
): HistorySettings {
  const { timeZone, keepDays, keepWeeks } = options
  // What is shipped is as fresh elsewhere as commits are frequent.
  const interval =
    options.commitInterval ?? (shipping === null ? DEFAULT_COMMIT_SECONDS : SHIPPED_COMMIT_SECONDS)
  return {
    path: join(dataDir, DATABASE),
    timeZone,
    currency: options.currency.code,
    keepDays,
    keepWeeks,
    maxItemsPerBucket: options.maxItemsPerBucket ?? null,
    memoryLimitMb: HISTORY_MEMORY_MB,
    commitIntervalMs: interval * 1000,
    ...(shipping === null ? {} : { shipping: shipping.setup }),
    ...(shipping?.newSeed === undefined ? {} : { newSeed: shipping.newSeed })
  }
}

/** Step by step: with `recursive` Node hangs where a file system has a directory but lets nobody make one in it. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
    const parent = dirname(path)
    if (code === 'ENOENT' && !existsSync(parent)) {
      makeDirectory(parent)
      makeDirectory(path)
      return
    }
    throw new FootfallError('output', `cannot make the data directory ${path}: ${describeError(error)}`, {
      cause: error
    })
  }
}
