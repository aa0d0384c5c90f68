import type { Status } from '../../query/shapes.js'

/** Values by label; null: there is none now. */
type Values = number | null | Readonly<Record<string, number>>

/** A metric of Prometheus that is read from a status. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  /** What the values are told apart by. */
  readonly label?: string
  readonly read: (status: Status) => Values
}

function counter(name: string, help: string, read: Family['read'], label?: string): Family {
  return { name, help, type: 'counter', read, ...(label !== undefined && { label }) }
}

function gauge(name: string, help: string, read: Family['read'], label?: string): Family {
  return { name, help, type: 'gauge', read, ...(label !== undefined && { label }) }
}

const STATES = ['waiting', 'catching_up', 'live', 'ended', 'degraded'] as const

const seconds = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1000)
const flag = (is: boolean): number => (is ? 1 : 0)

/** All of them but the latency of requests. */
export const FAMILIES: readonly Family[] = [
  counter(
    'footfall_lines_total',
    'Lines of the source, by what became of them; each is counted once.',
    ({ accounting: { blank, accepted, rejected } }) => ({ blank, accepted, rejected }),
    'outcome'
  ),
  counter(
    'footfall_rejected_lines_total',
    'Rejected lines by the first reason that applies.',
    ({ accounting }) => accounting.rejected_by_reason,
    'reason'
  ),
  counter(
    'footfall_accepted_lines_total',
    'Accepted lines that have something to them; one may count for several.',
    ({ accounting: { late, unpriced, anonymous } }) => ({ late, unpriced, anonymous }),
    'kind'
  ),
  counter(
    'footfall_fallback_lines_total',
    'Lines that the fast scanner handed to the reference parser.',
    ({ accounting }) => accounting.fallback
  ),
  gauge(
    'footfall_source_read_bytes',
    'Byte of the source up to which answers include everything.',
    (status) => status.source.bytes_read
  ),
  gauge(
    'footfall_source_size_bytes',
    'Size of the source; none of a stream.',
    (status) => status.source.size_bytes
  ),
  gauge(
    'footfall_source_lag_bytes',
    'Bytes of the source that answers do not include yet.',
    (status) => status.source.lag_bytes
  ),
  gauge(
    'footfall_source_lag_seconds',
    'For how long the oldest byte has been there that answers do not include yet.',
    (status) => status.source.lag_seconds
  ),
  gauge('footfall_clock_timestamp_seconds', 'Now, as windows have it.', ({ clock }) =>
    clock.now === null ? null : Date.parse(clock.now) / 1000
  ),
  gauge(
    'footfall_waiting_events',
    'Accepted events that are ahead of the clock.',
    ({ clock }) => clock.waiting
  ),
  gauge('footfall_queue_tasks', 'Batches and questions that are under way.', ({ queue }) => queue.tasks),
  gauge(
    'footfall_state',
    'The state of ingest: 1.',
    ({ state }) => Object.fromEntries(STATES.map((one) => [one, flag(one === state)])),
    'state'
  ),
  gauge('footfall_degraded', '1: answers are not of the present, as ingest has failed.', ({ degraded }) =>
    flag(degraded !== null)
  ),
  counter(
    'footfall_restarts_total',
    'How many times ingest has failed and started again.',
    ({ restarts }) => restarts
  ),
  gauge(
    'footfall_commit_age_seconds',
    'Since the last commit of this run.',
    ({ history }) => history?.commits.age_seconds ?? null
  ),
  gauge('footfall_commit_duration_seconds', 'How long the last commit took.', ({ history }) =>
    seconds(history?.commits.duration_ms)
  ),
  counter(
    'footfall_failed_commits_total',
    'Commits that failed, each of which was or is tried again.',
    ({ history }) => history?.commits.failed ?? null
  ),
  gauge(
    'footfall_shipping_lag_seconds',
    'Since when a commit has been waiting to be shipped to ClickHouse; 0: none is.',
    ({ shipping }) => shipping?.lag_seconds ?? null
  ),
  gauge(
    'footfall_shipping_lag_commits',
    'Commits that have not been shipped as a whole.',
    ({ shipping }) => shipping?.lag_commits ?? null
  ),
  counter(
    'footfall_shipped_rows_total',
    'Rows that have arrived in ClickHouse in this run.',
    ({ shipping }) => shipping?.rows ?? null
  ),
  counter(
    'footfall_shipped_bytes_total',
    'Bytes of rows that have arrived in ClickHouse in this run.',
    ({ shipping }) => shipping?.bytes ?? null
  ),
  gauge(
    'footfall_collector_lag_seconds',
    'Of a gateway: by how much the clock of a collector is behind that of the one furthest ahead.',
    ({ collectors }) =>
      collectors === undefined
        ? null
        : Object.fromEntries(
            collectors.flatMap(({ name, lag_seconds: lag }) => (lag === null ? [] : [[name, lag]]))
          ),
    'collector'
  ),
  gauge('footfall_history_bytes', 'Files of the history.', ({ history }) => history?.database_bytes ?? null),
  gauge(
    'footfall_dead_letters',
    'Dead letters of this run.',
    ({ dead_letters: letters }) =>
      letters === null
        ? null
        : { written: letters.written, unwritten: letters.unwritten, dropped: letters.dropped },
    'outcome'
  ),
  gauge('footfall_memory_budget_bytes', 'What the process may take.', ({ memory }) => memory.budget_bytes),
  gauge('footfall_memory_store_bytes', 'The shared store in use.', ({ memory }) => memory.store_bytes),
  gauge('process_resident_memory_bytes', 'Resident memory of the process.', ({ memory }) => memory.rss_bytes),
  gauge('footfall_memory_exact', '0: something is told coarser to stay within the budget.', ({ memory }) =>
    flag(memory.exact)
  ),
  gauge('footfall_items', 'Items that are known.', ({ memory }) => memory.items),
  gauge('footfall_customers', 'Customers that are known.', ({ memory }) => memory.customers),
  gauge('footfall_cells', 'Cells (metric, minute, item) of the live window.', ({ memory }) => memory.cells),
  gauge(
    'footfall_active_customers',
    'Distinct customers of the trailing window.',
    ({ active_customers: active }) => ({ '5m': active['5m'], '1h': active['1h'], '24h': active['24h'] }),
    'window'
  ),
  gauge('footfall_workers', 'Threads that parse and count.', ({ workers }) => workers),
  gauge('footfall_uptime_seconds', 'Since the process began.', ({ uptime_seconds: uptime }) => uptime)
]
