import { Database } from './database.js'
import { requireHistory, told } from './open.js'
import { readIdentity, type Identity } from './schema.js'

/** The seed of a database, which is only read. Rejects with `usage` where it is of another zone or currency, else with `history`. */
export function readSeed(path: string, wanted: Identity, memoryLimitMb: number): Promise<Uint8Array> {
  return told(path, async () => {
    const database = await Database.open({ path, memoryLimitMb, readOnly: true })
    try {
      await requireHistory(database)
      return await readIdentity(database, wanted)
    } finally {
      database.close()
    }
  })
}
