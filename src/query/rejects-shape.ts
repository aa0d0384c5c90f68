import Type, { type Static } from 'typebox'
import { MAX_ROWS } from '../base/limits.js'
import { REJECTION_REASONS, type RejectionReason } from '../event/event.js'
import { Nullable } from './primitives.js'

const COUNT = Type.Integer({ minimum: 0, description: 'lines that were rejected for it' })
const REASONS = REJECTION_REASONS.filter((reason) => reason !== 'quarantined')

export const RejectedByReasonSchema = Type.Object({
  ...(Object.fromEntries(REASONS.map((reason) => [reason, COUNT])) as Record<
    Exclude<RejectionReason, 'quarantined'>,
    typeof COUNT
  >),
  quarantined: Type.Optional(COUNT)
})

export const RejectSchema = Type.Object(
  {
    source: Type.String({ description: 'the file as it was named; - is standard input' }),
    offset: Type.Integer({ minimum: 0, description: 'byte of the source at which the line begins' }),
    reason: Type.Enum([...REJECTION_REASONS], { type: 'string', description: 'the first that applies' }),
    detail: Type.String({ description: 'what is wrong, in words' }),
    excerpt: Type.String({
      description:
        'the first 256 bytes of the line as they are, for nobody to execute; what is no UTF-8 is replaced'
    })
  },
  { $id: 'Reject' }
)

/** The last rejected lines. */
export const RejectsSchema = Type.Object(
  {
    data: Type.Array(RejectSchema, { maxItems: MAX_ROWS, description: 'the newest first' }),
    meta: Type.Object({
      rejected: Type.Integer({
        minimum: 0,
        description: 'lines in all, as the accounting of the status has it'
      }),
      rejected_by_reason: RejectedByReasonSchema,
      interval: Nullable(
        Type.Object(
          {
            start: Type.Integer({
              minimum: 0,
              description: 'where the oldest line of the list begins; inclusive'
            }),
            end: Type.Integer({ minimum: 0, description: 'what has been read; exclusive' })
          },
          {
            description:
              'bytes of the source of which the list has every rejected line; null when it has none, or lines of ' +
              'several files or of an earlier run'
          }
        )
      )
    })
  },
  {
    $id: 'Rejects',
    examples: [
      {
        data: [
          {
            source: 'events.jsonl',
            offset: 885301002,
            reason: 'invalid_json',
            detail: 'the line is not valid JSON',
            excerpt: '{"event_type":"page_visit","timestamp":'
          }
        ],
        meta: {
          rejected: 1,
          rejected_by_reason: Object.fromEntries(
            REASONS.map((reason) => [reason, reason === 'invalid_json' ? 1 : 0])
          ),
          interval: { start: 885301002, end: 885303964 }
        }
      }
    ]
  }
)

export type RejectsAnswer = Static<typeof RejectsSchema>
