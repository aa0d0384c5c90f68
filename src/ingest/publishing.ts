/** Publishing takes at most this part of the time: the next one waits ten times as long as the last one took. */
const COST_FACTOR = 10
/** At the end of the source a board that costs less than this is published at once; ms. */
const CHEAP_MS = 2

/**
 * When a board is due: every `intervalMs` under load, at once when there is
 * nothing more to read, and less often where ranking a large catalogue takes
 * long. What was dispatched without a board gets one as soon as it is due.
 */
export class Publishing {
  readonly #intervalMs: number
  readonly #publish: () => void
  #lastAt = -Infinity
  #costMs = 0
  #isPublished = false
  #timer: NodeJS.Timeout | undefined

  /** `publish` dispatches a task that publishes. */
  constructor(intervalMs: number, publish: () => void) {
    this.#intervalMs = intervalMs
    this.#publish = publish
  }

  /** Whether the batch that is about to be dispatched shall publish. */
  isDue(isAtEnd: boolean): boolean {
    const waitMs = this.#waitMs(isAtEnd)
    if (waitMs <= 0) {
      this.#published()
      return true
    }
    this.#isPublished = false
    this.#timer ??= setTimeout(() => {
      this.flush()
    }, waitMs)
    return false
  }

  /** What boards tell has changed without a batch. */
  changed(): void {
    this.#isPublished = false
  }

  /** There is nothing more to read for now: publishes what was not, if that is due already. */
  rest(): void {
    if (!this.#isPublished && this.#waitMs(true) <= 0) this.flush()
  }

  /** Publishes now, unless nothing has been dispatched since the last board. */
  flush(): void {
    if (this.#isPublished) return
    this.#published()
    this.#publish()
  }

  /** A board took this long; ms. */
  took(ms: number): void {
    this.#costMs = ms
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #published(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#lastAt = performance.now()
    this.#isPublished = true
  }

  #waitMs(isAtEnd: boolean): number {
    const pacedMs = this.#costMs * COST_FACTOR
    const underLoadMs = Math.max(this.#intervalMs, pacedMs)
    const gapMs = !isAtEnd ? underLoadMs : this.#costMs < CHEAP_MS ? 0 : pacedMs
    return this.#lastAt + gapMs - performance.now()
  }
}
