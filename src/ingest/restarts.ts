import { MAX_RESTARTS, STEADY_MS } from '../base/limits.js'

/** How a run of ingest has gone that failed. */
export interface FailedRun {
  /** Lines that it had counted, those of earlier runs included. */
  readonly lines: number
  /** Since it had come to where the one before it was, ms; null: it never had. */
  readonly steadyMs: number | null
  /** Whether it has shown which line it was that ingest failed at. */
  readonly foundLine: boolean
}

/** Decides whether ingest is worth another start: not when it fails again and again without getting any further. */
export class Restarts {
  #count = 0
  #furthest = -1
  #inVain = 0

  /** Starts so far, the first one not among them. */
  get count(): number {
    return this.#count
  }

  /** Whether to start once more; if so it is counted. */
  allow({ lines, steadyMs, foundLine }: FailedRun): boolean {
    if (lines > this.#furthest || foundLine || (steadyMs ?? 0) >= STEADY_MS) this.#inVain = 0
    this.#furthest = Math.max(this.#furthest, lines)
    if (this.#inVain === MAX_RESTARTS) return false
    this.#inVain++
    this.#count++
    return true
  }
}
