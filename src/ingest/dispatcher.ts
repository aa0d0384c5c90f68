import { FootfallError } from '../base/errors.js'
import { FEWEST_JUDGED_LINES, PUBLISH_INTERVAL_MS } from '../base/limits.js'
import type { Changes } from '../store/changes.js'
import type { LiveAnswer, LiveQuestion } from '../store/live.js'
import type { Restored } from '../store/restore.js'
import type { Cut } from './line-cutter.js'
import type { LastRejects, ReaderSetup, Report } from './messages.js'
import { Pool, type Outcome } from './pool.js'
import { Publishing } from './publishing.js'
import { Rejects, type Share } from './rejects.js'
import { Slots, type FreeSlot } from './slots.js'

/**
 * What the reader hands to the pool, and what comes back: slots, batches,
 * boards when they are due, rejected lines in the order of the source.
 */
export class Dispatcher {
  readonly #pool: Pool
  readonly #slots: Slots
  readonly #publishing: Publishing
  readonly #rejects: Rejects
  readonly #published: () => void
  readonly #failed: (error: unknown) => void
  /** Settles when everything dispatched so far has been applied and its dead letters are written. */
  #settled: Promise<void> = Promise.resolve()
  #waiting = 0
  readonly #nowMs: () => number

  /** `nowMs`: the wall clock, epoch ms, 0 where it has not begun. `published` is called after each board; `failed` with whatever goes wrong, once or more; `report` with what becomes of rejected lines. */
  constructor(
    setup: ReaderSetup,
    nowMs: () => number,
    published: () => void,
    failed: (error: unknown) => void,
    report: (report: Report) => void
  ) {
    const { store } = setup
    this.#nowMs = nowMs
    this.#published = published
    this.#failed = failed
    this.#rejects = new Rejects(setup, report)
    this.#slots = new Slots(store)
    this.#pool = new Pool(store, this.#slots, setup.pool, setup.faults.unordered === true)
    this.#publishing = new Publishing(PUBLISH_INTERVAL_MS, () => {
      this.#dispatch(this.#pool.run({ kind: 'publish' }))
    })
  }

  /** What waits for a commit, as of the last batch heard of: a share of what may. */
  get waiting(): number {
    return this.#waiting
  }

  /** Opens the dead-letter file, before anything is counted. Throws a FootfallError when it cannot be written. */
  openDeadLetters(): void {
    this.#rejects.open()
  }

  /** The last rejected lines. */
  lastRejects(): LastRejects {
    return this.#rejects.last()
  }

  /** Waits until one is free: the back-pressure of the pipeline. */
  takeSlot(): Promise<FreeSlot> {
    return this.#slots.take()
  }

  giveSlot(slot: FreeSlot): void {
    this.#slots.give(slot)
  }

  /** Hands a filled slot over. `isQuarantined`: it is one line that is not to be looked at. */
  batch(
    slot: FreeSlot,
    { length, offset, end, oversized }: Cut,
    isAtEnd: boolean,
    isQuarantined = false
  ): void {
    const publish = this.#publishing.isDue(isAtEnd)
    const share = this.#rejects.dispatched(slot.buffer, { length, offset, end, oversized })
    const rejectedAs = isQuarantined ? 'quarantined' : oversized ? 'oversized_line' : null
    const wallMs = this.#nowMs()
    this.#dispatch(this.#pool.batch(slot, { length, offset, end, rejectedAs, wallMs, publish }), share)
  }

  /** There is nothing more to read for now. */
  rest(): void {
    this.#publishing.rest()
    this.#judgeRejects(FEWEST_JUDGED_LINES)
  }

  /** Publishes what was not. `fewestLines`: by so many, the first ones are judged as they are. */
  flush(fewestLines = FEWEST_JUDGED_LINES): void {
    this.#publishing.flush()
    this.#judgeRejects(fewestLines)
  }

  /** The wall clock moves on to now. */
  tick(): Promise<unknown> {
    const done = this.#pool.run({ kind: 'tick', wallMs: this.#nowMs() })
    this.#dispatch(done)
    return done
  }

  /** Nothing more comes: an event far ahead of the clock, which waits for the next one to decide on it, is right. */
  confirm(): void {
    this.#dispatch(this.#pool.run({ kind: 'confirm' }))
  }

  async askLive(question: LiveQuestion): Promise<LiveAnswer> {
    return only('answered', await this.#pool.run({ kind: 'live', question })).answer
  }

  /** Takes what has changed since the last time. */
  async takeChanges(): Promise<Changes> {
    const before = this.#settled
    const { changes } = only('changed', await this.#pool.run({ kind: 'changes' }))
    this.#waiting = 0
    // What is committed is not read again: its dead letters must have been written.
    await before
    return changes
  }

  /** Takes the state of an earlier run over, before anything is counted. */
  async restore(state: Restored, offset: number): Promise<void> {
    await this.#pool.run({ kind: 'restore', state, offset })
    this.#publishing.changed()
  }

  /** What is dispatched from now on is of a source that begins, or goes on, at byte `offset`. */
  async begin(offset: number): Promise<void> {
    await this.#pool.run({ kind: 'restore', state: null, offset })
    this.#publishing.changed()
    const before = this.#settled
    this.#settled = before.then(() => {
      this.#rejects.begin(offset)
    })
  }

  /** Resolves when everything dispatched so far has been applied and its dead letters are written, or failed. */
  settled(): Promise<void> {
    return this.#settled
  }

  /** From now on nobody gets a slot. */
  fail(error: Error): void {
    this.#slots.fail(error)
  }

  /** A thread of the pool has failed: nothing that is under way will be done. */
  failPool(failure: FootfallError): void {
    this.#pool.fail(failure)
  }

  close(): void {
    this.#publishing.close()
    this.#pool.close()
    this.#rejects.close()
  }

  /** Judges the first lines by what has been dispatched so far. */
  #judgeRejects(fewestLines: number): void {
    if (!this.#rejects.isOpen) return
    this.#settled = this.#settled.then(() => {
      this.#rejects.judge(fewestLines)
    })
  }

  /** Takes outcomes in the order of their tickets. */
  #dispatch(applied: Promise<Outcome>, share: Share | null = null): void {
    const before = this.#settled
    const settle = async () => {
      await before
      const outcome = await applied
      if (outcome.kind !== 'applied') return
      if (share !== null) this.#rejects.applied(share, outcome.rejections)
      this.#waiting = outcome.waiting ?? this.#waiting
      if (outcome.publishMs === null) return
      this.#publishing.took(outcome.publishMs)
      this.#rejects.tell()
      this.#published()
    }
    // A failure is kept by the reader, and ends its run; the chain itself goes on.
    this.#settled = settle().catch(this.#failed)
    applied.catch(() => undefined)
  }
}

function only<Kind extends Outcome['kind']>(kind: Kind, outcome: Outcome): Extract<Outcome, { kind: Kind }> {
  if (outcome.kind === kind) return outcome as Extract<Outcome, { kind: Kind }>
  throw new FootfallError('ingest', `a task of the pool came to ${outcome.kind}, not ${kind}`)
}
