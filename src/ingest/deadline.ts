import { DEADLINE_LOOKS, TASK_DEADLINE_LOOKS } from '../base/limits.js'
import type { Store } from '../store/store.js'
import { TicketQueue } from '../store/ticket-queue.js'
import { Turn } from '../store/turn.js'

/**
 * Finds out that a thread hangs: the turn has not been passed on, though there is
 * work. Whatever keeps the pipeline from handing work out (a source that brings
 * nothing, a slow disk) is no hang: then there is no ticket whose turn it is.
 */
export class Deadline {
  readonly #turn: Turn
  readonly #queue: TicketQueue
  #ticket = 0
  #looks = 0

  constructor(store: Store) {
    this.#turn = new Turn(store)
    this.#queue = new TicketQueue(store)
  }

  /** Whether nothing is handed out that is not applied. */
  get isIdle(): boolean {
    return this.#queue.head() === null
  }

  /** Tasks that are handed out and not applied. */
  get tasks(): number {
    return this.isIdle ? 0 : this.#queue.outstanding()
  }

  /** Looks once; what has been worked on for too many looks, null when there is no such thing. */
  look(): 'batch' | 'task' | null {
    const ticket = this.#turn.current()
    const head = this.#queue.head()
    this.#looks = head === null || ticket !== this.#ticket ? 0 : this.#looks + 1
    this.#ticket = ticket
    const most = head === 'batch' ? DEADLINE_LOOKS : TASK_DEADLINE_LOOKS
    return this.#looks >= most ? head : null
  }
}
