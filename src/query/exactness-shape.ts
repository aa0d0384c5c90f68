import Type from 'typebox'
import { Instant, Nullable } from './primitives.js'

export const CollectorSchema = Type.Object({
  name: Type.String({ description: 'as it was started with' }),
  status: Type.Enum(['current', 'catching_up', 'late', 'gone'], {
    type: 'string',
    description:
      'catching_up: not all up to its last commit is there, the rest is to come; late: its clock is more than ' +
      'five minutes behind that of the answer; gone: it has not been heard of for half a minute'
  }),
  now: Nullable(Instant('its clock; null before its first event')),
  lag_seconds: Nullable(
    Type.Number({ minimum: 0, description: 'by how much its clock is behind that of the answer' })
  ),
  heard_at: Nullable(Instant('when it last told that it is there, by its own machine; null: never')),
  commit: Type.Integer({ minimum: 0, description: 'number of its last commit that is included' }),
  offset: Type.Integer({ minimum: 0, description: 'byte of its source up to which everything is included' })
})

/** Whether an answer is exact, and why it is not, and whose it is: a part of each answer's `meta`. */
export const EXACTNESS = {
  exact: Type.Boolean({ description: 'whether all values are exact and all items told apart' }),
  inexact: Nullable(Type.String({ description: 'why the answer is not exact; null where it is' })),
  collectors: Type.Optional(
    Type.Array(CollectorSchema, {
      description:
        'of a gateway alone: the collectors that the answer adds up, each as far as it has shipped; ' +
        'values are exact over that'
    })
  )
}
