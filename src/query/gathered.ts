import type { Question } from '../history/questions.js'
import type { LiveAnswerOf, LiveQuestion } from '../store/live.js'
import type { FarAnswers, FarCollectors } from './far-answers.js'
import type { HistorySource } from './history-client.js'
import type { LiveSource } from './live-client.js'

/** Where one answer is made from; afterwards it says whose that was. */
export interface Gathered {
  readonly live: LiveSource
  readonly history: HistorySource
  /** The collectors of what was asked first; null: nothing was. */
  collectors(): FarCollectors | null
}

export function gathered(far: FarAnswers): Gathered {
  let first: FarCollectors | null = null
  return {
    live: {
      async ask<Q extends LiveQuestion>(question: Q): Promise<LiveAnswerOf<Q['kind']>> {
        const answer = await far.live(question)
        first ??= answer.collectors
        return answer
      }
    },
    history: {
      isKept: true,
      async ask<Q extends Question>(question: Q) {
        const { told, collectors } = await far.history(question)
        first ??= collectors
        const { commit: number, offset } = collectors
        return { answer: told, commit: { number, offset, at: null, durationMs: 0, error: null } }
      }
    },
    collectors: () => first
  }
}
