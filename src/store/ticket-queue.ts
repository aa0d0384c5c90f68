import * as abi from '../kernel/abi.js'
import type { Store } from './store.js'

/** A batch that is the caller's to parse. */
export interface TakenBatch {
  readonly ticket: number
  readonly slot: number
}

/** What a ticket stands for, besides a batch (its slot + 1). */
const TASK = 0x100
const END = 0x101

/**
 * The tickets that were handed out, in their order, and which of them have been
 * taken. Whoever is free takes the next batch, so that no thread waits for work
 * that is bound to another.
 *
 * ```
 *          TURN          TAKEN            HANDED_OUT
 *   applied │ being parsed │ nobody's yet     │ not there yet
 *   ────────┼──────────────┼──────────────────┼──────────────▶ tickets
 * ```
 *
 * Word `ticket mod TICKET_WORDS` says what a ticket is. A word is written
 * before HANDED_OUT moves beyond its ticket, and not again until the ticket has
 * been applied, so whoever moves TAKEN over a ticket has read its word. A task
 * that is no batch is taken by whom it was sent to; here it is passed over.
 * END is the last ticket, and is never taken.
 */
export class TicketQueue {
  readonly #words: Int32Array

  constructor(store: Store) {
    this.#words = new Int32Array(store.memory.buffer)
  }

  /** Hands out the next ticket, for the batch in `slot`. The reader's call only, as are the next two. */
  handOutBatch(slot: number): number {
    return this.#handOut(slot + 1, 1)
  }

  /** Hands out the next ticket, for a task that was sent to its thread. */
  handOutTask(): number {
    return this.#handOut(TASK, Infinity)
  }

  /** Nothing comes any more: threads end when they have come to here. */
  handOutEnd(): void {
    this.#handOut(END, Infinity)
  }

  /** The ticket that is handed out next. */
  next(): number {
    return Atomics.load(this.#words, abi.HANDED_OUT >> 2)
  }

  /** Tickets that were handed out and not applied. */
  outstanding(): number {
    return (this.next() - Atomics.load(this.#words, abi.TURN >> 2)) | 0
  }

  /**
   * Takes the next batch; null when there is none, or none before the ticket
   * `before`; `ended` when nothing comes any more, or the pipeline was aborted.
   */
  take(before: number | null): TakenBatch | 'ended' | null {
    for (;;) {
      const ticket = Atomics.load(this.#words, abi.TAKEN >> 2)
      const handedOut = Atomics.load(this.#words, abi.HANDED_OUT >> 2)
      if (Atomics.load(this.#words, abi.ABORTED >> 2) !== 0) return 'ended'
      if (ticket === handedOut || (before !== null && ((ticket - before) | 0) >= 0)) return null
      const word = Atomics.load(this.#words, wordOf(ticket))
      if (word === END) return 'ended'
      const isMine = Atomics.compareExchange(this.#words, abi.TAKEN >> 2, ticket, (ticket + 1) | 0) === ticket
      if (isMine && word !== TASK) return { ticket, slot: word - 1 }
    }
  }

  /** What the ticket stands for whose turn it is; null when there is none, or only the end. */
  head(): 'batch' | 'task' | null {
    const turn = Atomics.load(this.#words, abi.TURN >> 2)
    if (turn === this.next()) return null
    const word = Atomics.load(this.#words, wordOf(turn))
    return word === END ? null : word === TASK ? 'task' : 'batch'
  }

  /** The batches that threads have taken, from the ticket `from` on. */
  taken(from: number): TakenBatch[] {
    const taken: TakenBatch[] = []
    const end = Atomics.load(this.#words, abi.TAKEN >> 2)
    for (let ticket = from; ((ticket - end) | 0) < 0; ticket = (ticket + 1) | 0) {
      const word = Atomics.load(this.#words, wordOf(ticket))
      if (word !== TASK && word !== END) taken.push({ ticket, slot: word - 1 })
    }
    return taken
  }

  /** Waits until more is handed out than before `next`, as `next` said it, or the pipeline is aborted. */
  wait(next: number): void {
    Atomics.wait(this.#words, abi.HANDED_OUT >> 2, next)
  }

  /** Wakes as many of the threads that have nothing to do. */
  #handOut(word: number, wake: number): number {
    const ticket = this.next()
    Atomics.store(this.#words, wordOf(ticket), word)
    Atomics.add(this.#words, abi.HANDED_OUT >> 2, 1)
    Atomics.notify(this.#words, abi.HANDED_OUT >> 2, wake)
    return ticket
  }
}

function wordOf(ticket: number): number {
  return (abi.TICKETS >> 2) + (ticket & (abi.TICKET_WORDS - 1))
}
