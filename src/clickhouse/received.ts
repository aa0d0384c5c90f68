import { FootfallError } from '../base/errors.js'
import type { Received } from '../history/shipment.js'
import { askUntil } from './ask-until.js'
import type { Connection } from './connection.js'
import { CELLS, isVoid, quoted, STATE_TIER, STATE_KINDS, type Mark, type StateRow } from './schema.js'

/** A collector, by its name, and the server that it ships to. */
export interface Sender {
  readonly connection: Connection
  readonly collector: string
}

/** What the server has of a collector. */
export interface Standing {
  /** Null: nothing. */
  readonly received: Received | null
  /** Version of the last removal; 0: there was none. */
  readonly forgotten: bigint
}

export async function standing({ connection, collector }: Sender): Promise<Standing> {
  const { rows } = await connection.ask(
    `SELECT kind, argMax(state, version) FROM ${CELLS} WHERE tier = ${STATE_TIER}
     AND kind IN (${STATE_KINDS.state}, ${STATE_KINDS.forgotten}) AND collector = ${quoted(collector)} GROUP BY kind`
  )
  const told = new Map<number, unknown>(rows.map(([kind, text]) => [Number(kind), JSON.parse(String(text))]))
  const state = told.get(STATE_KINDS.state) as StateRow | undefined
  const mark = told.get(STATE_KINDS.forgotten) as Mark | undefined
  const forgotten = BigInt(mark?.version ?? '0')
  if (state === undefined) return { received: null, forgotten }
  const { instance, version } = state
  return { received: { instance, version: BigInt(version), isVoid: isVoid(state, mark) }, forgotten }
}

/** How long a replica may take to get what another one has acknowledged; ms. */
export const BEHIND_MS = 10_000

/**
 * Asks until there is an answer: on a cluster what was acknowledged by one replica may not be yet at the one
 * that is asked. Rejects with `server` where that takes too long.
 */
export async function untilSeen<T>(
  { connection, collector }: Sender,
  ask: () => Promise<T | null>
): Promise<T> {
  const seen = await askUntil(ask, BEHIND_MS)
  if (seen !== null) return seen
  throw new FootfallError(
    'server',
    `ClickHouse at ${connection.name}: what ${collector} had shipped is not at the replica that answers now`
  )
}

/** What the row of a kind says that holds, JSON; null: there is none. */
export async function lastState({ connection, collector }: Sender, kind: number): Promise<string | null> {
  const { rows } = await connection.ask(
    `SELECT argMax(state, version), count() FROM ${CELLS}
     WHERE tier = ${STATE_TIER} AND kind = ${kind} AND collector = ${quoted(collector)}`
  )
  const [state, count] = rows[0] ?? []
  return Number(count) === 0 ? null : String(state)
}
