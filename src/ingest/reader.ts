import { PUBLISH_INTERVAL_MS, POLL_INTERVAL_MS, TICK_INTERVAL_MS } from '../base/limits.js'
import { FootfallError } from '../base/errors.js'
import { slotBytes } from '../store/slot.js'
import { DeadLetters } from './dead-letters.js'
import { PacedLines } from './paced-lines.js'
import { LineCutter, type Cut } from './line-cutter.js'
import type { ReaderSetup, Report, Request, SourceState } from './messages.js'
import { Publishing } from './publishing.js'
import { SlotQueue } from './slot-queue.js'
import { openSource, type Source } from './source.js'
import { TicketedPool } from './ticketed-pool.js'

/** How long the reader may keep its event loop from results and requests; ms. */
const YIELD_AFTER_MS = 5

/**
 * The reader thread: owns the source and the pool, cuts what it reads into
 * batches, and decides when to publish. One instance reads one source once.
 */
export class Reader {
  readonly #setup: ReaderSetup
  readonly #report: (report: Report) => void
  readonly #pool: TicketedPool
  readonly #slots: SlotQueue
  readonly #buffers: readonly Buffer[]
  #source: Source | null = null
  readonly #cutter = new LineCutter()
  readonly #publishing: Publishing
  readonly #paced: PacedLines | null
  readonly #deadLetters: DeadLetters | null
  /** Settles when everything dispatched so far has been applied and its dead letters are written. */
  #settled: Promise<void> = Promise.resolve()
  #state: SourceState = 'waiting'
  #sizeBytes: number | null = null
  #stopping = false
  #wake: () => void = () => undefined
  #failure: Error | null = null
  #yieldedAt = performance.now()

