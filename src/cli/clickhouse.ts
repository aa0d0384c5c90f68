import { existsSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Currency } from '../base/currency.js'
import { FootfallError } from '../base/errors.js'
import { HISTORY_MEMORY_MB } from '../base/limits.js'
import { Connection } from '../clickhouse/connection.js'
import { forget } from '../clickhouse/forget.js'
import { initialise, readShared } from '../clickhouse/init.js'
import { readSeed } from '../history/seed.js'
import { serverOf } from './shipping.js'
import { DATABASE } from './start-pipeline.js'

export interface InitOptions {
  readonly clickhouse: string
  readonly cluster?: string
  readonly timeZone: string
  readonly currency: Currency
  readonly dataDir?: string
}

/** Makes the tables that collectors ship to. */
export async function init(options: InitOptions): Promise<void> {
  const { cluster = null, timeZone, currency } = options
  const seed = await seedOf(options)
  await connected(options.clickhouse, async (connection) => {
    const shared = await initialise(connection, { cluster, timeZone, currency: currency.code, seed })
    const place = cluster === null ? '' : `, on the cluster ${cluster}`
    process.stdout.write(
      `the tables are in ClickHouse at ${connection.name}${place}: days of ${shared.timeZone}, money in ${shared.currency}\n`
    )
    if (options.dataDir !== undefined && Buffer.compare(shared.seed, seed) !== 0) {
      throw new FootfallError(
        'usage',
        `the tables were made before with another seed than that of ${options.dataDir}, which cannot ship there`
      )
    }
  })
}

/** Removes all that a collector has shipped. */
export async function forgetCollector(
  collector: string,
  options: { readonly clickhouse: string }
): Promise<void> {
  await connected(options.clickhouse, async (connection) => {
    await forget(connection, await readShared(connection), collector)
    process.stdout.write(`what ${collector} had shipped to ClickHouse at ${connection.name} is removed\n`)
  })
}

/** The seed of a data directory that is there already; else a new one. */
async function seedOf({ dataDir, timeZone, currency }: InitOptions): Promise<Uint8Array> {
  if (dataDir === undefined) return randomBytes(8)
  const path = join(dataDir, DATABASE)
  if (!existsSync(path)) throw new FootfallError('usage', `there is no history in ${dataDir}`)
  return readSeed(path, { timeZone, currency: currency.code }, HISTORY_MEMORY_MB)
}

async function connected(url: string, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = new Connection(serverOf(url))
  try {
    await work(connection)
  } finally {
    await connection.close()
  }
}
