import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FootfallError, describeError } from '../base/errors.js'
import { IDENTITY_MAPPING, MappingError, parseMapping, type FieldMapping } from '../event/mapping.js'
import { PRESETS } from '../event/presets.js'
import { Pipeline } from '../ingest/pipeline.js'
import type { ProcessingOptions } from './options.js'

const THREADS = {
  reader: new URL('../../workers/reader.js', import.meta.url),
  pool: new URL('../../workers/pool.js', import.meta.url)
}

/** Starts the pipeline that the options describe; `dataDir` null: nothing is written. */
export function startPipeline(
  file: string,
  follow: boolean,
  dataDir: string | null,
  options: ProcessingOptions
): Pipeline {
  return new Pipeline({
    threads: THREADS,
    source: { name: file, follow, chunkBytes: options.chunkSize, speed: options.speed },
    workers: options.workers,
    clock: options.clock,
    minorDigits: options.currency.minorDigits,
    mapping: readMapping(options),
    deadLetterPath: dataDir === null ? null : deadLetterPath(dataDir)
  })
}

function deadLetterPath(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true })
  } catch (error) {
    throw new FootfallError('output', `cannot make the data directory ${dataDir}: ${describeError(error)}`, {
      cause: error
    })
  }
  return join(dataDir, 'dead-letters.jsonl')
}

function readMapping({ map, preset }: ProcessingOptions): FieldMapping {
  try {
    return parseMapping(map, preset === undefined ? IDENTITY_MAPPING : PRESETS[preset])
  } catch (error) {
    throw error instanceof MappingError ? new FootfallError('usage', error.message) : error
  }
}
