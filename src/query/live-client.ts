import type { Pipeline } from '../ingest/pipeline.js'
import type { LiveAnswerOf, LiveQuestion } from '../store/live.js'

/** Answers that are kept while the store stays as it is: so many different ones at most. */
const MOST_KEPT = 256

/** Who answers questions over the live window. */
export interface LiveSource {
  /** Rejects with a FootfallError. */
  ask<Question extends LiveQuestion>(question: Question): Promise<LiveAnswerOf<Question['kind']>>
}

/**
 * Asks the store; whoever asks the same again before another board has been
 * published gets the same answer, since each one stops ingest for a moment.
 */
export class LiveClient implements LiveSource {
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
}
