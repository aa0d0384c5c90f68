import { POLL_INTERVAL_MS, TICK_INTERVAL_MS } from '../base/limits.js'
import { FootfallError, describeError, type FailureCode } from '../base/errors.js'
import { Dispatcher } from './dispatcher.js'
import type { Historian } from './historian.js'
import { Keeping } from './keeping.js'
import { LineCutter, type Cut } from './line-cutter.js'
import type { ReaderSetup, Report, Request, SourceState } from './messages.js'
import { PacedLines } from './paced-lines.js'
import type { FreeSlot } from './slots.js'
import { openSource, type Source } from './source.js'
import { startTicks } from './ticking.js'

/** How long the reader may keep its event loop from results and requests; ms. */
const YIELD_AFTER_MS = 5

/**
 * The reader thread: owns the source, the pool and the historian, cuts what it
 * reads into batches, and decides when to commit. One instance reads one source
 * once.
 */
export class Reader {
  readonly #setup: ReaderSetup
  readonly #report: (report: Report) => void
  readonly #dispatcher: Dispatcher
  readonly #keeping: Keeping | null
  #source: Source | null = null
  #cutter = new LineCutter()
  readonly #paced: PacedLines | null
  #state: SourceState = 'waiting'
  #sizeBytes: number | null = null
  #stopping = false
  #wake: () => void = () => undefined
  #failure: Error | null = null
  #yieldedAt = performance.now()
  #announceTakenOver: () => void = () => undefined
  readonly #takenOver = new Promise<void>((resolve) => (this.#announceTakenOver = resolve))

