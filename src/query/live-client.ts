import type { Pipeline } from '../ingest/pipeline.js'
import type { LiveAnswerOf, LiveQuestion } from '../store/live.js'

/** Answers that are kept while the store stays as it is: so many different ones at most. */
const MOST_KEPT = 256

/**
 * Asks the store; whoever asks the same again before another board has been
 * published gets the same answer, since each one stops ingest for a moment.
 */
export class LiveClient {
  readonly #pipeline: Pipeline
  #sequence = 0
  readonly #answers = new Map<string, Promise<unknown>>()

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline
  }

  /** Rejects with a FootfallError as `Pipeline.askLive` does. */
  ask<Question extends LiveQuestion>(question: Question): Promise<LiveAnswerOf<Question['kind']>> {
    const sequence = this.#pipeline.boards.sequence()
    if (sequence !== this.#sequence || this.#answers.size >= MOST_KEPT) this.#answers.clear()
    this.#sequence = sequence
    const key = Object.values(question).join(' ')
    let answer = this.#answers.get(key)
    if (answer === undefined) {
      answer = this.#pipeline.askLive(question)
      this.#answers.set(key, answer)
      answer.catch(() => this.#answers.delete(key))
    }
    return answer as Promise<LiveAnswerOf<Question['kind']>>
  }

  /** The minute of the newest board's clock; null before the first event. */
  get minute(): number | null {
    const nowMs = this.#pipeline.boards.read()?.nowMs ?? null
    return nowMs === null ? null : Math.floor(nowMs / 60_000)
  }
}
