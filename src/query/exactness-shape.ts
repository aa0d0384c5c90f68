import Type from 'typebox'
import { Nullable } from './primitives.js'

/** Whether an answer is exact, and why it is not: a part of each answer's `meta`. */
export const EXACTNESS = {
  exact: Type.Boolean({ description: 'whether all values are exact and all items told apart' }),
  inexact: Nullable(Type.String({ description: 'why the answer is not exact; null where it is' }))
}
