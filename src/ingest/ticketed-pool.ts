import { once } from 'node:events'
import { Piscina } from 'piscina'
import { FootfallError, describeError } from '../base/errors.js'
import { TASKS_PER_WORKER } from '../base/limits.js'
import type { Store } from '../store/store.js'
import { Turn } from '../store/turn.js'
import type { Applied, Done, PoolOptions, PoolSetup, Rejection, Task, TaskResult } from './messages.js'

/** A task before it has its ticket. */
export type Work = Task extends infer Each ? (Each extends Task ? Omit<Each, 'ticket'> : never) : never

/** What became of a task: all of it is part of the store's state. */
export type Outcome =
  /** `publishMs`: how long publishing took; null where no board was published. */
  | {
      readonly kind: 'applied'
      readonly rejections: readonly Rejection[]
      readonly publishMs: number | null
      /** Rows of days that wait for a commit; null where it is not known. */
      readonly foldRows: number | null
      /** Events of a batch that were counted. */
      readonly accepted: number
    }
  | Extract<Done, { kind: 'ranked' | 'restored' | 'changed' }>

/** A task under way: a batch is parsed by one thread and applied by one, and either may be heard of first. */
interface Pending {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
  parsed?: readonly Rejection[]
  applied?: Applied
}

/**
 * The pool of threads that work on the store. It hands out the tickets, and
 * never gives the pool more tasks than its threads take: each takes its tasks
 * in the order of their tickets, so that one that waits for its turn never keeps
 * an earlier one from running; piscina's own queue might.
 */
export class TicketedPool {
  readonly #pool: Piscina<Task, TaskResult>
  readonly #turn: Turn
  readonly #mostRunning: number
  readonly #swapsBatches: boolean
  /** Test only: hands out the ticket of the batch that is held back. */
  #handOutHeld: (() => void) | null = null
  /** Resolves when every thread has started, or failed to. */
  readonly #started: Promise<unknown>
  readonly #queue: Task[] = []
  readonly #pending = new Map<number, Pending>()
  #running = 0
  #nextTicket = 0
  #failure: FootfallError | null = null

  constructor(store: Store, options: PoolOptions, deadLetters: boolean) {
    const { url, workers, parser, faults } = options
    this.#mostRunning = workers * TASKS_PER_WORKER
    this.#swapsBatches = faults.unordered === true
    this.#turn = new Turn(store)
    this.#pool = new Piscina<Task, TaskResult>({
      filename: url,
      name: 'runTask',
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Infinity,
      concurrentTasksPerWorker: TASKS_PER_WORKER,
      // Workers need no loader hooks of their parent's: that would cost a second at their start.
      execArgv: [],
      workerData: { store, faults, deadLetters, ...parser } satisfies PoolSetup
    })
    // A thread's first message says that it is ready.
    this.#started = Promise.all(
      this.#pool.threads.map((thread) => Promise.race([once(thread, 'message'), once(thread, 'exit')]))
    )
    this.#started.catch(() => undefined)
  }

  /** Resolves when the task is done, a batch when it is applied; rejects with the pool's first failure, then and ever after. */
  run(work: Work): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const handOut = () => {
        this.#handOutTicket(work, { resolve, reject })
      }
      if (!this.#swapsBatches) handOut()
      else this.#swap(work.kind === 'batch', handOut)
    })
  }

  /**
   * Ends the threads. Call when every task has ended. A thread that is still
   * loading its modules is waited for: Node 20 aborts the whole process when one
   * is terminated in the middle of a synchronous load of an ES module.
   */
  async close(): Promise<void> {
    await this.#started.catch(() => undefined)
    await this.#pool.destroy()
  }

  #handOutTicket(work: Work, pending: Pending): void {
    if (this.#failure !== null) {
      pending.reject(this.#failure)
      return
    }
    const task: Task = { ...work, ticket: this.#nextTicket }
    this.#nextTicket = (this.#nextTicket + 1) | 0
    this.#pending.set(task.ticket, pending)
    this.#queue.push(task)
    this.#startQueued()
  }

  /**
   * Test only: a batch changes places with the batch behind it. Whatever else
   * comes stays behind both, so that nobody waits for a ticket that is handed
   * out later; and only the first ones do, so that none is the last of its source.
   */
  #swap(isBatch: boolean, handOut: () => void): void {
    const held = this.#handOutHeld
    if (isBatch && held === null && this.#nextTicket < SWAPPED_TICKETS) {
      this.#handOutHeld = handOut
      return
    }
    this.#handOutHeld = null
    if (isBatch) handOut()
    held?.()
    if (!isBatch) handOut()
  }

  #startQueued(): void {
    while (this.#running < this.#mostRunning) {
      const task = this.#queue.shift()
      if (task === undefined) return
      this.#running++
      this.#pool
        .run(task)
        .then((result) => {
          this.#take(task.ticket, result)
        })
        .catch((error: unknown) => {
          this.#fail(
            new FootfallError('ingest', `a worker failed: ${describeError(error)}`, { cause: error })
          )
        })
        .finally(() => {
          this.#running--
          this.#startQueued()
        })
    }
  }

  #take(ticket: number, result: TaskResult): void {
    // Who gave up may be heard before the one who failed: that one says why.
    if (result.kind === 'aborted') return
    if (result.kind === 'failed') {
      this.#fail(new FootfallError(result.failure.code, result.failure.message))
      return
    }
    switch (result.kind) {
      case 'parsed':
        this.#settle(ticket, { parsed: result.rejections })
        break
      case 'published':
        this.#end(ticket, {
          kind: 'applied',
          rejections: [],
          publishMs: result.publishMs,
          foldRows: null,
          accepted: 0
        })
        break
      case 'ranked':
      case 'restored':
      case 'changed':
        this.#end(ticket, result)
    }
    for (const applied of result.applied) this.#settle(applied.ticket, { applied })
  }

  #settle(ticket: number, half: Pick<Pending, 'parsed' | 'applied'>): void {
    const pending = this.#pending.get(ticket)
    if (pending === undefined) return
    const { parsed, applied } = Object.assign(pending, half)
    if (parsed === undefined || applied === undefined) return
    const rejections =
      applied.rejections.length === 0
        ? parsed
        : [...parsed, ...applied.rejections].sort((a, b) => a.offset - b.offset)
    const { publishMs, foldRows, accepted } = applied
    this.#end(ticket, { kind: 'applied', rejections, publishMs, foldRows, accepted })
  }

  #end(ticket: number, outcome: Outcome): void {
    this.#pending.get(ticket)?.resolve(outcome)
    this.#pending.delete(ticket)
  }

  /** The first failure is the one that is told; whoever waits for a turn that will not come gives up. */
  #fail(failure: FootfallError): void {
    if (this.#failure !== null) return
    this.#failure = failure
    this.#turn.abort()
    for (const { reject } of this.#pending.values()) reject(failure)
    this.#pending.clear()
    this.#queue.length = 0
  }
}

/** Test only: batches change places up to about this ticket. */
const SWAPPED_TICKETS = 64
