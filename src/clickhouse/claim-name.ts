import { FootfallError } from '../base/errors.js'
import type { History } from '../history/history.js'
import { claimRow } from './inserted-rows.js'
import { lastRow, received, untilSeen, type Sender } from './received.js'
import { STATE_KINDS, type Claim, type ClusterOptions } from './schema.js'

export interface Claiming extends Sender {
  readonly history: History
}

/**
 * Sees to it that a collector's name is that of its history, and that the server has
 * what was sent. Resolves with the last commit of which all has arrived, 0 for none;
 * rejects with `usage` where that is not so.
 */
export async function claimName(claiming: Claiming, { cluster }: ClusterOptions): Promise<number> {
  const { history, connection, collector } = claiming
  try {
    const { instance, shipped } = await history.beginShipping(await received(claiming))
    if ((await claimant(claiming)) === null) {
      await connection.insertCells(Buffer.from(claimRow(collector, instance)))
    }
    if ((await untilSeen(claiming, () => claimant(claiming))) !== instance) {
      throw new FootfallError('usage', 'the name belongs to another data directory')
    }
    return shipped
  } catch (error) {
    if (!(error instanceof FootfallError) || error.code !== 'usage') throw error
    const unless = cluster === null ? 'Take' : 'Unless a replica of the cluster is away or behind, take'
    throw new FootfallError(
      'usage',
      `nothing is shipped as ${collector}: ${error.message}. ${unless} another --collector, or remove what was ` +
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
