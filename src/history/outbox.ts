import { randomBytes } from 'node:crypto'
import { GRANULARITIES, type Granularity } from '../base/civil-date.js'
import { FootfallError } from '../base/errors.js'
import { int32, uint32, uint8, type Database } from './database.js'
import { METRIC_COLUMNS } from './schema.js'
import { CUSTOMERS, SHIPPED_TIERS, type Begun, type Received } from './shipment.js'

/**
 * The keys of cells that have changed since the last shipment, written in the
 * transaction that changes them. Their values are read when they are shipped
 * (`read-shipment.ts`): a receiver that is away for a week costs a key a cell, not
 * a row a commit.
 *
 * ```
 * shipping    instance   names this database                    one row, none before shipping began
 *             shipped    the last commit that has arrived
 *             sent       the greatest version that was handed out
 *             arrived    the greatest one that was acknowledged
 * unshipped   tier, metric, bucket, item                        a key may come twice
 * in_flight   the same, of the shipment that is under way       each once
 * ```
 *
 * The item is 0 where none is meant; one key stands for all of the day before.
 */

/** The numbers of tiers in keys and rows. */
export const TIER = Object.fromEntries(SHIPPED_TIERS.map((tier, number) => [tier, number])) as Readonly<
  Record<(typeof SHIPPED_TIERS)[number], number>
>

/** Whether anything is shipped from this database; once begun it goes on for ever. */
export async function isShipping(database: Database): Promise<boolean> {
  return (await database.rows('SELECT 1 FROM shipping')).length === 1
}

/**
 * Begins to ship, or goes on, by what the receiver has. Rejects with `usage` where what it has is of another
 * database, more than this one has sent, or less than has arrived.
 */
export async function beginShipping(database: Database, receiver: Received | null): Promise<Begun> {
  const [row] = await database.rows('SELECT instance, shipped, sent, arrived FROM shipping')
  const instance = row === undefined ? null : String(row[0])
  if (receiver !== null && receiver.instance !== instance) {
    throw new FootfallError('usage', 'the name belongs to another data directory')
  }
  if (receiver !== null && receiver.version > (row?.[2] as bigint)) {
    throw new FootfallError(
      'usage',
      'more has arrived than this data directory has sent: it is an older copy'
    )
  }
  const isVoid = receiver === null || receiver.isVoid
  if (!isVoid && receiver.version < (row?.[3] as bigint)) {
    throw new FootfallError('usage', 'less is there than had arrived: a part of it has been lost')
  }
  // Nothing was ever sent, or what had arrived has been removed there.
  if (row === undefined || (isVoid && (row[3] as bigint) > 0n)) {
    const name = instance ?? randomBytes(8).toString('hex')
    await noteAll(database, name, (row?.[2] as bigint | undefined) ?? 0n)
    return { instance: name, shipped: 0 }
  }
  return { instance: String(row[0]), shipped: Number(row[1]) }
}

/** Everything that there is has to go, besides what is noted already: cells that are gone among it. `sent`: the greatest version that was handed out so far. */
async function noteAll(database: Database, instance: string, sent: bigint): Promise<void> {
  await database.transaction(async () => {
    await database.run('DELETE FROM shipping')
    await database.run(`INSERT INTO shipping VALUES (?, 0, ${sent}, 0)`, [instance])
    await noteLive(database, 'SELECT metric, minute, item FROM live')
    for (const tier of GRANULARITIES) await noteCells(database, tier, `SELECT * FROM "${tier}"`)
    await database.run(`
      INSERT INTO unshipped SELECT DISTINCT ${TIER.minutes}, ${CUSTOMERS}, minute, 0 FROM customers
      UNION ALL SELECT list_position(['day', 'week', 'month'], tier), ${CUSTOMERS}, bucket, 0 FROM sketches
      UNION ALL SELECT ${TIER.before}, 0, 0, 0 FROM day_before`)
  })
}

