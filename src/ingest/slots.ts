import { describeSlot, slotBytes, type SlotBatch } from '../store/slot.js'
import type { Store } from '../store/store.js'
import { TicketQueue } from '../store/ticket-queue.js'
import { Turn } from '../store/turn.js'

/** A slot that is the caller's to fill. */
export interface FreeSlot {
  readonly number: number
  readonly buffer: Buffer
}

/** How long the reader may be kept from messages while it waits for a slot; ms. */
const WAIT_MS = 5

/**
 * The slots, as the reader fills them. One is free again as soon as the batch in
 * it has been applied, which the turn says; no message has to come for that.
 * Taking one when all are in use waits: the back-pressure of the pipeline.
 */
export class Slots {
  readonly #store: Store
  readonly #turn: Turn
  readonly #queue: TicketQueue
  readonly #buffers: readonly Buffer[]
  /** The last one that became free is the next one to be filled: it is still in the cache. */
  readonly #free: number[]
  /** In the order of their tickets. */
  readonly #inUse: { readonly ticket: number; readonly slot: number }[] = []
  #failure: Error | null = null

  constructor(store: Store) {
    this.#store = store
    this.#turn = new Turn(store)
    this.#queue = new TicketQueue(store)
    this.#buffers = store.layout.slots.map((slot) => slotBytes(store, slot))
    this.#free = store.layout.slots.map((_, slot) => slot)
  }

  /** Waits until one is free; rejects when the pipeline has failed. */
  async take(): Promise<FreeSlot> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure
      const current = this.#turn.current()
      // After an abort the turn means nothing; the failure is about to be told.
      if (!this.#turn.aborted()) this.#release(current)
      const number = this.#free.pop()
      const buffer = number === undefined ? undefined : this.#buffers[number]
      if (number !== undefined && buffer !== undefined) return { number, buffer }
      const half = this.#inUse[this.#inUse.length >> 1]
      if (half !== undefined) this.#turn.waitFor(half.ticket, WAIT_MS)
      // Results, failures and requests come in between.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Gives a slot back that was not used. */
  give({ number }: FreeSlot): void {
    this.#free.push(number)
  }

  /** Hands a filled slot over; its ticket. */
  handOut({ number }: FreeSlot, batch: SlotBatch): number {
    const place = this.#store.layout.slots[number]
    if (place === undefined) throw new RangeError(`there is no slot ${number}`)
    describeSlot(this.#store, place, batch)
    const ticket = this.#queue.handOutBatch(number)
    this.#inUse.push({ ticket, slot: number })
    return ticket
  }

  /** From now on nothing can be taken. */
  fail(error: Error): void {
    this.#failure ??= error
  }

  #release(current: number): void {
    while (this.#inUse[0] !== undefined && ((this.#inUse[0].ticket - current) | 0) < 0) {
      this.#free.push(this.#inUse[0].slot)
      this.#inUse.shift()
    }
  }
}
