import { ParsedSlot, slotBytes } from './slot.js'
import type { Store } from './store.js'
import { TicketQueue } from './ticket-queue.js'
import { Turn } from './turn.js'

/** A batch that a thread was parsing or applying when the pipeline was aborted. */
export interface UnfinishedBatch {
  /** What it stands for of the source, [offset, end). */
  readonly offset: number
  readonly end: number
  /** A copy of its bytes. */
  readonly bytes: Buffer
}

/**
 * The batches at which a pipeline failed; when it was aborted and all threads
 * have ended. Threads that nothing befell finish what they parse, and park it:
 * what was taken and is neither applied nor parked was in the hands of those
 * that failed.
 */
export function unfinishedBatches(store: Store): UnfinishedBatch[] {
  const turn = new Turn(store)
  const taken = new TicketQueue(store).taken(turn.stoppedAt())
  return taken.flatMap(({ ticket, slot }) => {
    const place = store.layout.slots[slot]
    if (place === undefined || turn.isParked(ticket, slot)) return []
    const { offset, end, length } = new ParsedSlot(store, place).batch()
    return [{ offset, end, bytes: Buffer.from(slotBytes(store, place).subarray(0, length)) }]
  })
}
