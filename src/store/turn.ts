import * as abi from '../kernel/abi.js'
import type { Store } from './store.js'

/**
 * The turn: whoever acts for the ticket that the counter shows may touch the
 * store, and nobody else. Tickets are handed out in dispatch order, by one
 * thread; they are i32 and wrap around.
 *
 * A batch need not wait for its turn: it is parked, and whoever has the turn
 * before it applies it too (flat combining; Hendler, Incze, Shavit and Tzafrir
 * 2010). Parking sets the batch's word and then looks at the counter; passing
 * on moves the counter and then looks at the next word: one of the two sees the
 * other, and `claim` gives the batch to one of them alone.
 */
export class Turn {
  readonly #words: Int32Array

  constructor(store: Store) {
    this.#words = new Int32Array(store.memory.buffer)
  }

  /** The ticket whose turn it is; after an abort it means nothing. */
  current(): number {
    return Atomics.load(this.#words, abi.TURN >> 2)
  }

  /** Waits until the turn has been passed on by `current`, as `current()` said it, or something was parked. */
  wait(current: number): void {
    Atomics.wait(this.#words, abi.TURN >> 2, current)
  }

  /**
   * Waits until the turn is `ticket`'s, the pipeline is aborted, or the time is
   * over; the reader's call only. It is not woken at each turn: a thread that is,
   * takes a processor from those that work.
   */
  waitFor(ticket: number, timeoutMs: number): void {
    Atomics.store(this.#words, abi.AWAITED >> 2, ticket)
    // Whoever passed the turn on before this was stored did not see it.
    if (((this.current() - ticket) | 0) >= 0) return
    Atomics.wait(this.#words, abi.AWAITED >> 2, ticket, timeoutMs)
  }

  /** Leaves a parsed batch to whoever comes to its ticket, and wakes who waits for a turn. */
  park(ticket: number, slot: number): void {
    Atomics.store(this.#words, parkedWord(ticket), parkedValue(ticket, slot))
    Atomics.notify(this.#words, abi.TURN >> 2)
  }

  /** Takes the turn for the batch that is parked under the current ticket, if there is one. */
  claim(): { readonly ticket: number; readonly slot: number } | null {
    for (;;) {
      const ticket = Atomics.load(this.#words, abi.TURN >> 2)
      if (this.aborted()) return null
      const word = parkedWord(ticket)
      const parked = Atomics.load(this.#words, word)
      const slot = (parked & SLOT_MASK) - 1
      // The word says for which ticket, should the turn have gone round while this thread slept.
      if (parked === 0 || parked !== parkedValue(ticket, slot)) {
        if (Atomics.load(this.#words, abi.TURN >> 2) === ticket) return null
      } else if (Atomics.compareExchange(this.#words, word, parked, 0) === parked) {
        return { ticket, slot }
      }
    }
  }

  /** Passes the turn on to the next ticket; the holder's call only. */
  pass(): void {
    const next = (Atomics.add(this.#words, abi.TURN >> 2, 1) + 1) | 0
    Atomics.notify(this.#words, abi.TURN >> 2)
    if (Atomics.load(this.#words, abi.AWAITED >> 2) !== next) return
    Atomics.store(this.#words, abi.AWAITED >> 2, (next - 1) | 0)
    Atomics.notify(this.#words, abi.AWAITED >> 2)
  }

  /** Ends all waiting, for ever: the store is suspect. Any thread may call it. */
  abort(): void {
    if (Atomics.exchange(this.#words, abi.ABORTED >> 2, 1) !== 0) return
    // The values change too, so that a thread just about to wait does not miss the notification.
    for (const word of [abi.TURN, abi.HANDED_OUT, abi.AWAITED]) {
      Atomics.add(this.#words, word >> 2, ABORT_LEAP)
      Atomics.notify(this.#words, word >> 2)
    }
  }

  aborted(): boolean {
    return Atomics.load(this.#words, abi.ABORTED >> 2) !== 0
  }

  /** After an abort, when all threads have ended: the ticket whose turn it was. What is before it has been applied. */
  stoppedAt(): number {
    return (this.current() - ABORT_LEAP) | 0
  }

  /** Whether a batch is parsed and nobody applies it. */
  isParked(ticket: number, slot: number): boolean {
    return Atomics.load(this.#words, parkedWord(ticket)) === parkedValue(ticket, slot)
  }
}

/** More than there can be tickets at a time, and a multiple of TICKET_WORDS. */
const ABORT_LEAP = 0x40000000
const SLOT_MASK = 0xff

/** The slot + 1, and above it the part of the ticket that its word does not say. */
function parkedValue(ticket: number, slot: number): number {
  return (((ticket >>> 0) / abi.TICKET_WORDS) << 8) | (slot + 1)
}

function parkedWord(ticket: number): number {
  return (abi.PARKED >> 2) + (ticket & (abi.TICKET_WORDS - 1))
}
