import type { FieldMapping } from '../event/mapping.js'
import type { Capacity } from '../store/layout.js'
import type { Faults, HistorySetup, SourceOptions } from './messages.js'
import type { NoticeLevel } from './notice-level.js'

export type HistorySettings = Omit<HistorySetup, 'url'>

export interface PipelineOptions {
  /** URLs of the modules that threads are started from. */
  readonly threads: { readonly reader: URL; readonly pool: URL; readonly historian: URL }
  readonly source: SourceOptions
  readonly workers: number
  readonly clock: 'event' | 'wall'
  readonly minorDigits: number
  readonly mapping: FieldMapping
  /** Where rejected lines are written; null: they are only counted. */
  readonly deadLetterPath: string | null
  /** A dead-letter file of this size is set aside. Default: DEFAULT_DEAD_LETTERS_BYTES. */
  readonly deadLetterBytes?: number
  /** What outlasts the live window and the process; null: nothing does. */
  readonly history: HistorySettings | null
  /** Called with what whoever runs footfall should know of, and that does not end it. */
  readonly noticed?: (message: string, level: NoticeLevel) => void
  /** What the whole process may take; bytes. Default: DEFAULT_MEMORY_BYTES. */
  readonly memoryBytes?: number
  /** Test only: what the store has room for, in place of what the memory allows. */
  readonly capacity?: Capacity
  /** How long a thread may be at one batch; default: BATCH_DEADLINE_MS. */
  readonly batchDeadlineMs?: number
  /** Test only. */
  readonly faults?: Faults & { readonly keepMinute?: boolean }
}

/** That answers are not of the present, and why. */
export interface Degraded {
  /** One line. */
  readonly reason: string
  /** Epoch ms. */
  readonly sinceMs: number
}
