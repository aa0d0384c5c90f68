import { once } from 'node:events'
import { Piscina } from 'piscina'
import { FootfallError, describeError } from '../base/errors.js'
import type { Store } from '../store/store.js'
import { Turn } from '../store/turn.js'
import type { PoolSetup, PoolOptions, Task, TaskResult } from './messages.js'

/** A task before it has its ticket. */
export type Work = Task extends infer Each ? (Each extends Task ? Omit<Each, 'ticket'> : never) : never

/**
 * The pool of threads that work on the store. It hands out the tickets, and
 * never gives the pool more tasks than it has threads: a task that waits for
 * its turn must not keep an earlier one from a thread, and piscina's own queue
 * may put a task it could not place behind later ones.
 */
export class TicketedPool {
  readonly #pool: Piscina<Task, TaskResult>
  readonly #turn: Turn
  readonly #workers: number
  /** Resolves when every thread has started, or failed to. */
  readonly #started: Promise<unknown>
  readonly #queue: (() => void)[] = []
  #running = 0
  #nextTicket = 0
  #failure: FootfallError | null = null
  #announceFailure: (failure: FootfallError) => void = () => undefined
  /** Rejects with the first failure. */
  readonly #failed = new Promise<never>((_, reject) => (this.#announceFailure = reject))

  constructor(store: Store, options: PoolOptions, deadLetters: boolean) {
    const { url, workers, parser, faults } = options
    this.#workers = workers
    this.#turn = new Turn(store)
    this.#pool = new Piscina<Task, TaskResult>({
      filename: url,
      name: 'runTask',
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Infinity,
      // Workers need no loader hooks of their parent's: that would cost a second at their start.
      execArgv: [],
      workerData: { store, faults, deadLetters, ...parser } satisfies PoolSetup
    })
    // A thread's first message says that it is ready.
    this.#started = Promise.all(
      this.#pool.threads.map((thread) => Promise.race([once(thread, 'message'), once(thread, 'exit')]))
    )
    this.#started.catch(() => undefined)
    this.#failed.catch(() => undefined)
  }

  /** Resolves with the task's result; rejects with the pool's first failure, then and ever after. */
  run(work: Work): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const task: Task = { ...work, ticket: this.#nextTicket }
      this.#nextTicket = (this.#nextTicket + 1) | 0
      this.#queue.push(() => {
        this.#start(task).then(resolve, reject)
      })
      this.#startQueued()
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

  #startQueued(): void {
    while (this.#running < this.#workers) {
      const start = this.#queue.shift()
      if (start === undefined) return
      this.#running++
      start()
    }
  }

  async #start(task: Task): Promise<TaskResult> {
    try {
      if (this.#failure !== null) throw this.#failure
      const result = await this.#pool.run(task)
      // Who gave up may be heard before the one who failed: that one says why.
      return result.kind === 'aborted' ? await this.#failed : this.#check(result)
    } catch (error) {
      throw this.#fail(error)
    } finally {
      this.#running--
      this.#startQueued()
    }
  }

  #check(result: TaskResult): TaskResult {
    if (result.kind === 'failed') throw new FootfallError(result.failure.code, result.failure.message)
    return result
  }

  /** The first failure is the one that is told; whoever waits for a turn that will not come gives up. */
  #fail(error: unknown): FootfallError {
    if (this.#failure === null) {
      this.#turn.abort()
      const isKnown = error instanceof FootfallError
      const message = `a worker failed: ${describeError(error)}`
      this.#failure = isKnown ? error : new FootfallError('ingest', message, { cause: error })
      this.#announceFailure(this.#failure)
    }
    return this.#failure
  }
}