/** Keeps the live cells of some minutes as they are, for `noteMinutes` to compare with. */
export async function keepMinutes(database: Database, minutes: Int32Array): Promise<void> {
  await database.run(`
    CREATE OR REPLACE TEMP TABLE live_before AS
    SELECT minute, metric, item, amount FROM live WHERE ${isOneOf('minute', minutes)}`)
}

/** Takes note of what has changed in some minutes since `keepMinutes`. */
export async function noteMinutes(database: Database, minutes: Int32Array): Promise<void> {
  await noteLive(
    database,
    `SELECT metric, minute, item FROM (
      SELECT metric, minute, item, amount::HUGEINT AS change FROM live WHERE ${isOneOf('minute', minutes)}
      UNION ALL SELECT metric, minute, item, -amount::HUGEINT FROM live_before)
    GROUP BY ALL HAVING sum(change) <> 0`
  )
  await database.run('DROP TABLE live_before')
}

/** Takes note of live cells, told once each, and of their minutes as a whole. */
async function noteLive(database: Database, cells: string): Promise<void> {
  await database.run(`
    INSERT INTO unshipped WITH changed AS MATERIALIZED (${cells})
    SELECT ${TIER.live}, metric, minute, item FROM changed
    UNION ALL SELECT DISTINCT ${TIER.minutes}, metric, minute, 0 FROM changed`)
}

/** Forgets minutes that have left the live window: nobody asks for them any more. */
export async function dropMinutes(database: Database, oldestLiveMinute: number): Promise<void> {
  await database.run(
    `DELETE FROM unshipped WHERE tier IN (${TIER.live}, ${TIER.minutes}) AND bucket < ${oldestLiveMinute}`
  )
}

/** Takes note of cells of a tier that a query has (bucket, item, metrics), where an amount is above 0. */
export async function noteCells(database: Database, tier: Granularity, cells: string): Promise<void> {
  const metrics = METRIC_COLUMNS.map((column, metric) => `CASE WHEN ${column} > 0 THEN ${metric} END`)
  await database.run(`
    INSERT INTO unshipped SELECT DISTINCT ${TIER[tier]}, metric, bucket, item
    FROM (SELECT unnest([${metrics.join(', ')}]) AS metric, bucket, item FROM (${cells})) WHERE metric IS NOT NULL`)
}

/** A bucket in which customers were seen: a minute of the live window, or the first day of one of a tier. */
export interface CustomersKey {
  readonly tier: 'minutes' | Granularity
  readonly bucket: number
}

/** Takes note of buckets in which customers were seen. */
export async function noteCustomers(database: Database, seen: readonly CustomersKey[]): Promise<void> {
  await database.append('unshipped', [
    uint8(Uint8Array.from(seen, ({ tier }) => TIER[tier])),
    uint8(new Uint8Array(seen.length).fill(CUSTOMERS)),
    int32(Int32Array.from(seen, ({ bucket }) => bucket)),
    uint32(new Uint32Array(seen.length))
  ])
}

/** Takes note that minutes have left the live window. */
export async function noteDayBefore(database: Database): Promise<void> {
  await database.run(`INSERT INTO unshipped VALUES (${TIER.before}, 0, 0, 0)`)
}

function isOneOf(column: string, values: Int32Array): string {
  return values.length === 0 ? 'false' : `${column} IN (${values.join()})`
}

/** Keys that were noted again and again, while the receiver was away, become one each. Returns how many there are. */
export async function compactUnshipped(database: Database): Promise<number> {
  await database.transaction(async () => {
    await database.run(`
      CREATE OR REPLACE TEMP TABLE distinct_keys AS
      SELECT DISTINCT * FROM unshipped`)
    await database.run('DELETE FROM unshipped')
    await database.run('INSERT INTO unshipped SELECT * FROM distinct_keys')
    await database.run('DROP TABLE distinct_keys')
  })
  return unshippedKeys(database)
}

export async function unshippedKeys(database: Database): Promise<number> {
  const [[keys] = []] = await database.rows('SELECT count(*) FROM unshipped')
  return Number(keys)
}
