import { FootfallError } from '../base/errors.js'
import type { History } from '../history/history.js'
import { claimRow } from './inserted-rows.js'
import { lastState, standing, untilSeen, type Sender } from './received.js'
import { STATE_KINDS, type Claim, type ClusterOptions } from './schema.js'

/** A collector, and the history whose name it is to be. */
export interface Claiming extends Sender {
  readonly history: History
}

/** A name that is a collector's. */
export interface Claimed {
  /** The database whose it is. */
  readonly instance: string
  /** The last commit of which all has arrived; 0: none. */
  readonly shipped: number
  /** Version of the last removal of what was shipped under the name; 0: there was none. */
  readonly forgotten: bigint
}

/**
 * Sees to it that a collector's name is that of its history, and that the server has
 * what was sent. Rejects with `usage` where that is not so.
 */
export async function claimName(claiming: Claiming, { cluster }: ClusterOptions): Promise<Claimed> {
  const { history, connection, collector } = claiming
  try {
    const { received, forgotten } = await standing(claiming)
    const { instance, shipped } = await history.beginShipping(received)
    if ((await claimant(claiming)) === null) {
      await connection.insertCells(Buffer.from(claimRow(collector, instance)))
    }
    if ((await untilSeen(claiming, () => claimant(claiming))) !== instance) {
      throw new FootfallError('usage', 'the name belongs to another data directory')
    }
    return { instance, shipped, forgotten }
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
  const state = await lastState(claiming, STATE_KINDS.claim)
  return state === null ? null : (JSON.parse(state) as Claim).instance
}
