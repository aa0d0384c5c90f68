import { FootfallError } from '../base/errors.js'
import { DEFAULT_MEMORY_BYTES, MAX_QUESTIONS } from '../base/limits.js'
import type { Board, Boards } from '../store/board.js'
import type { LiveAnswerOf, LiveQuestion } from '../store/live.js'
import { LossNotices } from './loss-notices.js'
import type { NoticeLevel } from './notice-level.js'
import type { Degraded, PipelineOptions } from './pipeline-options.js'
import { PipelineRun, restarting, type RunEnd } from './pipeline-run.js'
import { Restarts } from './restarts.js'
import { Suspects } from './suspects.js'
import type {
  CommitReport,
  DeadLetterState,
  HistoryQuestion,
  LastRejects,
  SourceRange,
  SourceState
} from './messages.js'
import type { ShippingReport } from './shipping-report.js'

export type { Degraded, HistorySettings, PipelineOptions } from './pipeline-options.js'

/**
 * The pipeline as the main thread sees it: reads boards, asks for what boards do
 * not hold, and keeps ingest running. A run of ingest in which a thread fails is
 * taken down, and another one starts from the last commit, or where nothing is
 * kept from the beginning of the file:
 *
 * ```
 *            a thread fails              it is taken down
 *   running ────────────────▶ degraded ──────────────────▶ catching up, degraded
 *      ▲                                                     │
 *      └─────────────────────────────────────────────────────┘
 *         the new run has come to where the old one was
 * ```
 *
 * Until then boards are those of the old one, and nothing else is answered.
 */
export class Pipeline {
  readonly options: PipelineOptions
  /** Resolves when everything is applied and published; rejects with a FootfallError when the pipeline failed. */
  readonly done: Promise<void>
  /** Resolves when there is a board to answer from; rejects as `done` does. */
  readonly ready: Promise<void>
  readonly #questions = new Map<string, Promise<unknown>>()
  #lastRejects: Promise<LastRejects> | null = null
  readonly #warnings: string[] = []
  readonly #restarts = new Restarts()
  readonly #suspects = new Suspects()
  readonly #losses: LossNotices
  #run: PipelineRun
  /** The last board of a run that failed, until the present one has come to it. */
  #kept: Board | null = null
  #degraded: Degraded | null = null
  /** Since when the present run has been where the one before it was; null: it is not. */
  #steadySince: number | null = null
  #looksAtRest = 0
  #failedCommits = 0
  #isStopping = false
  /** What ended the pipeline. */
  #final: FootfallError | null = null
  #announceBoard: () => void = () => undefined

