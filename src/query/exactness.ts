import type { Ranking } from '../store/board.js'

export interface Exactness {
  readonly exact: boolean
  readonly inexact: string | null
}

/** Exact where there is no reason against it. */
export function exactness(reasons: readonly string[]): Exactness {
  return { exact: reasons.length === 0, inexact: reasons.length === 0 ? null : reasons.join('; ') }
}

/** Why a ranking is not exact. `memory`: the budget, as text. */
export function blursOf({ other, isEdgeBlurred, lacksEarly }: Ranking, memory: string): readonly string[] {
  return [
    other > 0n
      ? `amounts of items that the memory budget (now ${memory}) had no room for are counted as (other)`
      : '',
    isEdgeBlurred
      ? `the window begins within an hour that was merged to stay within the memory budget (now ${memory}), and has all of it`
      : '',
    lacksEarly
      ? `events that came before their minute are missing: the memory budget (now ${memory}) let no more of them wait`
      : ''
  ].filter((reason) => reason !== '')
}
