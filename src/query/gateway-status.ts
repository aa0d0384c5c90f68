import { NO_COUNTS } from '../store/board.js'
import { accounting } from './accounting.js'
import { collectorWarnings, collectorWords, type CollectorWords } from './collector-words.js'
import type { FarCollectors } from './far-answers.js'
import type { Stale } from './gateway-looks.js'
import type { ClockMode, Status } from './shapes.js'
import { isoInstant } from './top-items.js'

export interface GatewayStanding {
  /** Of the server that is asked: host and port. */
  readonly source: string
  readonly clock: ClockMode
  /** Null: none has been looked at yet. */
  readonly collectors: FarCollectors | null
  /** Customers of the last 5 minutes, hour and 24 h. */
  readonly active: readonly number[]
  readonly degraded: Stale | null
  readonly wallMs: number
  readonly uptimeMs: number
}

/** What a gateway says of itself: sums over its collectors; what only they have is 0 or null. */
export function gatewayStatus(standing: GatewayStanding): Status {
  const { source, clock, collectors, active, degraded, wallMs, uptimeMs } = standing
  const words = collectors === null ? [] : collectorWords(collectors, wallMs)
  const nowMs = collectors?.nowMs ?? null
  const [five = 0, hour = 0, day = 0] = active
  return {
    state: degraded === null ? stateOf(words) : 'degraded',
    degraded: degraded && { reason: degraded.reason, since: isoInstant(degraded.sinceMs) },
    restarts: 0,
    quarantined: [],
    clock: {
      mode: clock,
      now: nowMs === null ? null : isoInstant(nowMs),
      waiting: collectors?.waiting ?? 0
    },
    source: {
      name: source,
      bytes_read: collectors?.offset ?? 0,
      size_bytes: null,
      lag_bytes: null,
      lag_seconds: null
    },
    queue: { tasks: 0 },
    accounting: accounting(collectors?.counts ?? NO_COUNTS),
    active_customers: { '5m': five, '1h': hour, '24h': day, exact: false },
    memory: { ...NO_STORE, rss_bytes: process.memoryUsage.rss() },
    workers: 1,
    uptime_seconds: Math.round(uptimeMs) / 1000,
    warnings: collectorWarnings(words),
    dead_letters: null,
    history: null,
    collectors: words
  }
}

const NO_STORE = {
  budget_bytes: 0,
  store_bytes: 0,
  items: 0,
  customers: 0,
  cells: 0,
  exact: true,
  reasons: []
}

function stateOf(collectors: readonly CollectorWords[]): Status['state'] {
  if (collectors.length === 0) return 'waiting'
  return collectors.some(({ status }) => status === 'catching_up') ? 'catching_up' : 'live'
}