  constructor(setup: ReaderSetup, report: (report: Report) => void) {
    this.#setup = setup
    this.#report = report
    this.#deadLetters =
      setup.deadLetterPath === null ? null : new DeadLetters(setup.deadLetterPath, setup.source.name)
    this.#pool = new TicketedPool(setup.store, setup.pool, this.#deadLetters !== null)
    this.#slots = new SlotQueue(setup.store.layout.slots.length)
    const { speed } = setup.source
    this.#paced = speed === null ? null : new PacedLines(speed, setup.pool.parser)
    this.#buffers = setup.store.layout.slots.map((slot) => slotBytes(setup.store, slot))
    this.#publishing = new Publishing(PUBLISH_INTERVAL_MS, () => {
      this.#dispatch(this.#pool.run({ kind: 'publish' }))
    })
  }

  /** Answers a request of the main thread. */
  request(request: Request): void {
    if (request.kind === 'stop') {
      this.#stopping = true
      this.#interrupt()
      return
    }
    const { id, metric, minutes } = request
    this.#pool.run({ kind: 'rank', metric, minutes }).then(
      (result) => {
        if (result.kind === 'ranked') this.#report({ kind: 'answer', id, answer: result.answer })
      },
      (error: unknown) => {
        this.#fail(error)
      }
    )
  }

  /**
   * Reads until the source ends or a stop is requested; then everything is
   * applied and published. Rejects with a FootfallError when it cannot go on.
   */
  async run(): Promise<void> {
    const ticks = this.#setup.clock === 'wall' ? this.#startTicks() : undefined
    try {
      const source = await this.#open()
      if (source !== null) await this.#readAll(source)
      this.#throwFailure()
      this.#publishing.flush()
      await this.#settled
      this.#throwFailure()
      await this.#idleUntilStopped()
    } finally {
      clearInterval(ticks)
      this.#publishing.close()
      await this.#pool.close()
      this.#deadLetters?.close()
    }
  }

  async #open(): Promise<Source | null> {
    const { name, follow } = this.#setup.source
    for (;;) {
      const source = openSource(name)
      if (source !== null) return source
      if (!follow) throw new FootfallError('source', `cannot read ${name}: there is no such file`)
      this.#enter('waiting')
      this.#publishing.flush()
      await this.#pause(POLL_INTERVAL_MS)
      if (this.#stopping) return null
    }
  }

  async #readAll(source: Source): Promise<void> {
    this.#source = source
    try {
      // A stream may have nothing to read for long: there is an answer all the same.
      if (source.size() === null) this.#publishing.flush()
      while (!this.#stopping && this.#failure === null) {
        if (await this.#readOnce(source)) continue
        if (!source.growing || !this.#setup.source.follow) {
          // A stream that was closed by a stop may go on: its last line is not complete.
          if (!this.#isStopping()) await this.#finish()
          return
        }
        this.#enter('live')
        this.#publishing.rest()
        await this.#pause(POLL_INTERVAL_MS)
        // A file that shrank or was replaced must not pass for an idle one.
        this.#learnSize(source.size())
      }
    } finally {
      source.close()
    }
  }

  /** Reads and dispatches once; false at the end of the source. */
  async #readOnce(source: Source): Promise<boolean> {
    const slot = await this.#slots.take()
    const buffer = this.#buffers[slot]
    if (buffer === undefined) throw new RangeError(`there is no slot ${slot}`)
    if (this.#cutter.hasLines()) {
      await this.#pass(slot, this.#cutter.takeLines(buffer), false)
      return true
    }
    const room = this.#cutter.room()
    const wanted = Math.min(this.#setup.source.chunkBytes, buffer.length - room)
    const count = await source.read(buffer, room, wanted)
    if (count === 0) {
      this.#slots.give(slot)
      return false
    }
    this.#sizeBytes = source.size()
    // Of a stream nobody knows; its boards come by the timer.
    const isAtEnd = this.#sizeBytes !== null && this.#cutter.readAt + count >= this.#sizeBytes
    // How much a stream holds back nobody knows: it is read as it comes.
    this.#enter(isAtEnd || this.#sizeBytes === null ? 'live' : 'catching_up')
    const cut = this.#cutter.push(buffer, count)
    if (cut === null) this.#slots.give(slot)
    else await this.#pass(slot, cut, isAtEnd)
    await this.#letOthersRun()
    return true
  }

  /** The end of a source that cannot grow ends its last line. */
  async #finish(): Promise<void> {
    const slot = await this.#slots.take()
    const buffer = this.#buffers[slot]
    const cut = buffer === undefined ? null : this.#cutter.finish(buffer)
    if (cut === null) this.#slots.give(slot)
    else await this.#pass(slot, cut, false)
    this.#enter('ended')
  }

  /** Dispatches a cut, at once or line by line as the lines become due. */
  async #pass(slot: number, cut: Cut, isAtEnd: boolean): Promise<void> {
    const buffer = this.#buffers[slot]
    if (this.#paced === null || cut.oversized || buffer === undefined) {
      this.#dispatchBatch(slot, cut, isAtEnd)
      return
    }
    const bytes = Buffer.from(buffer.subarray(0, cut.length))
    this.#slots.give(slot)
    for (const part of this.#paced.parts(bytes)) {
      if (part.waitMs > 0) await this.#pause(part.waitMs)
      // What is not played is not read: a stop ends between two lines.
      if (this.#isStopping()) return
      const target = await this.#slots.take()
      bytes.copy(this.#buffers[target] ?? Buffer.alloc(0), 0, part.start, part.end)
      const offset = cut.offset + part.start
      const end = cut.offset + part.end
      this.#dispatchBatch(target, { length: part.end - part.start, offset, end, oversized: false }, true)
    }
  }

  #dispatchBatch(slot: number, cut: Cut, isAtEnd: boolean): void {
    const publish = this.#publishing.isDue(isAtEnd)
    const { length, offset, end, oversized } = cut
    const applied = this.#pool.run({
      kind: 'batch',
      slot,
      length,
      offset,
      end,
      oversized,
      wallMs: Date.now(),
      publish
    })
    this.#dispatch(
      applied.finally(() => {
        this.#slots.give(slot)
      })
    )
  }

  /** Takes results in the order of their tickets. */
  #dispatch(applied: ReturnType<TicketedPool['run']>): void {
    const before = this.#settled
    const settle = async () => {
      await before
      const result = await applied
      if (result.kind !== 'applied') return
      this.#deadLetters?.write(result.rejections)
      if (result.publishMs === null) return
      this.#publishing.took(result.publishMs)
      this.#reportProgress()
    }
    // A failure is kept, and ends the run at its next step; the chain itself goes on.
    this.#settled = settle().catch((error: unknown) => {
      this.#fail(error)
    })
    applied.catch(() => undefined)
  }

  #startTicks(): NodeJS.Timeout {
    let isTicking = false
    const tick = () => {
      if (isTicking || this.#failure !== null) return
      isTicking = true
      const done = this.#pool.run({ kind: 'tick', wallMs: Date.now() })
      this.#dispatch(
        done.finally(() => {
          isTicking = false
        })
      )
    }
    tick()
    return setInterval(tick, TICK_INTERVAL_MS)
  }

  /** With the wall clock a served stream that has ended still ages; with a server, it still answers. */
  async #idleUntilStopped(): Promise<void> {
    if (!this.#setup.source.follow) return
    while (!this.#stopping && this.#failure === null) await this.#pause(TICK_INTERVAL_MS)
    this.#throwFailure()
    await this.#settled
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
  }

  #reportProgress(): void {
    this.#report({ kind: 'progress', state: this.#state, sizeBytes: this.#sizeBytes })
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error))
    this.#slots.fail(this.#failure)
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
