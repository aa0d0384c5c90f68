import { POLL_INTERVAL_MS, TEARDOWN_MS, TICK_INTERVAL_MS } from '../base/limits.js'
import { FootfallError, type FailureCode } from '../base/errors.js'
import { Answering } from './answering.js'
import { Dispatcher } from './dispatcher.js'
import { Follower, type Opened } from './follower.js'
import type { Historian } from './historian.js'
import { Intake, type Taken } from './intake.js'
import { Keeping } from './keeping.js'
import type { ReaderSetup, Report, Request, SourceState } from './messages.js'
import { PacedLines } from './paced-lines.js'
import { openSource, type Source, type Standing } from './source.js'
import { Suspicion } from './suspicion.js'
import { startTicks } from './ticking.js'

/** How long the reader may keep its event loop from results and requests; ms. */
const YIELD_AFTER_MS = 5

/**
 * The reader thread: owns the source, the pool and the historian, cuts what it
 * reads into batches, and decides when to commit. One instance runs once.
 */
export class Reader {
  readonly #setup: ReaderSetup
  readonly #report: (report: Report) => void
  readonly #dispatcher: Dispatcher
  readonly #keeping: Keeping | null
  #source: Source | null = null
  #follower: Follower | null = null
  readonly #intake: Intake
  #state: SourceState = 'waiting'
  #sizeBytes: number | null = null
  #stopping = false
  #wake: () => void = () => undefined
  #failure: Error | null = null
  #yieldedAt = performance.now()
  readonly #answering: Answering

