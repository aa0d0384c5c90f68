export interface Exactness {
  readonly exact: boolean
  readonly inexact: string | null
}

/** Exact where there is no reason against it; one that is given twice is told once. */
export function exactness(reasons: readonly string[]): Exactness {
  return {
    exact: reasons.length === 0,
    inexact: reasons.length === 0 ? null : [...new Set(reasons)].join('; ')
  }
}
