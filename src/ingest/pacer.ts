const DAY_MS = 86_400_000

/** An instant of event time, and when it is or was due. */
interface Anchor {
  readonly eventMs: number
  readonly dueMs: number
}

/**
 * Plays event time against real time: the first event is due at once, one that
 * is a minute later in event time is due a minute later, divided by the speed.
 * Events that lie behind ones already played are due at once. A silence of more
 * than `maxGapMs` of event time is played as if it were so long. One event that is
 * over a day ahead of all before it is played at once, and time does not move on to
 * it until the next one is as far ahead: see the guard of the clock, `src/kernel/ahead.ts`.
 */
export class Pacer {
  readonly #speed: number
  readonly #maxGapMs: number
  readonly #nowMs: () => number
  /** Null before the first event. */
  #anchor: Anchor | null = null
  /** The greatest event time so far. */
  #newestMs = -Infinity
  /** While the first event behind a silence that is cut short is not due: what goes on until then. */
  #silence: { readonly anchor: Anchor; readonly newestMs: number } | null = null
  /** Time of an event that is played with its neighbours unless the next one is as far ahead; null: there is none. */
  #heldMs: number | null = null

  /** `speed`: event time a real time, above 0. `maxGapMs`: Infinity for silences as they are. `nowMs`: a clock that only goes forward, ms. */
  constructor(speed: number, maxGapMs = Infinity, nowMs: () => number = () => performance.now()) {
    this.#speed = speed
    this.#maxGapMs = maxGapMs
    this.#nowMs = nowMs
  }

  /** How long to wait before an event of this time is due; ms, 0 when it is. Asked in the order of the source, of one event as often as one likes. */
  waitMs(timestampMs: number): number {
    const now = this.#nowMs()
    if (this.#holds(timestampMs)) return 0
    this.#anchor ??= { eventMs: timestampMs, dueMs: now }
    if (timestampMs - this.#newestMs > this.#maxGapMs && this.#newestMs !== -Infinity) {
      // Where the silence has been longer in real time too, the event is due now: nothing is caught up with.
      const dueMs = Math.max(now, this.#dueMs(this.#anchor, this.#newestMs + this.#maxGapMs))
      this.#silence = { anchor: this.#anchor, newestMs: this.#newestMs }
      this.#anchor = { eventMs: timestampMs, dueMs }
    }
    this.#newestMs = Math.max(this.#newestMs, timestampMs)
    return Math.max(0, this.#dueMs(this.#anchor, timestampMs) - now)
  }

  /** An event of this time is played at once, whatever came before it: time goes on from there. */
  skipTo(timestampMs: number): void {
    if (this.#holds(timestampMs) || timestampMs <= this.#newestMs) return
    this.#anchor = { eventMs: timestampMs, dueMs: this.#nowMs() }
    this.#newestMs = timestampMs
  }

  /**
   * The event time that it is now, by the events so far and the real time since:
   * it goes on in silences, up to `maxGapMs`; what is left of them is left out when the
   * next event is due. Epoch ms; null before the first event.
   */
  playedMs(): number | null {
    if (this.#anchor === null) return null
    const now = this.#nowMs()
    const silence = now < this.#anchor.dueMs ? this.#silence : null
    const { anchor, newestMs } = silence ?? { anchor: this.#anchor, newestMs: this.#newestMs }
    const played = anchor.eventMs + (now - anchor.dueMs) * this.#speed
    return Math.floor(Math.min(played, newestMs + this.#maxGapMs))
  }

  /** Whether one event is over a day ahead of those before it, and the one before it is not: alone it does not move time on, as it does not move the clock. */
  #holds(timestampMs: number): boolean {
    const held = this.#heldMs
    this.#heldMs = null
    if (this.#newestMs === -Infinity || timestampMs - this.#newestMs <= DAY_MS) return false
    if (held !== null && timestampMs >= held - DAY_MS) return false
    this.#heldMs = timestampMs
    return true
  }

  #dueMs({ eventMs, dueMs }: Anchor, timestampMs: number): number {
    return dueMs + (timestampMs - eventMs) / this.#speed
  }
}
