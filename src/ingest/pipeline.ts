import { Worker } from 'node:worker_threads'
import { FootfallError } from '../base/errors.js'
import type { FieldMapping } from '../event/mapping.js'
import { DEFAULT_DEAD_LETTERS_BYTES, MAX_QUESTIONS, slotsFor } from '../base/limits.js'
import { BoardReader } from '../store/board.js'
import type { WindowAnswer } from '../store/kernel.js'
import { DEFAULT_CAPACITY, type Capacity } from '../store/layout.js'
import { createStore } from '../store/store.js'
import { Asked } from './asked.js'
import { historyDays } from './history-days.js'
import { PoolThreads } from './pool-threads.js'
import type {
  CommitReport,
  DeadLetterState,
  Faults,
  HistoryQuestion,
  HistorySetup,
  LastRejects,
  ReaderSetup,
  Report,
  Request,
  SourceOptions,
  SourceState
} from './messages.js'

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
  readonly noticed?: (message: string) => void
  /** Default: DEFAULT_CAPACITY. */
  readonly capacity?: Capacity
  /** Test only. */
  readonly faults?: Faults & { readonly keepMinute?: boolean }
}

/**
 * The pipeline as the main thread sees it: starts the reader, reads boards,
 * asks for what boards do not hold.
 */
export class Pipeline {
  readonly boards: BoardReader
  readonly options: PipelineOptions
  /** Resolves when everything is applied and published; rejects with a FootfallError when the pipeline failed. */
  readonly done: Promise<void>
  /** Resolves when there is a board to answer from; rejects as `done` does. */
  readonly ready: Promise<void>
  readonly #pool: PoolThreads
  readonly #worker: Worker
  readonly #asked = new Asked()
  readonly #questions = new Map<number, Promise<WindowAnswer>>()
  #state: SourceState = 'waiting'
  #sizeBytes: number | null = null
  #commit: CommitReport | null = null
  #deadLetters: DeadLetterState | null = null
  readonly #warnings: string[] = []
  #lastRejects: Promise<LastRejects> | null = null
  #announceBoard: () => void = () => undefined

