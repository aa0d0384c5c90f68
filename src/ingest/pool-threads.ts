import { setTimeout as delay } from 'node:timers/promises'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { describeError } from '../base/errors.js'
import { Turn } from '../store/turn.js'
import type { Failure, PoolCall, PoolSetup } from './messages.js'

/**
 * The threads of the pool as the main thread sees them: starts them, at the same
 * time as the reader, and hears when one fails. Each is called once and works
 * until nothing comes any more; what it works on it finds in the shared memory.
 */
export class PoolThreads {
  readonly #pool: Piscina<PoolCall, Failure | null>
  readonly #turn: Turn
  readonly #calls: Promise<unknown>[]
  /** The reader's ends of the ports, one to each thread; to be transferred. */
  readonly ports: readonly MessagePort[]

  /** `failed` is called with every failure: the first is the one to tell. */
  constructor(url: URL, workers: number, setup: PoolSetup, failed: (failure: Failure) => void) {
    const { heapMb } = setup.faults
    this.#turn = new Turn(setup.store)
    this.#pool = new Piscina<PoolCall, Failure | null>({
      filename: url.href,
      name: 'serve',
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Infinity,
      // Workers need no loader hooks of their parent's: that would cost a second at their start.
      execArgv: [],
      workerData: setup,
      ...(heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    })
    // A thread that dies is not replaced: what it was at is lost, and another one would be loading when all are ended.
    this.#pool.options.minThreads = 0
    // Of a thread that has no work any more: there is nobody to be told, and nothing is lost.
    this.#pool.on('error', () => undefined)
    const channels = Array.from({ length: workers }, () => new MessageChannel())
    this.ports = channels.map(({ port1 }) => port1)
    this.#calls = channels.map(({ port2 }) => this.#call(port2, failed))
  }

  /** Ends all work, for ever: the store is suspect. */
  abort(): void {
    this.#turn.abort()
  }

  /**
   * Resolves when all threads have done their work: call when nothing more is handed
   * out, or after `abort`. A thread that is still loading its modules is waited for:
   * Node 20 aborts the whole process when one is terminated in the middle of that.
   * Taking the threads down is not waited for, but the process ends after it.
   */
  async close(): Promise<void> {
    await Promise.all(this.#calls)
    void this.#pool.destroy()
  }

  /**
   * Ends the threads, after `abort`: resolves when all have ended. They may take
   * `withinMs` to finish what they do, as far as they can.
   */
  async terminate(withinMs: number): Promise<void> {
    await Promise.race([Promise.all(this.#calls), delay(withinMs, null, { ref: false })])
    await this.#pool.destroy()
  }

  async #call(port: MessagePort, failed: (failure: Failure) => void): Promise<void> {
    try {
      const failure = await this.#pool.run({ port }, { transferList: [port] })
      if (failure !== null) failed(failure)
    } catch (error) {
      this.abort()
      failed({ code: 'ingest', message: `a worker failed: ${describeError(error)}` })
    }
  }
}
