import { randomBytes } from 'node:crypto'
import { DuckDBBlobValue } from '@duckdb/node-api'
import { FootfallError } from '../base/errors.js'
import { canonicalTimeZone } from '../base/time-zone.js'
import { METRICS, type MetricName } from '../metrics/metrics.js'
import type { Database } from './database.js'
import { NO_ITEM, OTHER_ITEM, UNKNOWN_ITEMS } from './history.js'

/**
 * The tables. None has an index, a key or a constraint, and rows are only ever
 * appended, deleted or replaced by their sum: every crash at recovery that
 * DuckDB is known for has one of those or an ALTER in it.
 *
 * ```
 * meta       schema_version, time_zone, currency, metrics, seed      one row
 * commits    number, committed_at, now_ms, counters, pending, …      one row: the last
 * positions  commit_number, name, device, inode, …, source_offset    one row a source
 * items      number, item_id                                         one row an item
 * live       minute, metric, item, amount                            24 hours
 * customers  hash, minute        the latest minute of a hash counts; 24 hours
 * day        bucket, item, one column a metric   additive; until retention
 * week       the same                            additive; until retention
 * month      the same                            additive; for ever
 * sketches   tier, bucket, registers                                 one row a bucket
 * day_before minutes            what a summary compares with            one row
 * shipping, unshipped, in_flight    what a far database lacks     see outbox.ts
 * ```
 */
export interface Migration {
  /** Version of the schema after it. */
  readonly version: number
  readonly statements: readonly string[]
}

/** Metrics as columns, in the order of their declaration. */
export const METRIC_COLUMNS = METRICS.map(({ name }) => `"${name}"`)

/** Whether a row is of an item: not of none, and not of those that were folded together. */
export const IS_ITEM = `item NOT IN (${NO_ITEM}, ${OTHER_ITEM}, ${UNKNOWN_ITEMS})`

/** Whether a row is of items that are not told apart. */
export const IS_OTHER = `item IN (${OTHER_ITEM}, ${UNKNOWN_ITEMS})`

/** The sums of all metrics, under their names. */
export const SUMS = METRIC_COLUMNS.map((column) => `sum(${column})::UBIGINT AS ${column}`).join(', ')

/**
 * Whether the sums of any of the rows fit into 64 bits. Where they do not
 * (184,467 times the highest price and quantity), rows stay as they are: additive.
 */
export const SUMS_FIT = `greatest(${METRIC_COLUMNS.map((column) => `sum(${column})`).join(', ')}) < ${2n ** 64n}`

const AMOUNTS = METRIC_COLUMNS.map((column) => `${column} UBIGINT`).join(', ')

/** Every step from an empty database to today's schema. One that was released is never edited. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE commits (number UBIGINT, committed_at TIMESTAMP, now_ms BIGINT, oldest_live_minute INTEGER,
        day_floor INTEGER, week_floor INTEGER, counters BLOB, pending BLOB)`,
      `CREATE TABLE sources (commit_number UBIGINT, name VARCHAR, device VARCHAR, inode VARCHAR,
        head_bytes UBIGINT, head_hash VARCHAR, tail_bytes UBIGINT, tail_hash VARCHAR,
        source_offset UBIGINT, generation UBIGINT)`,
      'CREATE TABLE items (number UINTEGER, item_id VARCHAR)',
      'CREATE TABLE live (minute INTEGER, metric UTINYINT, item UINTEGER, amount UBIGINT)',
      'CREATE TABLE customers (hash UBIGINT, minute INTEGER)',
      ...['day', 'week', 'month'].map(
        (tier) => `CREATE TABLE "${tier}" (bucket INTEGER, item UINTEGER, ${AMOUNTS})`
      ),
      'CREATE TABLE sketches (tier VARCHAR, bucket INTEGER, registers BLOB)'
    ]
  },
  {
    // The first bytes of a source instead of a hash of them: any shorter copy can be told by them.
    version: 2,
    statements: [
      `CREATE TABLE positions (commit_number UBIGINT, name VARCHAR, device VARCHAR, inode VARCHAR, head BLOB,
        tail_bytes UBIGINT, tail_hash VARCHAR, source_offset UBIGINT, generation UBIGINT)`,
      `INSERT INTO positions SELECT commit_number, name, device, inode, ''::BLOB,
        tail_bytes, tail_hash, source_offset, generation FROM sources`,
      'DROP TABLE sources'
    ]
  },
  // The counters of a commit have one more reason of rejection and the losses, before their last: an older footfall would misread them.
  { version: 3, statements: [] },
  { version: 4, statements: ['CREATE TABLE day_before (minutes BLOB)'] },
  {
    version: 5,
    statements: [
      'CREATE TABLE shipping (instance VARCHAR, shipped UBIGINT, sent UBIGINT, arrived UBIGINT)',
      'CREATE TABLE unshipped (tier UTINYINT, metric UTINYINT, bucket INTEGER, item UINTEGER)',
      'CREATE TABLE in_flight (tier UTINYINT, metric UTINYINT, bucket INTEGER, item UINTEGER)'
    ]
  },
  // Customers' hashes are spread over other registers: an older footfall would count in them whom it finds twice.
  { version: 6, statements: [] }
]

/** What a database was made for. */
export interface Identity {
  readonly timeZone: string
  readonly currency: string
}

