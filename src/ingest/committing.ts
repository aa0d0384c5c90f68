import { describeError } from '../base/errors.js'
import type { Changes } from '../store/changes.js'
import type { Dispatcher } from './dispatcher.js'
import type { Historian } from './historian.js'
import type { SourcePosition } from '../store/commit.js'
import type { CommitReport } from './messages.js'

/** Says where sources stand when the present one has been counted up to an offset. */
export type PositionsAt = (offset: number) => readonly SourcePosition[]

/** What the store has given up and the database may not have yet. */
interface Taken {
  readonly changes: Changes
  readonly positionsAt: PositionsAt
  /** What that has said; null: it has not been asked, or could not say. */
  sources: readonly SourcePosition[] | null
}

/**
 * When state goes into the history: every `intervalMs` while something changes,
 * when somebody asks, and at the end. One commit at a time; what could not be
 * written is written first the next time.
 */
export class Committing {
  readonly #dispatcher: Dispatcher
  readonly #historian: Historian
  readonly #sources: () => PositionsAt
  readonly #report: (commit: CommitReport) => void
  readonly #timer: NodeJS.Timeout
  #last: CommitReport
  #lastOffset: number
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null
  #unwritten: Taken | null = null
  #isFrozen = false

  /** `sources` gives what says where those stand that were read by then. `last`: the last commit of the last run, 0 for none. */
  constructor(
    dispatcher: Dispatcher,
    historian: Historian,
    intervalMs: number,
    last: { readonly number: number; readonly offset: number },
    sources: () => PositionsAt,
    report: (commit: CommitReport) => void
  ) {
    this.#dispatcher = dispatcher
    this.#historian = historian
    this.#sources = sources
    this.#lastOffset = last.offset
    this.#report = report
    this.#last = { ...last, at: null, durationMs: 0, error: null }
    report(this.#last)
    this.#timer = setInterval(() => {
      if (this.#running === null) this.commit().catch(() => undefined)
    }, intervalMs)
  }

  /** Resolves when everything applied by now is committed. Rejects with a FootfallError when it cannot be. */
  commit(): Promise<void> {
    if (this.#isFrozen) return Promise.resolve()
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

  /** From now on nothing is committed. */
  freeze(): void {
    this.#isFrozen = true
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #once(): Promise<void> {
    if (this.#unwritten !== null) await this.#write(this.#unwritten)
    // The sources as they are now: what is opened meanwhile has no part in these changes.
    const positionsAt = this.#sources()
    const changes = await this.#dispatcher.takeChanges()
    if (isEmpty(changes) && changes.offset === this.#lastOffset) return
    await this.#write({ changes, positionsAt, sources: null })
  }

  async #write(taken: Taken): Promise<void> {
    const begun = performance.now()
    this.#unwritten = taken
    const { changes: commit } = taken
    try {
      // That may fail too: what was taken of the store is not lost by it.
      taken.sources ??= taken.positionsAt(commit.offset)
      const number = await this.#historian.commit({ ...commit, sources: taken.sources })
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
    changedMinutes.length + days.days.length + newItems.ids.ends.length === 0 &&
    customers.hashes.length + sketches.days.length + pending.length === 0
  )
}
