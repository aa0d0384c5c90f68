import type { Answers, Question } from '../history/questions.js'
import type { ShippedState } from '../history/shipment.js'
import type { Counts } from '../store/board.js'
import type { LiveAnswer, LiveAnswerOf, LiveQuestion } from '../store/live.js'

/** One of the machines that an answer adds up. */
export interface FarCollector extends Pick<ShippedState, 'commit' | 'isWhole' | 'nowMs' | 'offset'> {
  readonly name: string
  /** When it last told that it is there, by its own clock, epoch ms; 0: never. */
  readonly seenAtMs: number
}

/** All of them, as they stood with an answer. */
export interface FarCollectors {
  readonly all: readonly FarCollector[]
  readonly nowMs: number | null
  /** Sums over all of them: bytes of sources, commits, lines and waiting events. */
  readonly offset: number
  readonly commit: number
  readonly counts: Counts
  readonly waiting: number
  /** Changes with whatever any of them ships, and with whatever is removed of them. */
  readonly version: string
}

/** Who answers for all collectors. Calls reject with a `FootfallError`: `server`, `busy`, or `usage` for what has no answer there. */
export interface FarAnswers {
  collectors(): Promise<FarCollectors>
  live<Q extends LiveQuestion>(
    question: Q
  ): Promise<LiveAnswerOf<Q['kind'] & LiveAnswer['kind']> & { readonly collectors: FarCollectors }>
  history<Q extends Question>(
    question: Q
  ): Promise<{ readonly collectors: FarCollectors; readonly told: Answers[Q['kind']] }>
}
