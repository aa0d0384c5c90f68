import Type, { type Static } from 'typebox'
import { Instant, Nullable } from './primitives.js'

/** The history's part of the status. */
export const HistoryStatusSchema = Type.Object(
  {
    commits: Type.Object({
      number: Type.Integer({ minimum: 0, description: 'of the last commit; 0 before the first' }),
      offset: Type.Integer({
        minimum: 0,
        description: 'byte of the source up to which it includes everything'
      }),
      at: Nullable(Instant('when it was made; null before the first of this run')),
      age_seconds: Nullable(Type.Number({ minimum: 0, description: 'since then' })),
      duration_ms: Type.Integer({ minimum: 0, description: 'how long it took' }),
      failed: Type.Integer({ minimum: 0, description: 'commits of this process that failed at first' }),
      error: Nullable(
        Type.String({ description: 'why the history cannot be written or read now; it is tried again' })
      )
    }),
    tiers: Type.Array(
      Type.Object({
        tier: Type.Enum(['live', 'day', 'week', 'month'], {
          type: 'string',
          description: 'live: minutes of the live window'
        }),
        rows: Type.Integer({ minimum: 0, description: 'stored' }),
        bytes: Type.Integer({
          minimum: 0,
          description: 'in the file, by whole blocks; what is only in its log is not in it yet'
        }),
        oldest: Nullable(Type.String({ description: 'the oldest minute or bucket; null: the tier is empty' }))
      }),
      { description: 'what is stored, as of a moment ago; empty until it is known' }
    ),
    database_bytes: Type.Integer({ minimum: 0, description: 'of the files; 0 in memory' }),
    ageing_error: Nullable(
      Type.String({ description: 'why folding and compaction last failed; nothing but room is lost by that' })
    ),
    time_zone: Type.String({ description: 'IANA name of the zone that days, weeks and months are of' }),
    conservation: Nullable(
      Type.Object(
        {
          accepted: Type.Integer({ minimum: 0, description: 'events, by the accounting' }),
          counted: Type.Integer({
            minimum: 0,
            description: 'events, added up from the rows that are stored'
          }),
          difference: Type.Integer({ description: 'accepted − counted: 0' }),
          day_difference: Type.Integer({ description: 'days − months, as far as both are kept whole: 0' }),
          week_difference: Type.Integer({ description: 'weeks − days, as far as both are kept whole: 0' })
        },
        {
          description:
            'as of the last commit that was looked at; null until there is one. Every accepted event is ' +
            'in exactly one place: a live minute, a day (and its week and month), or, ahead of the wall clock, waiting'
        }
      )
    )
  },
  { $id: 'HistoryStatus', description: 'null: no history is kept, or it is not open yet' }
)

export type HistoryStatusAnswer = Static<typeof HistoryStatusSchema>

export const HISTORY_STATUS_EXAMPLE: HistoryStatusAnswer = {
  commits: {
    number: 41,
    offset: 885303964,
    at: '2026-11-20T10:00:01.377Z',
    age_seconds: 3.2,
    duration_ms: 84,
    failed: 0,
    error: null
  },
  tiers: [
    { tier: 'live', rows: 3100000, bytes: 21757952, oldest: '2026-11-19T10:01Z' },
    { tier: 'day', rows: 1204331, bytes: 9175040, oldest: '2025-10-16' },
    { tier: 'week', rows: 310022, bytes: 2621440, oldest: '2025-W42' },
    { tier: 'month', rows: 98120, bytes: 1048576, oldest: '2025-10' }
  ],
  database_bytes: 61341696,
  ageing_error: null,
  time_zone: 'UTC',
  conservation: { accepted: 4999998, counted: 4999998, difference: 0, day_difference: 0, week_difference: 0 }
}
