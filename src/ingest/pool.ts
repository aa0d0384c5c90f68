import type { MessagePort } from 'node:worker_threads'
import type { FootfallError } from '../base/errors.js'
import { MAX_OUTSTANDING_TASKS } from '../base/limits.js'
import type { OmitEach } from '../base/omit-each.js'
import { columnsOf } from '../store/restore.js'
import type { SlotBatch } from '../store/slot.js'
import type { Store } from '../store/store.js'
import { TicketQueue } from '../store/ticket-queue.js'
import type { Applied, Done, PoolResult, Rejection, Task } from './messages.js'
import type { FreeSlot, Slots } from './slots.js'

/** A task before it has its ticket. */
export type Work = OmitEach<Task, 'ticket'>

/** What became of a task: all of it is part of the store's state. */
export type Outcome =
  /** `publishMs`: how long publishing took; null where no board was published. */
  | {
      readonly kind: 'applied'
      readonly rejections: readonly Rejection[]
      readonly publishMs: number | null
      /** See `Applied`; null where it is not known. */
      readonly waiting: number | null
    }
  | Extract<Done, { kind: 'answered' | 'restored' | 'changed' }>

/** Work under way: a batch is parsed by one thread and applied by one, and either may be heard of first. */
interface Pending {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
  parsed?: readonly Rejection[]
  applied?: Applied
}

/**
 * The pool of threads as the reader sees it: hands out the tickets, sends tasks
 * to the first thread, and hears from each what has become of them.
 */
export class Pool {
  readonly #slots: Slots
  readonly #queue: TicketQueue
  readonly #ports: readonly MessagePort[]
  readonly #pending = new Map<number, Pending>()
  /** Tasks that are handed out when others are done. */
  readonly #waiting: (() => void)[] = []
  readonly #swapsBatches: boolean
  /** Test only: hands out the ticket of the batch that is held back. */
  #handOutHeld: (() => void) | null = null
  #failure: FootfallError | null = null

  /** `ports`: one to each thread. `swapsBatches`: test only. */
  constructor(store: Store, slots: Slots, ports: readonly MessagePort[], swapsBatches: boolean) {
    this.#slots = slots
    this.#queue = new TicketQueue(store)
    this.#ports = ports
    this.#swapsBatches = swapsBatches
    for (const port of ports) {
      port.on('message', (result: PoolResult) => {
        this.#take(result)
      })
    }
  }

  /** Resolves when the batch in a filled slot is applied; rejects with the pool's first failure, then and ever after. */
  batch(slot: FreeSlot, batch: SlotBatch): Promise<Outcome> {
    return this.#begin((pending) => {
      const handOut = () => {
        if (!this.#isFailed(pending)) this.#pending.set(this.#slots.handOut(slot, batch), pending)
      }
      if (this.#swapsBatches) this.#swap(handOut)
      else handOut()
    })
  }

  /** Resolves when the task is done; rejects as `batch` does. */
  run(work: Work): Promise<Outcome> {
    return this.#begin((pending) => {
      this.#handOutHeldBack()
      const handOut = () => {
        this.#handOutTask(work, pending)
      }
      if (this.#queue.outstanding() < MAX_OUTSTANDING_TASKS) handOut()
      else this.#waiting.push(handOut)
    })
  }

  /** Nothing comes any more: the threads end when they have done what was handed out. */
  close(): void {
    this.#queue.handOutEnd()
    for (const port of this.#ports) port.close()
  }

  /** The first failure is the one that is told. */
  fail(failure: FootfallError): void {
    if (this.#failure !== null) return
    this.#failure = failure
    for (const { reject } of this.#pending.values()) reject(failure)
    this.#pending.clear()
    for (const handOut of this.#waiting.splice(0)) handOut()
  }

  #begin(handOut: (pending: Pending) => void): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const pending = { resolve, reject }
      if (!this.#isFailed(pending)) handOut(pending)
    })
  }

  #isFailed({ reject }: Pending): boolean {
    if (this.#failure === null) return false
    reject(this.#failure)
    return true
  }

  #handOutTask(work: Work, pending: Pending): void {
    if (this.#isFailed(pending)) return
    const ticket = this.#queue.next()
    this.#pending.set(ticket, pending)
    const moved = work.kind === 'restore' && work.state !== null ? columnsOf(work.state) : []
    this.#ports[0]?.postMessage({ ...work, ticket } satisfies Task, moved)
    this.#queue.handOutTask()
  }

  #take({ done, applied }: PoolResult): void {
    if (done !== null) this.#takeDone(done)
    for (const batch of applied) {
      this.#settle(batch.ticket, batch.hasRejections ? { applied: batch } : { applied: batch, parsed: [] })
    }
    while (this.#waiting.length > 0 && this.#queue.outstanding() < MAX_OUTSTANDING_TASKS) {
      this.#waiting.shift()?.()
    }
  }

  #takeDone(done: Done): void {
    switch (done.kind) {
      case 'parsed':
        this.#settle(done.ticket, { parsed: done.rejections })
        break
      case 'published':
        this.#end(done.ticket, {
          kind: 'applied',
          rejections: [],
          publishMs: done.publishMs,
          waiting: null
        })
        break
      case 'answered':
      case 'restored':
      case 'changed':
        this.#end(done.ticket, done)
    }
  }

  #settle(ticket: number, known: Pick<Pending, 'parsed' | 'applied'>): void {
    const pending = this.#pending.get(ticket)
    if (pending === undefined) return
    const { parsed, applied } = Object.assign(pending, known)
    if (parsed === undefined || applied === undefined) return
    const rejections =
      applied.rejections.length === 0
        ? parsed
        : [...parsed, ...applied.rejections].sort((a, b) => a.offset - b.offset)
    const { publishMs, waiting } = applied
    this.#end(ticket, { kind: 'applied', rejections, publishMs, waiting })
  }

  #end(ticket: number, outcome: Outcome): void {
    this.#pending.get(ticket)?.resolve(outcome)
    this.#pending.delete(ticket)
  }

  /**
   * Test only: a batch changes places with the batch behind it. Tasks stay behind
   * both; and only the first batches do, so that none is the last of its source.
   */
  #swap(handOut: () => void): void {
    if (this.#handOutHeld === null && this.#queue.next() < SWAPPED_TICKETS) {
      this.#handOutHeld = handOut
      return
    }
    handOut()
    this.#handOutHeldBack()
  }

  #handOutHeldBack(): void {
    const handOut = this.#handOutHeld
    this.#handOutHeld = null
    handOut?.()
  }
}

/** Test only: batches change places up to about this ticket. */
const SWAPPED_TICKETS = 64
