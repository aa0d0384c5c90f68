import { describeError } from '../base/errors.js'
import type { Changes } from '../store/changes.js'
import type { Dispatcher } from './dispatcher.js'
import type { Historian } from './historian.js'
import type { Commit, CommitReport, SourcePosition } from './messages.js'

/**
 * When state goes into the history: every `intervalMs` while something changes,
 * when somebody asks, and at the end. One commit at a time; what could not be
 * written is written first the next time.
 */
export class Committing {
  readonly #dispatcher: Dispatcher
  readonly #historian: Historian
  readonly #positionAt: (offset: number) => SourcePosition | null
  readonly #report: (commit: CommitReport) => void
  readonly #timer: NodeJS.Timeout
  #last: CommitReport
  #lastOffset = 0
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  #unwritten: Commit | null = null
  #onlyCounted = false

  /** `positionAt` says where the source stands at an offset; null for a stream. */
  constructor(
    dispatcher: Dispatcher,
    historian: Historian,
    intervalMs: number,
    lastCommit: number,
    positionAt: (offset: number) => SourcePosition | null,
    report: (commit: CommitReport) => void
  ) {
    this.#dispatcher = dispatcher
    this.#historian = historian
    this.#positionAt = positionAt
    this.#report = report
    this.#last = { number: lastCommit, offset: 0, at: Date.now(), durationMs: 0, error: null }
    report(this.#last)
    this.#timer = setInterval(() => {
      if (this.#running === null) this.commit().catch(() => undefined)
    }, intervalMs)
  }

  /** Resolves when everything applied by now is committed. Rejects with a FootfallError when it cannot be. */
  commit(): Promise<void> {
    if (this.#running === null) {
      this.#running = this.#once().finally(() => {
        this.#running = null
      })
      return this.#running
    }
    // The one that runs may have begun before what the caller means.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null
        return this.commit()
      })
    return this.#next
  }

  /**
   * What comes now is a last line without its line feed. Where it is no event it
   * may not be complete: then it is not committed, and read again next time.
   */
  lastLineComes(): void {
    this.#onlyCounted = true
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #once(): Promise<void> {
    if (this.#unwritten !== null) await this.#write(this.#unwritten)
    const changes = await this.#dispatcher.takeChanges()
    if (isEmpty(changes) && (this.#onlyCounted || changes.offset === this.#lastOffset)) return
    await this.#write({ ...changes, source: this.#positionAt(changes.offset) })
  }

  async #write(commit: Commit): Promise<void> {
    const begun = performance.now()
    this.#unwritten = commit
    try {
      const number = await this.#historian.commit(commit)
      const durationMs = Math.round(performance.now() - begun)
      this.#unwritten = null
      this.#lastOffset = commit.offset
      this.#last = { number, offset: commit.offset, at: Date.now(), durationMs, error: null }
    } catch (error) {
      this.#last = { ...this.#last, error: describeError(error) }
      throw error
    } finally {
      this.#report(this.#last)
    }
  }
}

function isEmpty({ changedMinutes, days, newItems, customers, sketches, pending }: Changes): boolean {
  return (
    changedMinutes.length + days.days.length + newItems.ids.length === 0 &&
    customers.hashes.length + sketches.days.length + pending.length === 0
  )
}
