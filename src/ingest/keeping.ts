import { FootfallError } from '../base/errors.js'
import { seedHashes } from '../store/seed.js'
import { Committing } from './committing.js'
import type { Dispatcher } from './dispatcher.js'
import type { Historian } from './historian.js'
import type { LastCommit, SourcePosition } from '../store/commit.js'
import type { CommitReport, HistoryQuestion, ReaderSetup } from './messages.js'
import type { Source } from './source.js'

/** Rows of days that may wait for a commit before reading waits for it: about a second's worth of writing. */
export const MOST_FOLD_ROWS = 500_000

/** What the reader keeps beyond its own life: takes over what the last run committed, and commits. */
export class Keeping {
  readonly #setup: ReaderSetup
  readonly #historian: Historian
  readonly #dispatcher: Dispatcher
  readonly #report: (commit: CommitReport) => void
  /** Where sources stood at the last commit of the last run. */
  #positions: readonly SourcePosition[] = []
  #source: Source | null = null
  #committing: Committing | null = null

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
      () => {
        const source = this.#source
        return (at) => source?.positionAt(at) ?? null
      },
      this.#report
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

  /** Goes to where the last run that knew this source has counted it; the byte. */
  async resume(source: Source): Promise<number> {
    const offset = source.resume(this.#positions)
    await this.#dispatcher.restore(null, offset)
    this.#source = source
    return offset
  }

  /** Resolves when everything applied by now is committed. Rejects with a FootfallError when it cannot be. */
  async commit(): Promise<void> {
    await this.#committing?.commit()
  }

  /** Commits, and nothing after that: what comes may be half a line, which the next run reads again. */
  async freeze(): Promise<void> {
    await this.commit()
    this.#committing?.freeze()
  }

  /** Whether a commit has to make room before more can be counted. */
  get isFull(): boolean {
    return this.#dispatcher.foldRows > MOST_FOLD_ROWS
  }

  /** Asks the database, which then has everything that has been applied. */
  async ask(question: HistoryQuestion): Promise<unknown> {
    if (this.#committing === null) throw new FootfallError('history', 'the history is not open')
    // Where it cannot be written now, the last commit answers.
    await this.commit().catch(() => undefined)
    return this.#historian.ask(question)
  }

  async close(): Promise<void> {
    this.#committing?.close()
    await this.#historian.close()
  }
}

/** Where the last source of a run stood. */
function offsetOf(restored: LastCommit | null): number {
  return restored?.sources.at(-1)?.offset ?? 0
}
