import type { Snapshot } from '../query/snapshot-shape.js'
import type { Status } from '../query/shapes.js'

/** What `top` knows of a server. */
export interface TopState {
  readonly server: string
  /** The last of each, however old; null until there is one. */
  readonly snapshot: Snapshot | null
  readonly status: Status | null
  /** Accepted events between the last two looks at the status; null until there are two. */
  readonly eventsPerSecond: number | null
  /** Why the last look at the status was not answered; null where it was. */
  readonly lost: string | null
  /** Why no snapshots come; null where they do. */
  readonly unstreamed: string | null
}

/** Before anything was asked. */
export function unasked(server: string): TopState {
  return { server, snapshot: null, status: null, eventsPerSecond: null, lost: null, unstreamed: null }
}

export function withStatus(state: TopState, status: Status): TopState {
  return { ...state, status, lost: null, eventsPerSecond: rateBetween(state, status) }
}

export function withSnapshot(state: TopState, snapshot: Snapshot): TopState {
  return { ...state, snapshot, unstreamed: null }
}

function rateBetween({ status: before, eventsPerSecond }: TopState, now: Status): number | null {
  if (before === null) return null
  const seconds = now.uptime_seconds - before.uptime_seconds
  if (seconds === 0) return eventsPerSecond
  const events = now.accounting.accepted - before.accounting.accepted
  // The server, or its ingest, has begun anew.
  return seconds < 0 || events < 0 ? null : events / seconds
}
