import type { Session } from './session.js'

/** A session under way: which of its steps comes next, and when. */
export interface Pending {
  readonly session: Session
  /** Order of arrival; decides between sessions whose next steps fall on the same millisecond. */
  readonly number: number
  /** The steps' gaps are stretched by this. */
  readonly scale: number
  step: number
  /** Epoch ms, not rounded to whole milliseconds. */
  nextMs: number
}

/** The sessions under way, the one with the earliest next step first: a binary heap. */
export class PendingSessions {
  readonly #heap: Pending[] = []

  get size(): number {
    return this.#heap.length
  }

  get first(): Pending | undefined {
    return this.#heap[0]
  }

  add(pending: Pending): void {
    let at = this.#heap.length
    this.#heap.push(pending)
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = this.#heap[parentAt] as Pending
      if (!isBefore(pending, parent)) break
      this.#heap[at] = parent
      at = parentAt
    }
    this.#heap[at] = pending
  }

  removeFirst(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.firstMoved()
  }

  /** Restores the order after the first session's `nextMs` has grown. */
  firstMoved(): void {
    const heap = this.#heap
    const moved = heap[0]
    if (moved === undefined) return
    let at = 0
    for (;;) {
      let childAt = 2 * at + 1
      let child = heap[childAt]
      if (child === undefined) break
      const right = heap[childAt + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childAt++
      }
      if (!isBefore(child, moved)) break
      heap[at] = child
      at = childAt
    }
    heap[at] = moved
  }
}

function isBefore(left: Pending, right: Pending): boolean {
  return left.nextMs === right.nextMs ? left.number < right.number : left.nextMs < right.nextMs
}
