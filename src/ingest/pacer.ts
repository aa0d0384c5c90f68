/**
 * Plays event time against real time: the first event is due at once, one that
 * is a minute later in event time is due a minute later, divided by the speed.
 * Events that lie behind ones already played are due at once.
 */
export class Pacer {
  readonly #speed: number
  readonly #nowMs: () => number
  #originMs: number | null = null
  #startedMs = 0

  /** `speed`: event time a real time, above 0. `nowMs`: a clock that only goes forward, ms. */
  constructor(speed: number, nowMs: () => number = () => performance.now()) {
    this.#speed = speed
    this.#nowMs = nowMs
  }

  /** How long to wait before an event of this time is due; ms, 0 when it is. */
  waitMs(timestampMs: number): number {
    const now = this.#nowMs()
    if (this.#originMs === null) {
      this.#originMs = timestampMs
      this.#startedMs = now
    }
    return Math.max(0, this.#startedMs + (timestampMs - this.#originMs) / this.#speed - now)
  }
}