  constructor(options: PipelineOptions) {
    this.options = options
    this.#losses = new LossNotices(this.memoryBytes, (message) => {
      this.#notice(message)
    })
    this.#run = this.#start(0)
    this.done = this.#keepRunning()
    const firstBoard = new Promise<void>((resolve) => (this.#announceBoard = resolve))
    this.ready = Promise.race([firstBoard, this.done])
    // Whoever awaits them hears of a failure; nobody is made to.
    this.done.catch(() => undefined)
    this.ready.catch(() => undefined)
  }

  /** What headline answers are read from. Not to be kept: after a restart it is another. */
  get boards(): Boards {
    const kept = this.#kept
    return kept === null ? this.#run.boards : { sequence: () => kept.sequence, read: () => kept }
  }

  /** Null as long as answers are of the present. */
  get degraded(): Degraded | null {
    return this.#degraded
  }

  /** How many times ingest was started again. */
  get restarts(): number {
    return this.#restarts.count
  }

  /** Lines that ingest failed at and that are rejected unread since; the last ones. */
  get quarantined(): readonly SourceRange[] {
    return this.#suspects.quarantined
  }

  /** How the last commit went; null where no history is kept, or it is not open yet. */
  get commit(): CommitReport | null {
    return this.#run.commit
  }

  /** How far shipping has come; null where nothing is shipped, or it has not begun. */
  get shipping(): ShippingReport | null {
    return this.#run.shipping
  }

  /** How many commits have failed. */
  get failedCommits(): number {
    return this.#failedCommits
  }

  /** Batches and questions that are under way. */
  get tasks(): number {
    return this.#run.tasks
  }

  /** For how long the byte at `offset` has been there, as far as is known; s, 0: it is not there. */
  lagSeconds(offset: number): number {
    return this.#run.lagSeconds(offset)
  }

  /** What has become of dead letters, as of a moment ago; null where none are written, or their file is not open yet. */
  get deadLetters(): DeadLetterState | null {
    return this.#run.deadLetters
  }

  /** What has been noticed and stays true. */
  get warnings(): readonly string[] {
    return this.#warnings
  }

  get state(): SourceState {
    return this.#run.state
  }

  /** What the process may take; bytes. */
  get memoryBytes(): number {
    return this.options.memoryBytes ?? DEFAULT_MEMORY_BYTES
  }

  /** What the memory budget has cost so far, as of the newest board, a line each; empty: all is exact. */
  get losses(): readonly string[] {
    return this.#losses.describe(this.boards.read())
  }

  /** Size of the source; null for a stream, and before it was opened. */
  get sizeBytes(): number | null {
    return this.#run.sizeBytes
  }

  /**
   * Asks what only the store knows. Whoever asks what is being asked already gets
   * the same answer. Rejects with a FootfallError when the pipeline has ended, when
   * too much is being asked (`busy`), or while ingest is being restarted
   * (`restarting`).
   */
  askLive<Question extends LiveQuestion>(question: Question): Promise<LiveAnswerOf<Question['kind']>> {
    const key = Object.values(question).join(' ')
    let answer = this.#questions.get(key)
    if (answer === undefined) {
      if (this.#questions.size >= MAX_QUESTIONS) {
        return Promise.reject(
          new FootfallError('busy', 'too many different questions are being asked; try again shortly')
        )
      }
      const asked = this.#ask((run) => run.ask((id) => ({ kind: 'live', id, question })))
      answer = asked.finally(() => this.#questions.delete(key))
      this.#questions.set(key, answer)
    }
    return answer as Promise<LiveAnswerOf<Question['kind']>>
  }

  /**
   * Asks the historian, whose database then includes everything that is applied.
   * Rejects with a FootfallError when no history is kept, and as `askLive` does.
   */
  async askHistory(question: HistoryQuestion): Promise<unknown> {
    if (this.#run.questions >= MAX_QUESTIONS) {
      throw new FootfallError('busy', 'too much is being asked of the history; try again shortly')
    }
    return this.#ask((run) => run.ask((id) => ({ kind: 'history', id, question })))
  }

  /** The last rejected lines. Rejects with a FootfallError as `askLive` does. */
  lastRejects(): Promise<LastRejects> {
    const asked = () => this.#ask((run) => run.ask((id) => ({ kind: 'rejects', id }))) as Promise<LastRejects>
    this.#lastRejects ??= asked().finally(() => (this.#lastRejects = null))
    return this.#lastRejects
  }

  /** Stops reading; resolves as `done` does. `withinMs`: what is not committed by then is given up, and `done` rejects. */
  stop(withinMs: number | null = null): Promise<void> {
    this.#isStopping = true
    this.#run.stop(withinMs)
    return this.done
  }

  /** An answer of a run that is behind would be older than those of the boards. */
  async #ask(ask: (run: PipelineRun) => Promise<unknown>): Promise<unknown> {
    if (this.#final !== null) throw this.#final
    if (this.#degraded === null) return ask(this.#run)
    throw restarting(new FootfallError('ingest', this.#degraded.reason))
  }

  #start(boardsBefore: number): PipelineRun {
    const recovery = { ...this.#suspects.ranges, reached: this.#kept?.offset ?? 0 }
    this.#steadySince = null
    this.#looksAtRest = 0
    return new PipelineRun(this.options, recovery, boardsBefore, {
      progress: () => {
        this.#compare()
        if (this.#run.hasLosses) this.#losses.tell(this.#run.boards.read())
        if (this.boards.sequence() !== 0) this.#announceBoard()
      },
      look: () => {
        this.#looksAtRest = this.#run.isAtRest ? this.#looksAtRest + 1 : 0
        this.#compare()
      },
      warned: (message) => {
        if (!this.#warnings.includes(message)) this.#warnings.push(message)
      },
      commitFailed: () => {
        this.#failedCommits++
      },
      failing: ({ code, message }) => {
        if (code === 'ingest') this.#degraded ??= { reason: message, sinceMs: Date.now() }
      }
    })
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      const { failure, unfinished } = await this.#run.ended
      if (failure === null) {
        this.#catchUp()
        this.#losses.tell(this.boards.read())
        return
      }
      this.#final = this.#judge(failure, unfinished)
      if (this.#final !== null) throw this.#final
      // The store of the run that has ended is given up with it.
      const board = this.#run.boards.read()
      const boardsBefore = this.boards.sequence()
      if (board !== null && linesOf(board) >= linesOf(this.#kept)) this.#kept = board
      this.#run = this.#start(Math.max(boardsBefore, board?.sequence ?? 0))
    }
  }

  /** What to fail with when another run would not help; null when it may: then says so. */
  #judge(failure: FootfallError, unfinished: RunEnd['unfinished']): FootfallError | null {
    if (failure.code !== 'ingest' || this.#isStopping) return failure
    const { name } = this.options.source
    if (!this.#run.isRepeatable) {
      const why = `what was read of ${name} cannot be read again`
      return new FootfallError('ingest', `${failure.message}; ${why}: ingest stops`)
    }
    const found = this.#suspects.add(unfinished)
    for (const { offset, end } of found) {
      this.#notice(
        `ingest has failed again at the line of bytes ${offset} to ${end} of ${name}: it is quarantined`
      )
    }
    const steadyMs = this.#steadySince === null ? null : performance.now() - this.#steadySince
    const lines = linesOf(this.#run.boards.read())
    if (!this.#restarts.allow({ lines, steadyMs, foundLine: found.length > 0 })) {
      return new FootfallError('ingest', `${failure.message}; starting again has not helped: ingest stops`)
    }
    const from = (this.options.history?.path ?? null) === null ? 'the beginning' : 'the last commit'
    this.#notice(`${failure.message}; ingest starts again from ${from}`)
    return null
  }

  /** Goes over to the boards of the present run when these are no older; or when there is nothing more to come. */
  #compare(): void {
    if (this.#degraded === null || this.#run.hasFailed) return
    const board = this.#run.boards.read()
    if (board === null) return
    if (linesOf(board) >= linesOf(this.#kept) || this.#looksAtRest > 1) this.#catchUp()
  }

  #catchUp(): void {
    this.#kept = null
    if (this.#degraded === null) return
    this.#degraded = null
    this.#steadySince = performance.now()
    this.#notice('ingest has caught up: answers are of the present again', 'info')
  }

  #notice(message: string, level: NoticeLevel = 'warn'): void {
    this.options.noticed?.(message, level)
  }
}

/** How far a board is, whatever file it is of. */
function linesOf(board: Board | null): number {
  return board?.counts.lines ?? -1
}
