import { Worker } from 'node:worker_threads'
import { FootfallError } from '../base/errors.js'
import { BATCH_DEADLINE_MS, DEADLINE_LOOKS, HUNG_TEARDOWN_MS, TEARDOWN_MS } from '../base/limits.js'
import { BoardReader } from '../store/board.js'
import { seedHashes } from '../store/seed.js'
import type { Store } from '../store/store.js'
import { unfinishedBatches, type UnfinishedBatch } from '../store/unfinished.js'
import { Asked } from './asked.js'
import { Deadline } from './deadline.js'
import { PoolThreads } from './pool-threads.js'
import { readerSetupOf } from './reader-setup.js'
import { storeFor } from './run-store.js'
import type { PipelineOptions } from './pipeline.js'
import { SourceLag } from './source-lag.js'
import type { CommitReport, DeadLetterState, Recovery, Report, Request, SourceState } from './messages.js'
import type { ShippingReport } from './shipping-report.js'

/** What has become of a run. */
export interface RunEnd {
  /** Null: everything is applied, published and committed. */
  readonly failure: FootfallError | null
  /** What threads were at that failed. */
  readonly unfinished: readonly UnfinishedBatch[]
}

/** What whoever started a run is told of it. */
export interface RunEvents {
  /** Something has changed; a board may have been published. */
  readonly progress: () => void
  /** A while has gone by. */
  readonly look: () => void
  /** Something that stays true and should be looked at. */
  readonly warned: (message: string) => void
  /** A commit has failed; it is tried again. */
  readonly commitFailed: () => void
  /** It has failed, and is being taken down. Once at most. */
  readonly failing: (failure: FootfallError) => void
}

/**
 * One run of ingest: a store, and the threads that work on it, from their start
 * until all of them have ended. What fails in one thread ends the run: its store
 * is suspect then, and nothing of it is used but the boards that it had published.
 */
export class PipelineRun {
  readonly boards: BoardReader
  /** Resolves when the run has ended: after a failure all its threads have, and its database is closed. */
  readonly ended: Promise<RunEnd>
  readonly #options: PipelineOptions
  readonly #events: RunEvents
  readonly #store: Store
  readonly #deadline: Deadline
  readonly #pool: PoolThreads
  readonly #reader: Worker
  readonly #asked = new Asked()
  readonly #lag = new SourceLag()
  #state: SourceState = 'waiting'
  #sizeBytes: number | null = null
  #commit: CommitReport | null = null
  #shipping: ShippingReport | null = null
  #deadLetters: DeadLetterState | null = null
  #isRepeatable = true
  #sources = 0
  #failure: FootfallError | null = null
  #isHung = false
  #isDone = false
  /** Ends the reader where it does not end by itself. */
  #endingReader: NodeJS.Timeout | undefined
  #endReader: () => void = () => undefined

  /** `boardsBefore`: number of the last board of the run before it. Throws a FootfallError when there is no room for a store. */
  constructor(options: PipelineOptions, recovery: Recovery, boardsBefore: number, events: RunEvents) {
    const { threads, workers, minorDigits, mapping, history, faults = {} } = options
    this.#options = options
    this.#events = events
    this.#store = storeFor(options)
    // Customers can be told apart on all machines by one seed alone.
    if (history?.newSeed !== undefined) seedHashes(this.#store, history.newSeed)
    this.boards = new BoardReader(this.#store, boardsBefore)
    this.#deadline = new Deadline(this.#store)
    const parser = { minorDigits, mapping }
    const deadLetters = options.deadLetterPath !== null
    const poolSetup = { store: this.#store, faults, deadLetters, ...parser }
    this.#pool = new PoolThreads(threads.pool, workers, poolSetup, ({ code, message }) => {
      this.#fail(new FootfallError(code, message))
    })
    const readerSetup = readerSetupOf(options, this.#store, this.#pool.ports, recovery)
    this.#reader = new Worker(threads.reader, {
      workerData: readerSetup,
      transferList: [...this.#pool.ports],
      execArgv: [],
      // A pipe closes its own descriptor. Node would close it once more when the thread ends: by then it may be another file's.
      trackUnmanagedFds: false
    })
    this.ended = this.#follow()
  }

  /** How the last commit went; null where no history is kept, or it is not open yet. */
  get commit(): CommitReport | null {
    return this.#commit
  }

  /** How far shipping has come; null where nothing is shipped, or it has not begun. */
  get shipping(): ShippingReport | null {
    return this.#shipping
  }

  /** What has become of dead letters; null where none are written, or their file is not open yet. */
  get deadLetters(): DeadLetterState | null {
    return this.#deadLetters
  }

  get state(): SourceState {
    return this.#state
  }

  /** Size of the source; null for a stream, and before it was opened. */
  get sizeBytes(): number | null {
    return this.#sizeBytes
  }

  /** Whether another run could count all that this one has: not where a stream was read, nor where a file has been left and no history kept. */
  get isRepeatable(): boolean {
    return this.#isRepeatable
  }

  /** Whether the memory budget has cost something, maybe not on a board yet. */
  get hasLosses(): boolean {
    return this.boards.hasLosses()
  }

  /** Whether it has failed, and is being taken down or has been. */
  get hasFailed(): boolean {
    return this.#failure !== null
  }

  /** Whether there is nothing more to read for now, and what was read is applied. */
  get isAtRest(): boolean {
    return (this.#state === 'live' || this.#state === 'ended') && this.#deadline.isIdle
  }

  /** Tasks of the store that are under way. */
  get tasks(): number {
    return this.#deadline.tasks
  }

  /** For how long what comes next to `offset` has been there; s. */
  lagSeconds(offset: number): number {
    return this.#lag.seconds(offset, performance.now())
  }

  /** Questions without an answer. */
  get questions(): number {
    return this.#asked.size
  }

  /** Posts a question under a number of its own; rejects with a FootfallError when the run has ended. */
  ask(request: (id: number) => Request): Promise<unknown> {
    return this.#asked.ask((id) => {
      this.#post(request(id))
    })
  }

