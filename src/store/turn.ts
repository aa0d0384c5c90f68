import * as abi from '../kernel/abi.js'
import type { Store } from './store.js'

/**
 * The turn: whoever has the ticket that the counter shows may touch the store,
 * and nobody else. Tickets are handed out in dispatch order, by one thread;
 * they are i32 and wrap around.
 */
export class Turn {
  readonly #words: Int32Array

  constructor(store: Store) {
    this.#words = new Int32Array(store.memory.buffer)
  }

  /** Waits until it is the ticket's turn; false when the pipeline was aborted, now or before. */
  take(ticket: number): boolean {
    for (;;) {
      const current = Atomics.load(this.#words, abi.TURN >> 2)
      if (this.aborted()) return false
      if (current === (ticket | 0)) return true
      Atomics.wait(this.#words, abi.TURN >> 2, current)
    }
  }

  /** Passes the turn on to the next ticket; the holder's call only. */
  pass(): void {
    Atomics.add(this.#words, abi.TURN >> 2, 1)
    Atomics.notify(this.#words, abi.TURN >> 2)
  }

  /** Ends all waiting, for ever: the store is suspect. Any thread may call it. */
  abort(): void {
    Atomics.store(this.#words, abi.ABORTED >> 2, 1)
    // The value changes too, so that a thread just about to wait does not miss the notification.
    Atomics.add(this.#words, abi.TURN >> 2, 0x40000000)
    Atomics.notify(this.#words, abi.TURN >> 2)
  }

  aborted(): boolean {
    return Atomics.load(this.#words, abi.ABORTED >> 2) !== 0
  }
}
