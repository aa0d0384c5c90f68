import type { MessagePort } from 'node:worker_threads'
import { DEFAULT_DEAD_LETTERS_BYTES } from '../base/limits.js'
import type { Store } from '../store/store.js'
import type { ReaderSetup, Recovery } from './messages.js'
import type { PipelineOptions } from './pipeline-options.js'

/** What the reader of a run is started with. */
export function readerSetupOf(
  options: PipelineOptions,
  store: Store,
  pool: readonly MessagePort[],
  recovery: Recovery
): ReaderSetup {
  const { threads, source, clock, minorDigits, mapping, history, faults = {} } = options
  return {
    store,
    source,
    parser: { minorDigits, mapping },
    faults,
    clock,
    deadLetters: deadLettersOf(options),
    history: history === null ? null : { ...history, url: threads.historian.href },
    pool,
    recovery
  }
}

function deadLettersOf({ deadLetterPath, deadLetterBytes }: PipelineOptions): ReaderSetup['deadLetters'] {
  if (deadLetterPath === null) return null
  return { path: deadLetterPath, maxBytes: deadLetterBytes ?? DEFAULT_DEAD_LETTERS_BYTES }
}
