import { FootfallError } from '../base/errors.js'
import { seedHashes } from '../store/seed.js'
import { Committing, type PositionsAt } from './committing.js'
import type { Dispatcher } from './dispatcher.js'
import type { Historian } from './historian.js'
import type { LastCommit, SourcePosition } from '../store/commit.js'
import type { CommitReport, HistoryQuestion, ReaderSetup } from './messages.js'
import type { Source } from './source.js'

/** What the reader keeps beyond its own life: takes over what the last run committed, and commits. */
export class Keeping {
  readonly #setup: ReaderSetup
  readonly #historian: Historian
  readonly #dispatcher: Dispatcher
  readonly #report: (commit: CommitReport) => void
  #positions: readonly SourcePosition[] = []
  #source: Source | null = null
  /** Where sources stood that have ended since the last commit. */
  #ended: SourcePosition[] = []
  /** Sources that were read to their end, and may be asked for a position yet. */
  #left: Source[] = []
  #committing: Committing | null = null
  #limit: NodeJS.Timeout | undefined
  #isGivenUp = false

  constructor(
    setup: ReaderSetup,
    historian: Historian,
    dispatcher: Dispatcher,
    report: (commit: CommitReport) => void
  ) {
    this.#setup = setup
    this.#historian = historian
    this.#dispatcher = dispatcher
    this.#report = report
  }

  /** Takes the state of the last run over, before anything else is dispatched: it is an answer already. */
  async takeOver(): Promise<void> {
    // A database that has to be made need not be waited for.
    const restored = this.#historian.isNew ? null : await this.#restore()
    this.#committing = new Committing(
      this.#dispatcher,
      this.#historian,
      this.#setup.history?.commitIntervalMs ?? 0,
      { number: restored?.commit ?? 0, offset: offsetOf(restored) },
      () => this.#positionsOfNow(),
      (commit) => {
        if (commit.error === null) this.#closeLeft()
        this.#report(commit)
      }
    )
  }

  /** Has the database opened or made, unless it has been: there is time for it now. */
  start(): void {
    this.#historian.start()
  }

  async #restore(): Promise<LastCommit | null> {
    const { seed, restored } = await this.#historian.opened
    // No ticket has been handed out, so no thread has bound the kernel.
    seedHashes(this.#setup.store, seed)
    if (restored === null) return null
    this.#positions = restored.sources
    await this.#dispatcher.restore(restored, offsetOf(restored))
    this.#dispatcher.flush()
    return restored
  }

  /** Where sources stood at the last commit of the last run; after `takeOver`. */
  get positions(): readonly SourcePosition[] {
    return this.#positions
  }

  /**
   * From now on what is dispatched is of this source. `ended`: byte at which the
   * one before it ended, which is closed when it has been committed: until then a
   * commit may ask it where it stood.
   */
  follow(source: Source, ended: number): void {
    const before = this.#source
    this.#source = source
    if (before === null) return
    const position = before.positionAt(ended)
    if (position !== null) this.#ended.push(position)
    this.#left.push(before)
  }

  #closeLeft(): void {
    for (const source of this.#left.splice(0)) source.close()
  }

  #positionsOfNow(): PositionsAt {
    const source = this.#source
    const ended = this.#ended
    this.#ended = []
    return (offset) => {
      const position = source?.positionAt(offset) ?? null
      return position === null ? ended : [...ended, position]
    }
  }

  /** Resolves when everything applied by now is committed. Rejects with a FootfallError when it cannot be. */
  async commit(): Promise<void> {
    try {
      await this.#committing?.commit()
    } catch (error) {
      if (!this.#isGivenUp) throw error
      const message = 'not all could be committed in time: the next run goes on from the last commit'
      throw new FootfallError('history', message, { cause: error })
    }
  }

  /** What is not committed after so long is given up, and read again by the next run; ms. */
  limit(withinMs: number): void {
    this.#limit ??= setTimeout(() => {
      this.#isGivenUp = true
      void this.#historian.interrupt()
    }, withinMs)
  }

  /** Commits, and nothing after that: what comes may be half a line, which the next run reads again. */
  async freeze(): Promise<void> {
    await this.commit()
    this.#committing?.freeze()
  }

  /** Whether a commit has to make room before more can be counted. */
  get isFull(): boolean {
    return this.#dispatcher.waiting > 1
  }

  /** Asks the database, which then has everything that has been applied. */
  async ask(question: HistoryQuestion): Promise<unknown> {
    if (this.#committing === null) throw new FootfallError('history', 'the history is not open')
    // Where it cannot be written now, the last commit answers.
    await this.commit().catch(() => undefined)
    return this.#historian.ask(question)
  }

  async close(): Promise<void> {
    clearTimeout(this.#limit)
    this.#committing?.close()
    this.#closeLeft()
    await this.#historian.close()
  }
}

/** Where the last source of a run stood. */
function offsetOf(restored: LastCommit | null): number {
  return restored?.sources.at(-1)?.offset ?? 0
}