  constructor(options: PipelineOptions) {
    const { threads, source, workers, clock, minorDigits, mapping, history, faults = {} } = options
    this.options = options
    const store = createStore({
      capacity: options.capacity ?? DEFAULT_CAPACITY,
      slots: slotsFor(workers),
      chunkBytes: source.chunkBytes,
      wallClock: clock === 'wall',
      minorDigits,
      mapping,
      keepMinute: faults.keepMinute === true,
      ...(history === null ? {} : { history: historyDays(history.timeZone) })
    })
    this.boards = new BoardReader(store)
    const parser = { minorDigits, mapping }
    const deadLetters = options.deadLetterPath !== null
    this.#pool = new PoolThreads(
      threads.pool,
      workers,
      { store, faults, deadLetters, ...parser },
      (failure) => {
        this.#post({ kind: 'pool-failed', failure })
      }
    )
    const readerSetup: ReaderSetup = {
      store,
      source,
      parser,
      faults,
      clock,
      deadLetters: deadLettersOf(options),
      history: history === null ? null : { ...history, url: threads.historian.href },
      pool: this.#pool.ports
    }
    this.#worker = new Worker(threads.reader, {
      workerData: readerSetup,
      transferList: [...this.#pool.ports],
      execArgv: [],
      // A pipe closes its own descriptor. Node would close it once more when the thread ends: by then it may be another file's.
      trackUnmanagedFds: false
    })
    this.done = this.#follow()
    const firstBoard = new Promise<void>((resolve) => (this.#announceBoard = resolve))
    this.ready = Promise.race([firstBoard, this.done])
    // Whoever awaits them hears of a failure; nobody is made to.
    this.done.catch(() => undefined)
    this.ready.catch(() => undefined)
  }

  /** How the last commit went; null where no history is kept, or it is not open yet. */
  get commit(): CommitReport | null {
    return this.#commit
  }

  /** What has become of dead letters, as of a moment ago; null where none are written, or their file is not open yet. */
  get deadLetters(): DeadLetterState | null {
    return this.#deadLetters
  }

  /** What has been noticed and stays true. */
  get warnings(): readonly string[] {
    return this.#warnings
  }

  get state(): SourceState {
    return this.#state
  }

  /** Size of the source; null for a stream, and before it was opened. */
  get sizeBytes(): number | null {
    return this.#sizeBytes
  }

  /**
   * The best 100 items of a metric over the last `minutes` minutes. Whoever
   * asks what is being asked already gets the same answer. Rejects with a
   * FootfallError when the pipeline has ended, or when too much is being asked
   * (`busy`).
   */
  rank(metric: number, minutes: number): Promise<WindowAnswer> {
    const question = metric * 1e6 + minutes
    const running = this.#questions.get(question)
    if (running !== undefined) return running
    if (this.#questions.size >= MAX_QUESTIONS) {
      return Promise.reject(
        new FootfallError('busy', 'too many different windows are being asked for; try again shortly')
      )
    }
    const asked = this.#ask((id) => ({ kind: 'rank', id, metric, minutes })) as Promise<WindowAnswer>
    const answer = asked.finally(() => this.#questions.delete(question))
    this.#questions.set(question, answer)
    return answer
  }

  /**
   * Asks the historian, whose database then includes everything that is applied.
   * Rejects with a FootfallError when no history is kept, when the pipeline has
   * ended, or when too much is being asked (`busy`).
   */
  async askHistory(question: HistoryQuestion): Promise<unknown> {
    if (this.#asked.size >= MAX_QUESTIONS) {
      throw new FootfallError('busy', 'too much is being asked of the history; try again shortly')
    }
    return this.#ask((id) => ({ kind: 'history', id, question }))
  }

  /** The last rejected lines. Rejects with a FootfallError when the pipeline has ended. */
  lastRejects(): Promise<LastRejects> {
    const asked = () => this.#ask((id) => ({ kind: 'rejects', id })) as Promise<LastRejects>
    this.#lastRejects ??= asked().finally(() => (this.#lastRejects = null))
    return this.#lastRejects
  }

  #ask(request: (id: number) => Request): Promise<unknown> {
    return this.#asked.ask((id) => {
      this.#post(request(id))
    })
  }

  /** Stops reading; resolves as `done` does. `withinMs`: what is not committed by then is given up, and `done` rejects. */
  stop(withinMs: number | null = null): Promise<void> {
    this.#post({ kind: 'stop', withinMs })
    return this.done
  }

  #post(request: Request): void {
    this.#worker.postMessage(request)
  }

  #follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      let hasEnded = false
      const end = (failure: FootfallError | null) => {
        if (hasEnded) return
        hasEnded = true
        this.#asked.end(failure ?? new FootfallError('ingest', 'the pipeline has ended'))
        if (failure !== null) this.#pool.abort()
        this.#pool.close().then(() => {
          if (failure === null) resolve()
          else reject(failure)
        }, reject)
      }
      this.#worker.on('message', (report: Report) => {
        if (report.kind === 'failed') end(new FootfallError(report.failure.code, report.failure.message))
        else if (report.kind === 'done') end(null)
        else this.#take(report)
      })
      this.#worker.on('error', (error) => {
        end(new FootfallError('ingest', `the reader thread failed: ${error.message}`, { cause: error }))
      })
      this.#worker.on('exit', () => {
        end(new FootfallError('ingest', 'the reader thread ended unexpectedly'))
      })
    })
  }

  #take(report: Exclude<Report, { kind: 'failed' | 'done' }>): void {
    if (report.kind === 'progress') {
      this.#state = report.state
      this.#sizeBytes = report.sizeBytes
      if (this.boards.sequence() !== 0) this.#announceBoard()
      return
    }
    if (report.kind === 'notice' || report.kind === 'warning') {
      if (report.kind === 'warning') this.#warnings.push(report.message)
      this.options.noticed?.(report.message)
      return
    }
    if (report.kind === 'dead-letters') {
      this.#deadLetters = report.state
      return
    }
    if (report.kind === 'commit') {
      this.#commit = report.commit
      return
    }
    if (report.kind === 'refused') this.#asked.refuse(report.id, report.failure)
    else this.#asked.answer(report.id, report.answer)
  }
}

function deadLettersOf({ deadLetterPath, deadLetterBytes }: PipelineOptions): ReaderSetup['deadLetters'] {
  if (deadLetterPath === null) return null
  return { path: deadLetterPath, maxBytes: deadLetterBytes ?? DEFAULT_DEAD_LETTERS_BYTES }
}
