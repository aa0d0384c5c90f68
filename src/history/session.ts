import type { HistoryOptions } from '../base/history-options.js'
import { Ageing } from './ageing.js'
import type { Database } from './database.js'
import { openDatabase, told } from './open.js'
import { readState, type StoredState } from './state.js'
import { StatusReader } from './status.js'

/** The database while it is open, and what was read from it or written to it since. */
export interface Session {
  readonly database: Database
  readonly seed: Uint8Array
  readonly ageing: Ageing
  readonly status: StatusReader
  state: StoredState
}

/** Rejects as `openDuckDbHistory` does. */
export async function openSession(options: HistoryOptions): Promise<Session> {
  const { database, seed } = await openDatabase(options)
  try {
    const state = await told(options.path, () => readState(database))
    const status = new StatusReader()
    const ageing = new Ageing(database, options, (tier, buckets) => {
      status.changed(tier, buckets)
    })
    return { database, seed, ageing, status, state }
  } catch (error) {
    database.close()
    throw error
  }
}