/** What a new database is made with: the seed (8 bytes) is a random one by default. */
export interface NewIdentity extends Identity {
  readonly newSeed?: Uint8Array
}

const SEED_BYTES = 8

/** Makes the tables of a new database. */
export async function createSchema(
  database: Database,
  { timeZone, currency, newSeed = randomBytes(SEED_BYTES) }: NewIdentity
): Promise<void> {
  await database.transaction(async () => {
    await database.run(
      'CREATE TABLE meta (schema_version INTEGER, time_zone VARCHAR, currency VARCHAR, metrics VARCHAR, seed BLOB)'
    )
    await database.run('INSERT INTO meta VALUES (0, ?, ?, ?, ?)', [
      timeZone,
      currency,
      metricNames(),
      new DuckDBBlobValue(newSeed)
    ])
  })
  await migrate(database, MIGRATIONS)
}

/** The version of a database's schema; rejects when it is newer than the last migration. */
export async function readVersion(database: Database, migrations: readonly Migration[]): Promise<number> {
  const [[version] = []] = await database.rows('SELECT schema_version FROM meta')
  const latest = latestVersion(migrations)
  if (Number(version) <= latest) return Number(version)
  throw new FootfallError(
    'history',
    `its schema has version ${Number(version)}, this footfall knows up to ${latest}: use a newer one`
  )
}

/** Brings an older database to the last version, all steps in one transaction. */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const version = await readVersion(database, migrations)
  if (version === latestVersion(migrations)) return
  await database.transaction(async () => {
    for (const step of migrations.filter((step) => step.version > version)) {
      for (const statement of step.statements) await database.run(statement)
    }
    await database.run(`UPDATE meta SET schema_version = ${latestVersion(migrations)}`)
  })
}

/** Whether there is a history in the database at all, of whatever version. */
export async function isHistory(database: Database): Promise<boolean> {
  const tables = await database.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'meta'")
  return tables.length === 1
}

/** Reads the seed; rejects when the database was made for other settings. */
export async function readIdentity(database: Database, wanted: Identity): Promise<Uint8Array> {
  const [row = []] = await database.rows('SELECT time_zone, currency, metrics, seed FROM meta')
  const [timeZone, currency, metrics] = row.slice(0, 3).map(String)
  const seed = row[3]
  if (canonicalTimeZone(timeZone ?? '') !== canonicalTimeZone(wanted.timeZone)) {
    throw new FootfallError('usage', `its time zone is ${timeZone ?? ''}, not ${wanted.timeZone}`)
  }
  if (currency !== wanted.currency) {
    throw new FootfallError('usage', `its currency is ${currency ?? ''}, not ${wanted.currency}`)
  }
  if (metrics !== metricNames()) {
    throw new FootfallError('history', `its metrics are ${metrics ?? ''}, not ${metricNames()}`)
  }
  if (!(seed instanceof DuckDBBlobValue) || seed.bytes.length !== SEED_BYTES) {
    throw new FootfallError('history', 'its seed is damaged')
  }
  return Uint8Array.from(seed.bytes)
}

/** The column of a metric, quoted. */
export function metricColumn(name: MetricName): string {
  return `"${name}"`
}

function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

function metricNames(): string {
  return METRICS.map(({ name }) => name).join(',')
}