  /** `historian`: the thread that keeps the history, null where none is kept; it is closed with the run. */
  constructor(setup: ReaderSetup, historian: Historian | null, report: (report: Report) => void) {
    this.#setup = setup
    this.#report = report
    const { speed, maxGapMs } = setup.source
    const paced = speed === null ? null : new PacedLines(setup.parser, speed, maxGapMs)
    this.#dispatcher = new Dispatcher(
      setup,
      paced !== null && setup.clock === 'wall' ? () => paced.wallMs() : Date.now,
      () => {
        this.#reportProgress()
      },
      (error) => {
        this.#fail(error)
      },
      report
    )
    this.#keeping =
      historian === null
        ? null
        : new Keeping(setup, historian, this.#dispatcher, (commit) => {
            this.#report({ kind: 'commit', commit })
          })
    if (historian !== null) historian.report = report
    this.#answering = new Answering(this.#dispatcher, this.#keeping, report)
    const suspicion = new Suspicion(setup.recovery)
    this.#intake = new Intake(setup.source, this.#dispatcher, this.#keeping, paced, suspicion, {
      took: (taken) => {
        this.#took(taken)
      },
      isStopping: () => this.#stopping || this.#failure !== null,
      pause: (ms) => this.#pause(ms)
    })
    historian?.ended.catch((error: unknown) => {
      this.#fail(error)
    })
  }

  /** Answers a request of the main thread. */
  request(request: Request): void {
    if (request.kind === 'stop') {
      this.#stopping = true
      if (request.withinMs !== null) this.#keeping?.limit(request.withinMs)
      this.#interrupt()
      return
    }
    if (request.kind === 'pool-failed') {
      const failure = new FootfallError(request.failure.code, request.failure.message)
      this.#dispatcher.failPool(failure)
      this.#fail(failure)
      // A thread that is ended while its database works takes the process with it.
      this.#keeping?.limit(TEARDOWN_MS / 2)
      return
    }
    this.#answering.ask(request)
  }

  /**
   * Reads until the source ends or a stop is requested; then everything is
   * applied, published and committed. Rejects with a FootfallError when it
   * cannot go on.
   */
  async run(): Promise<void> {
    let ticks: NodeJS.Timeout | undefined
    try {
      await this.#keeping?.takeOver()
      this.#dispatcher.openDeadLetters()
      this.#answering.begin()
      ticks = this.#setup.clock === 'wall' ? startTicks(this.#dispatcher) : undefined
      const source = await this.#open()
      if (source !== null) await this.#readAll(source)
      this.#throwFailure()
      this.#dispatcher.flush(1)
      await this.#dispatcher.settled()
      this.#throwFailure()
      await this.#idleUntilStopped()
      await this.#keeping?.commit()
    } catch (error) {
      if (isOf(error, 'source')) await this.#keepWhatWasApplied()
      throw error
    } finally {
      clearInterval(ticks)
      this.#dispatcher.close()
      await this.#keeping?.close()
      this.#source?.close()
    }
  }

  /** Waits for the source, which is null after a stop. Throws a FootfallError when it cannot be read. */
  async #open(): Promise<Source | null> {
    const { name, follow } = this.#setup.source
    const positions = this.#keeping?.positions ?? []
    if (follow) {
      const follower = new Follower(name, positions)
      this.#follower = follower
      return this.#begin(await this.#waitFor(() => follower.openFirst()))
    }
    // As many reads may be under way, besides the last one and the one that was applied last.
    const source = openSource(name, this.#keeping === null ? 0 : this.#setup.store.layout.slots.length + 2)
    if (source === null) throw new FootfallError('source', `cannot read ${name}: there is no such file`)
    return this.#begin({ source, offset: await source.resume(positions), notice: null })
  }

  async #waitFor(open: () => Opened | null): Promise<Opened | null> {
    for (;;) {
      const opened = open()
      if (opened !== null) return opened
      this.#enter('waiting')
      this.#dispatcher.flush()
      await this.#pause(POLL_INTERVAL_MS)
      if (this.#stopping || this.#failure !== null) return null
    }
  }

  /** Goes on with a source, where it has not been counted. */
  async #begin(opened: Opened | null): Promise<Source | null> {
    if (opened === null) return null
    const { source, offset, notice } = opened
    const before = this.#source
    const ended = this.#intake.readAt
    this.#source = source
    this.#report({ kind: 'begun', growing: source.growing })
    this.#intake.begin(offset)
    if (notice !== null) this.#report({ kind: 'notice', message: notice })
    // From this ticket on what is counted is of this source: a commit must not take the one for the other.
    const isBegun = this.#dispatcher.begin(offset)
    if (this.#keeping === null) before?.close()
    else this.#keeping.follow(source, ended)
    await isBegun
    return source
  }

  /** The source has failed, the store has not: what was counted of it is committed. */
  async #keepWhatWasApplied(): Promise<void> {
    if (this.#failure !== null) return
    await this.#dispatcher.settled()
    await this.#keeping?.commit()
  }

  async #readAll(first: Source): Promise<void> {
    // A stream may have nothing to read for long: there is an answer all the same.
    if (first.size() === null) this.#dispatcher.flush()
    let source: Source | null = first
    while (source !== null && !this.#stopping && this.#failure === null) {
      if (await this.#intake.readOnce(source)) {
        await this.#letOthersRun()
        continue
      }
      const standing = source.standing()
      if (standing === 'growing' && this.#setup.source.follow) {
        this.#enter('live')
        this.#dispatcher.rest()
        await this.#pause(POLL_INTERVAL_MS)
        this.#learnSize(source.size())
      } else if (standing === 'ended' || !this.#setup.source.follow) {
        if (standing === 'cut') throw this.#cutError()
        await this.#finish(source)
        return
      } else {
        source = await this.#goOn(source, standing)
      }
    }
  }

  /** A file has come to its end for good: its last line ends, and another file follows. */
  async #goOn(source: Source, standing: Standing): Promise<Source | null> {
    await this.#intake.endLine()
    return this.#begin(await this.#waitFor(() => this.#follower?.openNext(source, standing) ?? null))
  }

  async #finish(source: Source): Promise<void> {
    // A stream that was closed by a stop may go on: its last line is not complete.
    if (this.#isStopping()) return
    await this.#intake.finish(source)
    this.#enter('ended')
  }

  #cutError(): FootfallError {
    const { name } = this.#setup.source
    return new FootfallError('source', `${name} was truncated or overwritten while it was read`)
  }

  #took({ sizeBytes, isAtEnd }: Taken): void {
    this.#sizeBytes = sizeBytes
    // How much a stream holds back nobody knows: it is read as it comes.
    this.#enter(isAtEnd || sizeBytes === null ? 'live' : 'catching_up')
  }

  /** With the wall clock a served stream that has ended still ages; with a server, it still answers. */
  async #idleUntilStopped(): Promise<void> {
    if (!this.#setup.source.follow) return
    while (!this.#stopping && this.#failure === null) await this.#pause(TICK_INTERVAL_MS)
    this.#throwFailure()
    await this.#dispatcher.settled()
  }

  #learnSize(sizeBytes: number | null): void {
    if (sizeBytes === this.#sizeBytes) return
    this.#sizeBytes = sizeBytes
    this.#reportProgress()
  }

  #enter(state: SourceState): void {
    if (this.#state === state) return
    this.#state = state
    this.#reportProgress()
    if (state !== 'catching_up') this.#keeping?.start()
  }

  #reportProgress(): void {
    this.#report({ kind: 'progress', state: this.#state, sizeBytes: this.#sizeBytes })
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
    this.#dispatcher.fail(this.#failure)
    this.#interrupt()
  }

  /** Asked again after waiting: it may have changed meanwhile. */
  #isStopping(): boolean {
    return this.#stopping
  }

  /** Ends what the reader waits for: a pause, or a stream that brings nothing. */
  #interrupt(): void {
    this.#wake()
    if (this.#source?.growing === false) this.#source.close()
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopping || this.#failure !== null) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #letOthersRun(): Promise<void> {
    if (performance.now() - this.#yieldedAt < YIELD_AFTER_MS) return
    await new Promise((resolve) => setImmediate(resolve))
    this.#yieldedAt = performance.now()
  }
}

function isOf(error: unknown, code: FailureCode): boolean {
  return error instanceof FootfallError && error.code === code
}