  /** Stops reading: what was read is applied, published and committed. `withinMs`: or given up; null: however long it takes. */
  stop(withinMs: number | null): void {
    this.#post({ kind: 'stop', withinMs })
  }

  #post(request: Request): void {
    this.#reader.postMessage(request)
  }

  async #follow(): Promise<RunEnd> {
    const looks = this.#look()
    await new Promise<void>((resolve) => {
      this.#endReader = resolve
      this.#reader.on('message', (report: Report) => {
        this.#take(report)
      })
      this.#reader.on('error', (error) => {
        this.#fail(new FootfallError('ingest', `the reader failed: ${error.message}`, { cause: error }))
      })
      // The historian is a thread of the reader's: it has ended too.
      this.#reader.on('exit', () => {
        this.#fail(new FootfallError('ingest', 'the reader has ended unexpectedly'))
        resolve()
      })
    })
    clearInterval(looks)
    if (this.#failure !== null) return this.#takeDown(this.#failure)
    this.#asked.end(new FootfallError('ingest', 'the pipeline has ended'))
    await this.#pool.close()
    return { failure: null, unfinished: [] }
  }

  async #takeDown(failure: FootfallError): Promise<RunEnd> {
    clearTimeout(this.#endingReader)
    await this.#reader.terminate()
    await this.#pool.terminate(this.#isHung ? HUNG_TEARDOWN_MS : TEARDOWN_MS)
    return { failure, unfinished: unfinishedBatches(this.#store) }
  }

  /** The first failure is the one that is told; when all is done, none matters. */
  #fail(failure: FootfallError): void {
    if (this.#failure !== null || this.#isDone) return
    this.#failure = failure
    this.#events.failing(failure)
    this.#asked.end(restarting(failure))
    this.#pool.abort()
    // The reader closes the database: a commit that is being written is finished, if that does not take too long.
    this.#post({ kind: 'pool-failed', failure: { code: failure.code, message: failure.message } })
    this.#endingReader = setTimeout(() => {
      void this.#reader.terminate()
    }, TEARDOWN_MS)
  }

  #look(): NodeJS.Timeout {
    const { batchDeadlineMs = BATCH_DEADLINE_MS } = this.#options
    return setInterval(() => {
      const late = this.#deadline.look()
      if (late !== null && this.#failure === null) {
        this.#isHung = true
        const seconds = batchDeadlineMs / 1000
        const what = late === 'batch' ? `a batch for over ${seconds} s` : 'a task for far too long'
        this.#fail(new FootfallError('ingest', `a worker hangs: it has been at ${what}`))
      }
      this.#events.look()
    }, batchDeadlineMs / DEADLINE_LOOKS).unref()
  }

  #take(report: Report): void {
    switch (report.kind) {
      case 'progress':
        this.#state = report.state
        this.#sizeBytes = report.sizeBytes
        this.#lag.note(report.sizeBytes, this.boards.read()?.offset ?? 0, performance.now())
        this.#events.progress()
        break
      case 'begun': {
        const isKept = (this.#options.history?.path ?? null) !== null
        this.#isRepeatable &&= report.growing && (isKept || this.#sources === 0)
        this.#sources++
        break
      }
      case 'warning':
        this.#events.warned(report.message)
        this.#options.noticed?.(report.message, 'warn')
        break
      case 'dead-letters':
        this.#deadLetters = report.state
        break
      case 'notice':
        this.#options.noticed?.(report.message, 'info')
        break
      case 'commit':
        this.#commit = report.commit
        if (report.commit.error !== null) this.#events.commitFailed()
        break
      case 'shipping':
        this.#shipping = report.shipping
        break
      case 'refused':
        this.#asked.refuse(report.id, report.failure)
        break
      case 'answer':
      case 'history':
      case 'rejects':
        this.#asked.answer(report.id, report.answer)
        break
      case 'failed':
        this.#fail(new FootfallError(report.failure.code, report.failure.message))
        this.#endReader()
        break
      case 'done':
        this.#isDone = true
        this.#endReader()
    }
  }
}

/** What is told to whoever asks what only a run can answer that is whole. */
export function restarting(failure: FootfallError): FootfallError {
  if (failure.code !== 'ingest') return failure
  return new FootfallError('restarting', `ingest is being restarted: ${failure.message}`)
}
