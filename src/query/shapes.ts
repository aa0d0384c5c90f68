import Type, { type Static } from 'typebox'
import { REJECTION_REASONS } from '../event/event.js'
import { MAX_QUARANTINED_SHOWN, MAX_ROWS } from '../base/limits.js'
import { CollectorSchema, EXACTNESS } from './exactness-shape.js'
import { HISTORY_STATUS_EXAMPLE, HistoryStatusSchema } from './history-status-shape.js'
import { Count, Instant, Nullable } from './primitives.js'
import { RejectedByReasonSchema } from './rejects-shape.js'

export const ItemRowSchema = Type.Object(
  {
    rank: Type.Integer({ minimum: 1, description: 'place in the ranking, from 1' }),
    item_id: Type.String({ description: 'as the events have it' }),
    value: Count('a count, or minor units of the currency'),
    formatted: Type.String({ description: 'the value in major units, as decimal text' })
  },
  { $id: 'ItemRow', examples: [{ rank: 1, item_id: 'sku_0', value: 152050, formatted: '1520.50' }] }
)

export const IntervalSchema = Type.Object(
  { start: Instant('inclusive'), end: Instant('exclusive') },
  { description: 'half-open; whole minutes' }
)

export const ClockModeSchema = Type.Enum(['event', 'wall'], {
  type: 'string',
  description: 'event: now is the greatest accepted event time; wall: now is the machine’s clock'
})

const TopItemsMetaSchema = Type.Object({
  metric: Type.String({ description: 'views, cart_adds or revenue' }),
  unit: Type.String({ description: 'the currency of revenue; else the metric’s name' }),
  minor_units: Type.Integer({ minimum: 0, description: 'decimals of the unit: value / 10^minor_units' }),
  window: Type.String({ description: 'as asked for: 90m, 6h' }),
  interval: Nullable(IntervalSchema),
  now: Nullable(Instant('the clock of the answer; null before the first event')),
  clock: ClockModeSchema,
  offset: Type.Integer({ minimum: 0, description: 'byte of the source up to which everything is included' }),
  total_items: Type.Integer({
    minimum: 0,
    description: 'items with a value above 0, those in `other` not among them'
  }),
  other: Count('what items came to that the memory budget has no room for; not ranked'),
  ...EXACTNESS
})

export const TopItemsSchema = Type.Object(
  {
    data: Type.Array(ItemRowSchema, { maxItems: MAX_ROWS, description: 'the greatest value first' }),
    meta: TopItemsMetaSchema
  },
  {
    $id: 'TopItems',
    examples: [
      {
        data: [{ rank: 1, item_id: 'sku_0', value: 152050, formatted: '1520.50' }],
        meta: {
          metric: 'revenue',
          unit: 'USD',
          minor_units: 2,
          window: '24h',
          interval: { start: '2026-11-19T10:01:00.000Z', end: '2026-11-20T10:01:00.000Z' },
          now: '2026-11-20T10:00:00.123Z',
          clock: 'event',
          offset: 885303964,
          total_items: 49999,
          other: 0,
          exact: true,
          inexact: null
        }
      }
    ]
  }
)

export const AccountingSchema = Type.Object(
  {
    lines: Type.Integer({ minimum: 0, description: 'blank + accepted + rejected' }),
    blank: Type.Integer({ minimum: 0, description: 'lines of nothing but blanks' }),
    accepted: Type.Integer({ minimum: 0, description: 'lines that are events' }),
    late: Type.Integer({ minimum: 0, description: 'accepted, but older than the live window when it came' }),
    unpriced: Type.Integer({ minimum: 0, description: 'accepted purchases without a price' }),
    anonymous: Type.Integer({ minimum: 0, description: 'accepted events without a customer' }),
    rejected: Type.Integer({ minimum: 0, description: 'lines that are none' }),
    rejected_by_reason: RejectedByReasonSchema,
    fallback: Type.Integer({
      minimum: 0,
      description: 'lines the fast scanner handed to the reference parser'
    })
  },
  { $id: 'Accounting' }
)

const ShippingSchema = Type.Object(
  {
    collector: Type.String({ description: 'the name under which it ships' }),
    commit: Type.Integer({
      minimum: 0,
      description: 'the last commit of which all has arrived; 0: none in this run'
    }),
    lag_commits: Type.Integer({ minimum: 0, description: 'commits after it' }),
    lag_seconds: Type.Number({
      minimum: 0,
      description: 'since when something waits to be shipped; 0: nothing does'
    }),
    rows: Type.Integer({ minimum: 0, description: 'that have arrived in this run' }),
    bytes: Type.Integer({ minimum: 0, description: 'that have arrived in this run' }),
    error: Nullable(Type.String({ description: 'why the last try failed; it is tried again' }))
  },
  { description: 'of a collector alone: what it ships to ClickHouse' }
)

const CLOCK = {
  now: Nullable(Instant('null before the first event')),
  waiting: Type.Integer({
    minimum: 0,
    description: 'accepted events of minutes that have not begun: each is counted when its minute does'
  })
}

