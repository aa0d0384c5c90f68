import { describeError, FootfallError } from '../base/errors.js'
import { GRANULARITIES } from '../base/civil-date.js'
import { dayOfMinute, timeZoneTable } from '../base/time-zone.js'
import type { HistoryOptions } from '../base/history-options.js'
import type { Commit, LastCommit } from '../store/commit.js'
import { bucketsOf } from './buckets.js'
import { writeMark } from './commit-mark.js'
import type {
  Committed,
  DaysAnswer,
  DaysQuestion,
  History,
  HistoryStatus,
  SeriesBucket,
  SeriesQuestion,
  TopAnswer,
  TopQuestion
} from './history.js'
import { readLiveDays, type LiveDays } from './live-days.js'
import { failureOf } from './open.js'
import { beginShipping } from './outbox.js'
import { markShipped, readShipment } from './read-shipment.js'
import { readRestored } from './restore.js'
import type { Retention } from './retention.js'
import { readSeries } from './series.js'
import type { Begun, Received, Shipment } from './shipment.js'
import { openSession, type Session } from './session.js'
import { isStored, type StoredState } from './state.js'
import { databaseBytes } from './status.js'
import { readTopItems, readTopOfDays } from './top-items.js'
import { writeCommit, type OnStep } from './write-commit.js'

/**
 * Opens the history in a DuckDB file, makes it where there is none. Rejects
 * with a `FootfallError`: `usage` when the time zone or currency is not the
 * file's, else `history`.
 *
 * @param onStep tests break or end a commit here
 */
export async function openDuckDbHistory(
  options: HistoryOptions,
  onStep: OnStep = () => undefined
): Promise<History> {
  const retention = {
    keepDays: options.keepDays,
    keepWeeks: options.keepWeeks,
    zone: timeZoneTable(options.timeZone)
  }
  return new DuckDbHistory(options, retention, onStep, await openSession(options))
}

/**
 * One call after the other on one connection. Ageing goes in between when
 * nothing else waits, a piece at a time.
 *
 * ```
 *           a call fails                  the next call
 *   open ──────────────────▶ suspect ──────────────────────▶ open
 *     ▲                         │ the file has a commit whose call was told that it failed
 *     └─ that commit again, ─ astray: everything else is refused
 *        or restore
 * ```
 */
class DuckDbHistory implements History {
  readonly seed: Uint8Array
  readonly #options: HistoryOptions
  readonly #retention: Retention
  readonly #onStep: OnStep
  #session: Session
  #queue: Promise<unknown> = Promise.resolve()
  #isAgeing = false
  #isSuspect = false
  #isAstray = false
  #isClosed = false
  #isInterrupted = false
  /** Number of the last commit that a caller knows to be stored. */
  #told: number
  #ageingFailure: string | null = null
  /** By the number of the commit that it is of. */
  #live: { readonly commit: number; readonly days: LiveDays } | null = null

  constructor(options: HistoryOptions, retention: Retention, onStep: OnStep, session: Session) {
    this.seed = session.seed
    this.#options = options
    this.#retention = retention
    this.#onStep = onStep
    this.#session = session
    this.#told = session.state.commit
  }

