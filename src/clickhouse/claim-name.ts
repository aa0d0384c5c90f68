import { FootfallError } from '../base/errors.js'
import type { History } from '../history/history.js'
import type { Received, ShippedState } from '../history/shipment.js'
import type { Connection } from './connection.js'
import { claimRow } from './inserted-rows.js'
import { CELLS, quoted, STATE_KINDS, STATE_TIER, type Claim } from './schema.js'

export interface Claiming {
  readonly history: History
  readonly connection: Connection
  readonly collector: string
}

/**
 * Sees to it that a collector's name is that of its history, and that the server has
 * what was sent. Resolves with the last commit of which all has arrived, 0 for none;
 * rejects with `usage` where that is not so.
 */
export async function claimName(claiming: Claiming): Promise<number> {
  const { history, connection, collector } = claiming
  try {
    const { instance, shipped } = await history.beginShipping(await received(claiming))
    if ((await claimant(claiming)) === null) {
      await connection.insertCells(Buffer.from(claimRow(collector, instance)))
    }
    if ((await claimant(claiming)) !== instance) {
      throw new FootfallError('usage', 'the name belongs to another data directory')
    }
    return shipped
  } catch (error) {
    if (!(error instanceof FootfallError) || error.code !== 'usage') throw error
    throw new FootfallError(
      'usage',
      `nothing is shipped as ${collector}: ${error.message}. Take another --collector, or remove what was ` +
        `shipped under this name with footfall clickhouse forget ${collector}`,
      { cause: error }
    )
  }
}

/** The database whose the name is; null: nobody has claimed it. */
async function claimant(claiming: Claiming): Promise<string | null> {
  const row = await lastRow(claiming, STATE_KINDS.claim)
  return row === null ? null : (JSON.parse(row.state) as Claim).instance
}

/** What the server has of the collector. */
async function received(claiming: Claiming): Promise<Received | null> {
  const row = await lastRow(claiming, STATE_KINDS.state)
  if (row === null) return null
  const { instance } = JSON.parse(row.state) as ShippedState
  return { instance, version: row.version }
}

/** The row of a kind that holds; null: there is none. */
async function lastRow(
  { connection, collector }: Claiming,
  kind: number
): Promise<{ readonly state: string; readonly version: bigint } | null> {
  const { rows } = await connection.ask(
    `SELECT argMax(state, version), max(version), count() FROM ${CELLS}
     WHERE tier = ${STATE_TIER} AND kind = ${kind} AND collector = ${quoted(collector)}`
  )
  const [state, version, count] = rows[0] ?? []
  return Number(count) === 0 ? null : { state: String(state), version: BigInt(String(version)) }
}
