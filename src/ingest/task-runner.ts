import { FootfallError, describeError } from '../base/errors.js'
import { Kernel, type Shortage } from '../store/kernel.js'
import { takeChanges } from '../store/changes.js'
import { restore } from '../store/restore.js'
import { ParsedSlot } from '../store/slot.js'
import { Turn } from '../store/turn.js'
import { createBatchParser, futureRejections } from './batch.js'
import type { Applied, Batch, Done, Failure, PoolSetup, Task, TaskResult } from './messages.js'

/** Rows of the fold that are kept before they are dropped, where no history is kept. */
const FOLD_ROWS_KEPT = 64 * 1024

/**
 * Makes the function that a thread of the pool runs for each task: the
 * expensive part at any time, then, when the ticket's turn has come, the part
 * that touches the store. A batch does not wait for its turn: another thread
 * may apply it. Never throws while it holds the turn: whatever fails aborts the
 * pipeline, since the store may be half written.
 */
export function createTaskRunner(setup: PoolSetup): (task: Task) => TaskResult {
  // The kernel is bound when the first task comes: by then the hashes have their seed.
  let runner: TaskRunner | null = null
  return (task) => (runner ??= new TaskRunner(setup)).run(task)
}

/** Why a task could not be done. */
class TaskFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

class TaskRunner {
  readonly #setup: PoolSetup
  readonly #kernel: Kernel
  readonly #turn: Turn
  readonly #parseBatch
  readonly #slots: readonly ParsedSlot[]

  constructor(setup: PoolSetup) {
    this.#setup = setup
    this.#kernel = new Kernel(setup.store)
    this.#turn = new Turn(setup.store)
    this.#parseBatch = createBatchParser(setup, this.#kernel)
    this.#slots = setup.store.layout.slots.map((place) => new ParsedSlot(setup.store, place))
  }

  run(task: Task): TaskResult {
    try {
      return task.kind === 'batch' ? this.#runBatch(task) : this.#runInTurn(task)
    } catch (error) {
      this.#turn.abort()
      const failure =
        error instanceof TaskFailure
          ? error.failure
          : error instanceof FootfallError
            ? { code: error.code, message: error.message }
            : { code: 'ingest' as const, message: `a worker failed: ${describeError(error)}` }
      return { kind: 'failed', failure }
    }
  }

  #runBatch(task: Task & Batch): TaskResult {
    const rejections = this.#parseBatch(task)
    this.#turn.park(task.ticket, task.slot)
    return { kind: 'parsed', rejections, applied: this.#applyParked() }
  }

  #runInTurn(task: Exclude<Task, { kind: 'batch' }>): TaskResult {
    if (!this.#turn.take(task.ticket)) return { kind: 'aborted' }
    const done = this.#work(task)
    this.#turn.pass()
    return { ...done, applied: this.#applyParked() }
  }

  #work(task: Exclude<Task, { kind: 'batch' }>): Done {
    switch (task.kind) {
      case 'publish':
        return { kind: 'published', publishMs: this.#publish() }
      case 'tick':
        this.#makeRoom(() => this.#kernel.prepareTick())
        this.#kernel.tick(task.wallMs)
        return { kind: 'published', publishMs: this.#publish() }
      case 'rank':
        return { kind: 'ranked', answer: this.#kernel.rankWindow(task.metric, task.minutes) }
      case 'restore':
        if (task.state !== null) restore(this.#setup.store, this.#kernel, task.state)
        this.#kernel.setOffset(task.offset)
        return { kind: 'restored' }
      case 'changes': {
        const changes = takeChanges(this.#setup.store)
        this.#kernel.dropFold()
        return { kind: 'changed', changes }
      }
    }
  }

  /** Applies what is parked, as long as its turn has come. */
  #applyParked(): Applied[] {
    const applied: Applied[] = []
    for (let next = this.#turn.claim(); next !== null; next = this.#turn.claim()) {
      applied.push(this.#applySlot(next.ticket, next.slot))
      this.#turn.pass()
    }
    return applied
  }

  #applySlot(ticket: number, number: number): Applied {
    const slot = this.#slots[number]
    if (slot === undefined) throw new RangeError(`there is no slot ${number}`)
    const { wallMs, end, publish } = slot.batch()
    const earlyBoard = this.#setup.faults.earlyBoard === true
    this.#makeRoom(() => this.#kernel.prepare(slot.place, slot.count, slot.idBytes))
    if (earlyBoard) {
      this.#kernel.setOffset(end)
      this.#kernel.publish()
    }
    const future = this.#kernel.apply(slot.place, slot.count, wallMs, end)
    return {
      ticket,
      publishMs: publish && !earlyBoard ? this.#publish() : null,
      foldRows: this.#kernel.foldCount(),
      accepted: slot.count - future,
      rejections: future > 0 && this.#setup.deadLetters ? futureRejections(this.#setup.store, slot) : []
    }
  }

  /** Makes sure that there is room for what is to be applied; throws a TaskFailure when there is none. */
  #makeRoom(prepare: () => Shortage | null): void {
    const { keepsHistory } = this.#setup.store
    if (!keepsHistory && this.#kernel.foldCount() > FOLD_ROWS_KEPT) this.#kernel.dropFold()
    const shortage = prepare()
    if (shortage === null) return
    const message = `the store has no room left for ${shortage}; ingest stopped before the batch that needs it`
    throw new TaskFailure({ code: 'capacity', message })
  }

  /** Publishes a board; how long that took, ms. */
  #publish(): number {
    const begun = performance.now()
    this.#kernel.publish()
    return performance.now() - begun
  }
}
