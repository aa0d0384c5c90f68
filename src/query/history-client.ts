import type { CommitReport } from '../ingest/messages.js'
import type { Pipeline } from '../ingest/pipeline.js'
import type { Answers, Question } from '../history/questions.js'

/** An answer of the history, and the commit that it is of. */
export interface AsOf<T> {
  readonly answer: T
  /** Null only where nothing was committed, which a question does first. */
  readonly commit: CommitReport | null
}

/** Who answers questions of the history. */
export interface HistorySource {
  /** Rejects with a FootfallError. */
  ask<Q extends Question>(question: Q): Promise<AsOf<Answers[Q['kind']]>>
  /** Whether there is a history to ask. */
  readonly isKept: boolean
}

/** Asks a pipeline's history. Whoever asks what is being asked already gets the same answer. */
export class HistoryClient implements HistorySource {
  readonly #pipeline: Pipeline
  readonly #asked = new Map<string, Promise<AsOf<unknown>>>()

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline
  }

  /** Rejects with a `FootfallError`: `history`, `busy`, or what ended the pipeline. */
  ask<Q extends Question>(question: Q): Promise<AsOf<Answers[Q['kind']]>> {
    const key = JSON.stringify(question)
    let asked = this.#asked.get(key)
    if (asked === undefined) {
      asked = this.#answered(question).finally(() => this.#asked.delete(key))
      this.#asked.set(key, asked)
    }
    return asked as Promise<AsOf<Answers[Q['kind']]>>
  }

  /** Whether there is a history to ask. */
  get isKept(): boolean {
    return this.#pipeline.options.history !== null
  }

  async #answered(question: Question): Promise<AsOf<unknown>> {
    const answer = await this.#pipeline.askHistory(question)
    // Reports come in order: this one is of the last commit that was made before the question was answered.
    return { answer, commit: this.#pipeline.commit }
  }
}
