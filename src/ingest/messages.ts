import type { MessagePort } from 'node:worker_threads'
import type { FailureCode } from '../base/errors.js'
import type { HistoryOptions } from '../base/history-options.js'
import type { FieldMapping } from '../event/mapping.js'
import type { RejectionReason } from '../event/event.js'
import type { Changes } from '../store/changes.js'
import type { Commit, LastCommit } from '../store/commit.js'
import type { LiveAnswer, LiveQuestion } from '../store/live.js'
import type { Restored } from '../store/restore.js'
import type { Store } from '../store/store.js'
import type { ShippingReport, ShippingSetup } from './shipping-report.js'

/** Every message between the threads. */

// ── main → reader: at start ─────────────────────────────────────────────────

export interface ReaderSetup {
  readonly store: Store
  readonly source: SourceOptions
  readonly parser: ParserOptions
  readonly faults: Faults
  /** One to each thread of the pool. */
  readonly pool: readonly MessagePort[]
  readonly clock: 'event' | 'wall'
  /** Where rejected lines are written; null: they are only counted. */
  readonly deadLetters: DeadLetterSetup | null
  /** What outlasts the live window and the process; null: nothing does. */
  readonly history: HistorySetup | null
  readonly recovery: Recovery
}

/** What earlier runs of ingest in this process have failed at. */
export interface Recovery {
  /** Where in the source threads have failed: lines there are counted one by one. */
  readonly suspects: readonly SourceRange[]
  /** Lines that are not to be looked at. */
  readonly quarantined: readonly QuarantinedLine[]
  /** Byte of the source up to which it has been answered for: what comes before is played as fast as possible. */
  readonly reached: number
}

/** Bytes of the source, [offset, end). */
export interface SourceRange {
  readonly offset: number
  readonly end: number
}

export interface QuarantinedLine extends SourceRange {
  /** SHA-256 of its bytes as they are dispatched, in hex: another file may have another line there. */
  readonly hash: string
}

export interface DeadLetterSetup {
  readonly path: string
  /** A file of this size is set aside; bytes. */
  readonly maxBytes: number
}

export interface HistorySetup extends HistoryOptions {
  /** URL of the historian's module. */
  readonly url: string
  readonly commitIntervalMs: number
  /** Where commits are shipped to besides; by default nowhere. */
  readonly shipping?: ShippingSetup
}

export interface SourceOptions {
  /** A path, or `-` for standard input. */
  readonly name: string
  /** Whether to wait for the file, and for more at its end. */
  readonly follow: boolean
  /** Read at once at the most; bytes. */
  readonly chunkBytes: number
  /** Event time a real time; null: as fast as possible. */
  readonly speed: number | null
  /** With a speed, silences of event time are played as if they were so long at the most; ms, default: as they are. */
  readonly maxGapMs?: number
}

export interface ParserOptions {
  /** Decimals of the currency. */
  readonly minorDigits: number
  readonly mapping: FieldMapping
}

/** Test only: ways to break the pipeline, so that tests can show that they would notice. */
export interface Faults {
  /** The first batches are applied in the wrong order, two and two; the source must have some 100. */
  readonly unordered?: boolean
  /** A board is published before its batch is applied, under the batch's offset. */
  readonly earlyBoard?: boolean
  /** Heap that a thread of the pool may take, MB: so that it runs out of it soon. */
  readonly heapMb?: number
}

// ── main → reader ───────────────────────────────────────────────────────────

export type Request =
  | { readonly kind: 'live'; readonly id: number; readonly question: LiveQuestion }
  | { readonly kind: 'history'; readonly id: number; readonly question: HistoryQuestion }
  | { readonly kind: 'rejects'; readonly id: number }
  /** `withinMs`: for so long what is not committed may be; null: for as long as it takes. */
  | { readonly kind: 'stop'; readonly withinMs: number | null }
  /** A thread of the pool has failed. */
  | { readonly kind: 'pool-failed'; readonly failure: Failure }

/** A question to the historian, who knows what it means. */
export interface HistoryQuestion {
  readonly kind: string
}

// ── reader → main ───────────────────────────────────────────────────────────

export type Report =
  | { readonly kind: 'progress'; readonly state: SourceState; readonly sizeBytes: number | null }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: LiveAnswer }
  | { readonly kind: 'history'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'rejects'; readonly id: number; readonly answer: LastRejects }
  | { readonly kind: 'refused'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'commit'; readonly commit: CommitReport }
  | { readonly kind: 'shipping'; readonly shipping: ShippingReport }
  /** A source has been opened. `growing`: it is a file that can be read again. */
  | { readonly kind: 'begun'; readonly growing: boolean }
  /** Something that whoever runs footfall should know of, and that does not end it. */
  | { readonly kind: 'notice'; readonly message: string }
  /** The same, and it stays true. */
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'dead-letters'; readonly state: DeadLetterState }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** Everything that was read is applied and published; the reader is about to end. */
  | { readonly kind: 'done' }

