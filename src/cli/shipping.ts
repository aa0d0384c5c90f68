import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FootfallError } from '../base/errors.js'
import type { ConnectionOptions } from '../clickhouse/connection.js'
import type { ShippingSetup } from '../ingest/shipping-report.js'
import type { NoticeLevel } from '../ingest/notice-level.js'
import type { ProcessingOptions } from './options.js'
import { DATABASE, type Keeping } from './start-pipeline.js'
import { tell } from './status-line.js'

export interface ShippingOptions {
  readonly setup: ShippingSetup
  /** What a database that has to be made gets: the seed of all collectors. */
  readonly newSeed?: Uint8Array
}

/**
 * What the options say of shipping; null: nothing is shipped. Rejects with `usage`
 * where they do not go together, and where a new data directory would need what
 * ClickHouse does not tell now.
 */
export async function shippingOf(
  keeping: Keeping,
  { clickhouse, collector, timeZone, currency }: ProcessingOptions,
  drainMs: number,
  noticed: (message: string, level?: NoticeLevel) => void = tell
): Promise<ShippingOptions | null> {
  if (clickhouse === undefined) {
    if (collector === undefined) return null
    throw new FootfallError(
      'usage',
      '--collector needs --clickhouse: the name is the one under which is shipped'
    )
  }
  if (collector === undefined) {
    throw new FootfallError('usage', '--clickhouse needs --collector: the name under which is shipped')
  }
  if (keeping === 'nothing') {
    throw new FootfallError('usage', '--clickhouse needs --data-dir: what is shipped comes from there')
  }
  const setup = { ...serverOf(clickhouse), collector, drainMs }
  if (existsSync(join(keeping.dataDir, DATABASE))) return { setup }
  const { Connection } = await import('../clickhouse/connection.js')
  const { readShared, requireSame } = await import('../clickhouse/init.js')
  const connection = new Connection(setup)
  try {
    const shared = await readShared(connection)
    requireSame(shared, { timeZone, currency: currency.code })
    return { setup, newSeed: shared.seed }
  } catch (error) {
    if (!(error instanceof FootfallError) || error.code !== 'server') throw error
    noticed(
      `the new data directory ${keeping.dataDir} needs the settings of all collectors, which are in ClickHouse`
    )
    throw error
  } finally {
    await connection.close()
  }
}

/** The server at a URL, with the user and the password of the environment. */
export function serverOf(url: string): ConnectionOptions {
  const { FOOTFALL_CLICKHOUSE_USER: user, FOOTFALL_CLICKHOUSE_PASSWORD: password } = process.env
  // An empty one is as good as none.
  return { url, user: user || undefined, password: password || undefined }
}