  /** `historian`: the thread that keeps the history, null where none is kept; it is closed with the run. */
  constructor(setup: ReaderSetup, historian: Historian | null, report: (report: Report) => void) {
    this.#setup = setup
    this.#report = report
    const { speed } = setup.source
    this.#paced = speed === null ? null : new PacedLines(speed, setup.parser)
    this.#dispatcher = new Dispatcher(
      setup,
      () => {
        this.#reportProgress()
      },
      (error) => {
        this.#fail(error)
      }
    )
    this.#keeping =
      historian === null
        ? null
        : new Keeping(setup, historian, this.#dispatcher, (commit) => {
            this.#report({ kind: 'commit', commit })
          })
    historian?.ended.catch((error: unknown) => {
      this.#fail(error)
    })
  }

  /** Answers a request of the main thread. */
  request(request: Request): void {
    if (request.kind === 'stop') {
      this.#stopping = true
      this.#interrupt()
      return
    }
    if (request.kind === 'pool-failed') {
      const failure = new FootfallError(request.failure.code, request.failure.message)
      this.#dispatcher.failPool(failure)
      this.#fail(failure)
      return
    }
    const { id } = request
    // No ticket is handed out before the state of the last run has been taken over.
    const answered = this.#takenOver.then(() =>
      request.kind === 'rank' ? this.#rank(request) : this.#askHistory(request)
    )
    answered.then(this.#report, (error: unknown) => {
      const code = error instanceof FootfallError ? error.code : 'ingest'
      this.#report({ kind: 'refused', id, failure: { code, message: describeError(error) } })
    })
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
      this.#announceTakenOver()
      ticks = this.#setup.clock === 'wall' ? startTicks(this.#dispatcher) : undefined
      const source = await this.#open()
      if (source !== null) await this.#readAll(source)
      this.#throwFailure()
      this.#dispatcher.flush()
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

  async #open(): Promise<Source | null> {
    const { name, follow } = this.#setup.source
    for (;;) {
      const source = openSource(name)
      if (source !== null) {
        this.#source = source
        this.#cutter = new LineCutter((await this.#keeping?.resume(source)) ?? 0)
        return source
      }
      if (!follow) throw new FootfallError('source', `cannot read ${name}: there is no such file`)
      this.#enter('waiting')
      this.#dispatcher.flush()
      await this.#pause(POLL_INTERVAL_MS)
      if (this.#stopping) return null
    }
  }

  /** The source has failed, the store has not: what was counted of it is committed. */
  async #keepWhatWasApplied(): Promise<void> {
    if (this.#failure !== null) return
    await this.#dispatcher.settled()
    await this.#keeping?.commit()
  }

  async #readAll(source: Source): Promise<void> {
    // A stream may have nothing to read for long: there is an answer all the same.
    if (source.size() === null) this.#dispatcher.flush()
    while (!this.#stopping && this.#failure === null) {
      if (await this.#readOnce(source)) continue
      if (!source.growing || !this.#setup.source.follow) {
        // A stream that was closed by a stop may go on: its last line is not complete.
        if (!this.#isStopping()) await this.#finish(source)
        return
      }
      this.#enter('live')
      this.#dispatcher.rest()
      await this.#pause(POLL_INTERVAL_MS)
      // A file that shrank or was replaced must not pass for an idle one.
      this.#learnSize(source.size())
    }
  }

  /** Reads and dispatches once; false at the end of the source. */
  async #readOnce(source: Source): Promise<boolean> {
    await this.#makeRoom()
    const slot = await this.#dispatcher.takeSlot()
    const { buffer } = slot
    if (this.#cutter.hasLines()) {
      await this.#pass(slot, this.#cutter.takeLines(buffer), false)
      return true
    }
    const room = this.#cutter.room()
    const wanted = Math.min(this.#setup.source.chunkBytes, buffer.length - room)
    const count = await source.read(buffer, room, wanted)
    if (count === 0) {
      this.#dispatcher.giveSlot(slot)
      return false
    }
    this.#sizeBytes = source.size()
    // Of a stream nobody knows; its boards come by the timer.
    const isAtEnd = this.#sizeBytes !== null && this.#cutter.readAt + count >= this.#sizeBytes
    // How much a stream holds back nobody knows: it is read as it comes.
    this.#enter(isAtEnd || this.#sizeBytes === null ? 'live' : 'catching_up')
    const cut = this.#cutter.push(buffer, count)
    if (cut === null) this.#dispatcher.giveSlot(slot)
    else await this.#pass(slot, cut, isAtEnd)
    await this.#letOthersRun()
    return true
  }

  /** The end of a source ends its last line. Of a file that may still grow, the line is counted, but not committed. */
  async #finish(source: Source): Promise<void> {
    const slot = await this.#dispatcher.takeSlot()
    const cut = this.#cutter.finish(slot.buffer)
    if (cut === null) {
      this.#dispatcher.giveSlot(slot)
    } else {
      if (source.growing) await this.#keeping?.freeze()
      await this.#pass(slot, cut, false)
    }
    this.#enter('ended')
  }

  /** Where too much waits for a commit, counting waits for it too; a server as long as nothing can be written. */
  async #makeRoom(): Promise<void> {
    while (this.#keeping?.isFull === true && !this.#stopping && this.#failure === null) {
      try {
        await this.#keeping.commit()
      } catch (error) {
        if (!this.#setup.source.follow) throw error
        this.#dispatcher.rest()
        await this.#pause(TICK_INTERVAL_MS)
      }
    }
  }

  /** Dispatches a cut, at once or line by line as the lines become due. */
  async #pass(slot: FreeSlot, cut: Cut, isAtEnd: boolean): Promise<void> {
    if (this.#paced === null || cut.oversized) {
      this.#dispatcher.batch(slot, cut, isAtEnd)
      return
    }
    const bytes = Buffer.from(slot.buffer.subarray(0, cut.length))
    this.#dispatcher.giveSlot(slot)
    for (const part of this.#paced.parts(bytes)) {
      if (part.waitMs > 0) await this.#pause(part.waitMs)
      // What is not played is not read: a stop ends between two lines.
      if (this.#isStopping()) return
      const target = await this.#dispatcher.takeSlot()
      bytes.copy(target.buffer, 0, part.start, part.end)
      const offset = cut.offset + part.start
      const end = cut.offset + part.end
      this.#dispatcher.batch(target, { length: part.end - part.start, offset, end, oversized: false }, true)
    }
  }

  async #rank({ id, metric, minutes }: Request & { kind: 'rank' }): Promise<Report> {
    return { kind: 'answer', id, answer: await this.#dispatcher.rank(metric, minutes) }
  }

  async #askHistory({ id, question }: Request & { kind: 'history' }): Promise<Report> {
    if (this.#keeping === null) throw new FootfallError('history', 'no history is kept')
    return { kind: 'history', id, answer: await this.#keeping.ask(question) }
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