/** How the last commit went. */
export interface CommitReport {
  /** Number of the last commit that was made, 0 before the first; what it includes of the source. */
  readonly number: number
  readonly offset: number
  /** When it was made, epoch ms, null when by an earlier run; and how long it took, ms. */
  readonly at: number | null
  readonly durationMs: number
  /** Why a later one could not be made; it is tried again. */
  readonly error: string | null
}

/** What has become of this run's dead letters. */
export interface DeadLetterState {
  readonly written: number
  /** Some of these wait to be written, the others are given up. */
  readonly unwritten: number
  /** What went with old files, of whatever run. */
  readonly dropped: number
  /** Why they cannot be written now; it is tried again. */
  readonly error: string | null
}

/** The last rejected lines, the oldest first. */
export interface LastRejects {
  readonly lines: readonly (RejectedLine & {
    /** Lines of the same number are of one file, and none between them is missing; null: of an earlier run. */
    readonly file: number | null
  })[]
  /** The number of the present file, and the byte up to which all its rejected lines were taken. */
  readonly file: number
  readonly end: number
}

/**
 * `waiting`: the source is not there yet. `catching_up`: there is more to read.
 * `live`: at its end, which may grow. `ended`: it can bring nothing more.
 */
export type SourceState = 'waiting' | 'catching_up' | 'live' | 'ended'

export interface Failure {
  readonly code: FailureCode
  readonly message: string
}

// ── main → pool: at start ───────────────────────────────────────────────────

export interface PoolSetup extends ParserOptions {
  readonly store: Store
  readonly faults: Faults
  /** Whether results carry all rejected lines, or those that are shown alone. */
  readonly deadLetters: boolean
}

/** What each thread is called with: its end of a port of the reader's. */
export interface PoolCall {
  readonly port: MessagePort
}

// ── reader → pool ───────────────────────────────────────────────────────────

/**
 * Work on the store besides batches, which threads find in the shared memory.
 * `ticket` is its number in the order of all work, i32.
 */
export type Task = { readonly ticket: number } & (
  | { readonly kind: 'publish' }
  | { readonly kind: 'tick'; readonly wallMs: number }
  /** Nothing more comes: an event that is held until the next one decides on it is right. */
  | { readonly kind: 'confirm' }
  | { readonly kind: 'live'; readonly question: LiveQuestion }
  /** The state of an earlier run, if any, before anything is counted; and the byte at which the source begins or goes on. */
  | { readonly kind: 'restore'; readonly state: Restored | null; readonly offset: number }
  /** Takes what has changed since the last time. */
  | { readonly kind: 'changes' }
)

// ── pool → reader ───────────────────────────────────────────────────────────

/** What a thread has done, and what it has applied since it last told. */
export interface PoolResult {
  readonly done: Done | null
  readonly applied: readonly Applied[]
}

export type Done = { readonly ticket: number } &
  /** A batch that is parsed, in which lines were rejected; it is done when some thread says that it has been applied. */
  (
    | { readonly kind: 'parsed'; readonly rejections: readonly Rejection[] }
    /** How long publishing took; ms. */
    | { readonly kind: 'published'; readonly publishMs: number }
    | { readonly kind: 'answered'; readonly answer: LiveAnswer }
    | { readonly kind: 'restored' }
    | { readonly kind: 'changed'; readonly changes: Changes }
  )

/** A batch that a thread has applied, its own or another's. */
export interface Applied {
  readonly ticket: number
  /** Whether lines of it were rejected as it was parsed: then that is told too, before this or after it. */
  readonly hasRejections: boolean
  /** Lines ahead of the clock. */
  readonly rejections: readonly Rejection[]
  /** How long publishing took, ms; null where no board was published. */
  readonly publishMs: number | null
  /** Rows of days and new items that wait for a commit, as a share of what may. */
  readonly waiting: number
}

/** A rejected line, as it goes to the dead-letter file. */
export interface Rejection {
  /** Byte of the source at which the line begins. */
  readonly offset: number
  readonly reason: RejectionReason
  readonly detail: string
  /** The line's first bytes, at most MAX_EXCERPT_BYTES; what is no UTF-8 is replaced. */
  readonly excerpt: string
}

/** A rejected line of a source that has a name. */
export interface RejectedLine extends Rejection {
  readonly source: string
}

// ── reader ↔ historian ──────────────────────────────────────────────────────

/** What the historian found when it opened. */
export interface Opened {
  /** 8 bytes: the seed of the hashes that the history is kept by. */
  readonly seed: Uint8Array
  /** Null: nothing was committed yet. */
  readonly restored: LastCommit | null
}

export type HistorianRequest =
  | { readonly kind: 'commit'; readonly id: number; readonly commit: Commit }
  | { readonly kind: 'ask'; readonly id: number; readonly question: HistoryQuestion }
  /** Gives up whatever was requested before it. */
  | { readonly kind: 'interrupt'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number }

export type HistorianReport =
  | { readonly kind: 'opened'; readonly opened: Opened }
  | { readonly kind: 'done'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'shipping'; readonly shipping: ShippingReport }
  | { readonly kind: 'notice'; readonly message: string }
  /** `id` null: it could not be opened. */
  | { readonly kind: 'failed'; readonly id: number | null; readonly failure: Failure }