  restore(): Promise<LastCommit | null> {
    return this.#inTurn(async () => {
      const { database } = await this.#open()
      const restored = await database.helped(() => readRestored(database))
      this.#told = restored?.commit ?? 0
      this.#isAstray = false
      return restored
    })
  }

  commit(commit: Commit): Promise<Committed> {
    return this.#inTurn(async () => {
      const session = await this.#open()
      if (await this.#hasCome(session, commit)) this.#isAstray = false
      else session.state = await this.#write(await this.#ready(), commit)
      this.#told = session.state.commit
      if (this.#options.path !== null) writeMark(this.#options.path, this.#told)
      this.#age(commit)
      return { commit: session.state.commit }
    })
  }

  series(question: SeriesQuestion): Promise<readonly SeriesBucket[]> {
    return this.#inTurn(async () => {
      const { database, state } = await this.#ready()
      return readSeries(database, state, question, await this.#liveDays())
    })
  }

  topItems(question: TopQuestion): Promise<TopAnswer> {
    return this.#ranking(({ database, state }, days) => readTopItems(database, state, question, days))
  }

  topOfDays(question: DaysQuestion): Promise<DaysAnswer> {
    return this.#ranking(({ database, state }, days) => readTopOfDays(database, state, question, days))
  }

  #ranking<T>(read: (session: Session, days: LiveDays) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const session = await this.#ready()
      const days = await this.#liveDays()
      return session.database.helped(() => read(session, days))
    })
  }

  status(): Promise<HistoryStatus> {
    return this.#inTurn(async () => {
      const { database, state, status } = await this.#ready()
      const { tiers, conservation } = await status.read(database, state.floors)
      return {
        commit: state.commit,
        tiers,
        databaseBytes: databaseBytes(this.#options.path),
        conservation,
        ageingFailure: this.#ageingFailure
      }
    })
  }

  beginShipping(receiver: Received | null): Promise<Begun> {
    return this.#inTurn(async () => {
      const session = await this.#ready()
      const begun = await beginShipping(session.database, receiver)
      session.state = { ...session.state, isShipping: true }
      return begun
    })
  }

  readShipment(maxRows: number): Promise<Shipment | null> {
    return this.#inTurn(async () => {
      const { database, state } = await this.#ready()
      return readShipment(database, state, maxRows)
    })
  }

  markShipped(shipment: Shipment): Promise<void> {
    return this.#inTurn(async () => {
      await markShipped((await this.#ready()).database, shipment)
    })
  }

  interrupt(): void {
    this.#isInterrupted = true
    this.#session.database.interrupt()
  }

  close(): Promise<void> {
    return this.#inTurn(() => {
      this.#isClosed = true
      this.#session.database.close()
      return Promise.resolve()
    })
  }

  /** Within a turn: the live minutes of the last commit by day. */
  async #liveDays(): Promise<LiveDays> {
    const { database, state } = await this.#ready()
    if (this.#live?.commit === state.commit) return this.#live.days
    const days = await database.helped(() => readLiveDays(database, this.#retention.zone))
    this.#live = { commit: state.commit, days }
    return days
  }

  /** Runs `work` after all calls before it. A failure makes the session suspect, unless the question was wrong. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(async () => {
      if (this.#isClosed) throw new FootfallError('history', 'the history is closed')
      try {
        return await work()
      } catch (error) {
        if (error instanceof FootfallError) throw error
        this.#isSuspect = this.#options.path !== null
        throw failureOf(this.#options.path, error)
      }
    })
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** Whether the commit that the file has, although it was told to have failed, is this one. */
  async #hasCome({ database, state }: Session, commit: Commit): Promise<boolean> {
    return this.#isAstray && state.commit === this.#told + 1 && (await isStored(database, commit))
  }

  /** The session, and not astray. */
  async #ready(): Promise<Session> {
    const session = await this.#open()
    if (!this.#isAstray) return session
    throw new FootfallError(
      'history',
      `commit ${session.state.commit} is stored although it was reported as failed: it has to be handed over again`
    )
  }

  /** The session; a suspect one is first closed and opened again: DuckDB refuses all work after some failures. */
  async #open(): Promise<Session> {
    if (this.#isInterrupted) throw new FootfallError('history', 'the history was interrupted')
    if (!this.#isSuspect) return this.#session
    this.#session.database.close()
    this.#session = await openSession(this.#options)
    this.#isSuspect = false
    this.#isAstray = this.#session.state.commit !== this.#told
    return this.#session
  }

  /** Writes a commit. Where that fails in the end, the file decides whether it is stored: the log's sync may have failed. */
  async #write({ database, state }: Session, commit: Commit): Promise<StoredState> {
    try {
      return await writeCommit(database, commit, state, this.#retention, this.#onStep)
    } catch (error) {
      this.#isSuspect = this.#options.path !== null
      const after = await this.#open().catch(() => null)
      if (after?.state.commit !== state.commit + 1) throw failureOf(this.#options.path, error)
      this.#isAstray = false
      return after.state
    }
  }

  #age(commit: Commit): void {
    const { ageing, status } = this.#session
    for (const tier of GRANULARITIES) {
      const buckets = new Set(bucketsOf(tier, commit.days.days))
      status.changed(tier, buckets)
      ageing.noteDays(tier, buckets, commit.days.days.length)
    }
    ageing.noteCustomers(commit.customers.hashes.length)
    ageing.noteSealed(dayOfMinute(this.#retention.zone, commit.oldestLiveMinute))
    this.#ageSoon()
  }

  /** Queues a piece of ageing; the next one waits until all that was asked for meanwhile is done. */
  #ageSoon(): void {
    if (this.#isAgeing) return
    this.#isAgeing = true
    this.#inTurn(async () => {
      this.#isAgeing = false
      if (this.#isSuspect) return
      const isMore = await this.#session.ageing.step()
      this.#ageingFailure = null
      if (!isMore) return
      this.#ageSoon()
    }).catch((error: unknown) => {
      if (!this.#isClosed) this.#ageingFailure = describeError(error)
    })
  }
}