export const StatusSchema = Type.Object(
  {
    state: Type.Enum(['waiting', 'catching_up', 'live', 'ended', 'degraded'], {
      type: 'string',
      description:
        'waiting: the source is not there yet; catching_up: behind its end; live: at its end; ' +
        'ended: it can bring nothing more; degraded: ingest failed and has not caught up again, ' +
        'answers are those of before'
    }),
    degraded: Nullable(
      Type.Object(
        { reason: Type.String({ description: 'what failed' }), since: Instant('when it failed') },
        { description: 'null as long as answers are of the present' }
      )
    ),
    restarts: Type.Integer({
      minimum: 0,
      description: 'how many times ingest has failed and started again since the process began'
    }),
    quarantined: Type.Array(
      Type.Object({
        offset: Type.Integer({ minimum: 0, description: 'where they begin' }),
        end: Type.Integer({ minimum: 0, description: 'where they end' })
      }),
      {
        maxItems: MAX_QUARANTINED_SHOWN,
        description:
          'the last lines at which ingest failed twice, bytes of the source, half-open: they are rejected ' +
          'unread, as `quarantined`'
      }
    ),
    clock: Type.Object({ mode: ClockModeSchema, ...CLOCK }),
    source: Type.Object({
      name: Type.String({ description: 'the file as it was named; - is standard input' }),
      bytes_read: Type.Integer({ minimum: 0, description: 'all that is in the answers' }),
      size_bytes: Nullable(Type.Integer({ minimum: 0, description: 'null for a stream' })),
      lag_bytes: Nullable(Type.Integer({ minimum: 0, description: 'null for a stream' })),
      lag_seconds: Nullable(
        Type.Number({
          minimum: 0,
          description:
            'for how long the oldest byte has been there that answers do not include yet; null for a stream'
        })
      )
    }),
    queue: Type.Object({
      tasks: Type.Integer({ minimum: 0, description: 'batches of lines and questions that are under way' })
    }),
    accounting: AccountingSchema,
    active_customers: Type.Object(
      {
        '5m': Type.Integer({ minimum: 0, description: 'of 5 minutes' }),
        '1h': Type.Integer({ minimum: 0, description: 'of an hour' }),
        '24h': Type.Integer({ minimum: 0, description: 'of 24 hours' }),
        exact: Type.Boolean({
          description: 'false: in the last 24 h there were more than the memory budget allows'
        })
      },
      { description: 'distinct customers of the trailing window' }
    ),
    memory: Type.Object({
      budget_bytes: Type.Integer({ minimum: 0, description: 'what the process may take' }),
      rss_bytes: Type.Integer({ minimum: 0, description: 'of the whole process' }),
      store_bytes: Type.Integer({ minimum: 0, description: 'of the shared store in use' }),
      items: Type.Integer({ minimum: 0, description: 'that are known' }),
      customers: Type.Integer({ minimum: 0, description: 'of the live window' }),
      cells: Type.Integer({ minimum: 0, description: '(metric, minute, item) of the live window' }),
      exact: Type.Boolean({
        description: 'whether nothing has had to be told coarser to stay within the budget'
      }),
      reasons: Type.Array(Type.String(), { description: 'what has, if anything; over restarts' })
    }),
    workers: Type.Integer({ minimum: 1, description: 'threads of the pool' }),
    uptime_seconds: Type.Number({ minimum: 0, description: 'since the process began to serve' }),
    warnings: Type.Array(Type.String(), {
      description: 'what whoever runs the server was told on standard error and should look at'
    }),
    dead_letters: Nullable(
      Type.Object(
        {
          written: Type.Integer({ minimum: 0, description: 'by this run' }),
          unwritten: Type.Integer({
            minimum: 0,
            description:
              'could not be written; the first 10,000 of them wait and are tried again, the others are given up'
          }),
          dropped: Type.Integer({ minimum: 0, description: 'removed by this run with the oldest file' }),
          error: Nullable(Type.String({ description: 'why none can be written now' }))
        },
        { description: 'as of a moment ago; null: none are written' }
      )
    ),
    history: Nullable(HistoryStatusSchema),
    shipping: Type.Optional(ShippingSchema),
    collectors: Type.Optional(
      Type.Array(CollectorSchema, { description: 'of a gateway alone: those that its answers add up' })
    )
  },
  {
    $id: 'Status',
    examples: [
      {
        state: 'live',
        degraded: null,
        restarts: 0,
        quarantined: [],
        clock: { mode: 'event', now: '2026-11-20T10:00:00.123Z', waiting: 0 },
        source: {
          name: 'events.jsonl',
          bytes_read: 885303964,
          size_bytes: 885303964,
          lag_bytes: 0,
          lag_seconds: 0
        },
        queue: { tasks: 0 },
        accounting: {
          lines: 5000000,
          blank: 0,
          accepted: 4999998,
          late: 0,
          unpriced: 12,
          anonymous: 40,
          rejected: 2,
          rejected_by_reason: Object.fromEntries(
            REJECTION_REASONS.map((reason) => [reason, reason === 'invalid_json' ? 2 : 0])
          ),
          fallback: 3
        },
        active_customers: { '5m': 812, '1h': 9120, '24h': 99871, exact: true },
        memory: {
          budget_bytes: 2147483648,
          rss_bytes: 310000000,
          store_bytes: 120000000,
          items: 50000,
          customers: 100000,
          cells: 3100000,
          exact: true,
          reasons: []
        },
        workers: 2,
        uptime_seconds: 61.5,
        warnings: [],
        dead_letters: { written: 2, unwritten: 0, dropped: 0, error: null },
        history: HISTORY_STATUS_EXAMPLE
      }
    ]
  }
)

/** The one object that `replay --json` prints. */
export const ReplaySchema = Type.Object({
  most_viewed: TopItemsSchema,
  most_carted: TopItemsSchema,
  top_grossing: TopItemsSchema,
  accounting: AccountingSchema,
  clock: Type.Object(CLOCK),
  bytes: Type.Integer({ minimum: 0 }),
  workers: Type.Integer({ minimum: 1 }),
  elapsed_ms: Type.Integer({ minimum: 0 })
})

export type ClockMode = Static<typeof ClockModeSchema>
export type ClockState = Static<typeof ReplaySchema>['clock']
export type TopItems = Static<typeof TopItemsSchema>
export type Accounting = Static<typeof AccountingSchema>
export type Status = Static<typeof StatusSchema>
export type ReplayResult = Static<typeof ReplaySchema>
