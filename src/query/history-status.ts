import { setTimeout as delay } from 'node:timers/promises'
import { describeError } from '../base/errors.js'
import { FIRST_HISTORY_STATUS_MS, HISTORY_STATUS_MS } from '../base/limits.js'
import type { HistoryStatus } from '../history/history.js'
import type { Pipeline } from '../ingest/pipeline.js'
import type { HistoryClient } from './history-client.js'
import type { HistoryStatusAnswer } from './history-status-shape.js'
import { isoInstant } from './top-items.js'

type Conservation = HistoryStatusAnswer['conservation']

/** Milliseconds of a clock that only goes forward. */
export type Clock = () => number

/**
 * The history's part of the status. To ask the history costs a commit: the last
 * answer is kept, and asked for again in the background.
 */
export class HistoryStatusKeeper {
  readonly #pipeline: Pipeline
  readonly #client: HistoryClient
  readonly #clock: Clock
  #kept: HistoryStatus | null = null
  #error: string | null = null
  #askedAt = -Infinity
  #asking: Promise<void> | null = null

  constructor(pipeline: Pipeline, client: HistoryClient, clock: Clock) {
    this.#pipeline = pipeline
    this.#client = client
    this.#clock = clock
  }

  /** Null where no history is kept, or it is not open yet. Waits for the history only the first time, and not for long. */
  async read(): Promise<HistoryStatusAnswer | null> {
    const { history } = this.#pipeline.options
    if (history === null || this.#pipeline.commit === null) return null
    if (this.#asking === null && this.#clock() - this.#askedAt >= HISTORY_STATUS_MS) {
      this.#askedAt = this.#clock()
      this.#asking = this.#ask().finally(() => (this.#asking = null))
    }
    if (this.#kept === null) {
      await Promise.race([this.#asking, delay(FIRST_HISTORY_STATUS_MS, null, { ref: false })])
    }
    const { number, offset, at, durationMs, error } = this.#pipeline.commit
    return {
      commits: {
        number,
        offset,
        at: at === null ? null : isoInstant(at),
        age_seconds: at === null ? null : Math.max(0, Date.now() - at) / 1000,
        duration_ms: durationMs,
        failed: this.#pipeline.failedCommits,
        error: error ?? this.#error
      },
      tiers: [...(this.#kept?.tiers ?? [])],
      database_bytes: this.#kept?.databaseBytes ?? 0,
      ageing_error: this.#kept?.ageingFailure ?? null,
      time_zone: history.timeZone,
      conservation: this.#kept === null ? null : conservationOf(this.#kept)
    }
  }

  async #ask(): Promise<void> {
    try {
      this.#kept = (await this.#client.ask({ kind: 'status' })).answer
      this.#error = null
    } catch (error) {
      this.#error = describeError(error)
    }
  }
}

function conservationOf({ conservation }: HistoryStatus): Conservation {
  const { acceptedEvents, liveEvents, monthEvents, waitingEvents, dayDifference, weekDifference } =
    conservation
  const counted = liveEvents + monthEvents + waitingEvents
  return {
    accepted: Number(acceptedEvents),
    counted: Number(counted),
    difference: Number(acceptedEvents - counted),
    day_difference: Number(dayDifference),
    week_difference: Number(weekDifference)
  }
}
