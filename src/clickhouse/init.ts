import { setTimeout as delay } from 'node:timers/promises'
import { describeError, FootfallError } from '../base/errors.js'
import { METRICS } from '../metrics/metrics.js'
import { askUntil } from './ask-until.js'
import { isPassing, type Connection } from './connection.js'
import { BEHIND_MS } from './received.js'
import {
  CELLS,
  DDL_SECONDS,
  earliest,
  localOf,
  quoted,
  SCHEMA_VERSION,
  SETTINGS,
  statements,
  type ClusterOptions,
  type TablePlace
} from './schema.js'

/** What all collectors of one ClickHouse share. */
export interface Shared extends ClusterOptions {
  /** IANA name of the zone that days are of. */
  readonly timeZone: string
  /** ISO 4217. */
  readonly currency: string
  /** 8 bytes: seed of the customers' hashes, so that unique customers can be merged. */
  readonly seed: Uint8Array
}

/**
 * Makes the tables where they are not there yet, and their settings; resolves with
 * those that hold. Rejects with `usage` when they were made with other ones, and
 * with `server`.
 */
export async function initialise(connection: Connection, wanted: Shared): Promise<Shared> {
  const { rows: names } = await connection.ask('SELECT currentDatabase()')
  // On a cluster another node may have what this one has not.
  if ((await readSettings(connection)).size > 0) requireMade(await readShared(connection), wanted)
  if (wanted.cluster === null && (await hasTable(connection, localOf(CELLS)))) {
    // Others would be there under the names of those that are missing, and nobody else would see what they have.
    throw new FootfallError(
      'usage',
      `ClickHouse at ${connection.name} has a part of the tables of a cluster: name it with --cluster`
    )
  }
  await makeTables(connection, { cluster: wanted.cluster, database: String(names[0]?.[0]) })
  if ((await readSettings(connection)).size === 0) {
    const values = Object.entries({
      schema_version: String(SCHEMA_VERSION),
      metrics: METRIC_NAMES,
      time_zone: wanted.timeZone,
      currency: wanted.currency,
      cluster: wanted.cluster ?? '',
      seed: Buffer.from(wanted.seed).toString('hex')
    })
    // Of two that are made at the same time the first holds.
    const version = earliest()
    const rows = values.map(([name, value]) => `(${quoted(name)}, ${quoted(value)}, ${version})`)
    await connection.run(`INSERT INTO ${SETTINGS} (name, value, version) VALUES ${rows.join(', ')}`)
    // On a cluster the replica that answers gets them a moment later.
    await askUntil(async () => ((await readSettings(connection)).size > 0 ? true : null), BEHIND_MS)
    await delay(SETTLING_MS)
  }
  return requireMade(await readShared(connection), wanted)
}

/** Makes those that are not there. */
async function makeTables(connection: Connection, place: TablePlace): Promise<void> {
  const isCluster = place.cluster !== null
  for (const statement of statements(place)) {
    try {
      await connection.run(statement, isCluster ? { distributed_ddl_task_timeout: String(DDL_SECONDS) } : {})
    } catch (error) {
      if (!isCluster || !isPassing(error)) throw error
      throw new FootfallError(
        'server',
        `${describeError(error)}; all nodes of ${clusterWords(place)} have to be there: once they are, try again`,
        { cause: error }
      )
    }
  }
}

/** Passes settings on; rejects with `usage` where they are not as wanted. */
function requireMade(shared: Shared, wanted: Shared): Shared {
  requireSame(shared, wanted)
  if (shared.cluster === wanted.cluster) return shared
  throw new FootfallError(
    'usage',
    `the tables in ClickHouse are of ${clusterWords(shared)}, not of ${clusterWords(wanted)}`
  )
}

/** How long another one that makes them at the same time may take to have done so; ms. */
const SETTLING_MS = 500

/** The settings; rejects with `usage` when there are none, or of another version. */
export async function readShared(connection: Connection): Promise<Shared> {
  const settings = await readSettings(connection)
  const version = settings.get('schema_version')
  if (Number(version) !== SCHEMA_VERSION) {
    throw new FootfallError(
      'usage',
      version === undefined
        ? `ClickHouse at ${connection.name} has no tables of footfall: make them with footfall clickhouse init`
        : `the tables in ClickHouse have version ${version}, this footfall needs ${SCHEMA_VERSION}: use the footfall ` +
            'that made them, or drop them and make them anew'
    )
  }
  const metrics = settings.get('metrics') ?? ''
  if (metrics !== METRIC_NAMES) {
    throw new FootfallError('usage', `the metrics in ClickHouse are ${metrics}, not ${METRIC_NAMES}`)
  }
  return {
    timeZone: settings.get('time_zone') ?? '',
    currency: settings.get('currency') ?? '',
    cluster: settings.get('cluster') || null,
    seed: Buffer.from(settings.get('seed') ?? '', 'hex')
  }
}

/** Rejects with `usage` when days or money are other ones. */
export function requireSame(shared: Shared, wanted: Pick<Shared, 'timeZone' | 'currency'>): void {
  for (const [name, flag] of [
    ['timeZone', '--time-zone'],
    ['currency', '--currency']
  ] as const) {
    if (shared[name] === wanted[name]) continue
    throw new FootfallError(
      'usage',
      `the tables in ClickHouse are of ${flag} ${shared[name]}, not ${wanted[name]}`
    )
  }
}

const METRIC_NAMES = METRICS.map(({ name }) => name).join(',')

function clusterWords({ cluster }: ClusterOptions): string {
  return cluster === null ? 'one server' : `the cluster ${cluster}`
}

async function hasTable(connection: Connection, name: string): Promise<boolean> {
  const { rows } = await connection.ask(`EXISTS TABLE ${name}`)
  return Number(rows[0]?.[0]) === 1
}

/** None where there is no table of them. */
async function readSettings(connection: Connection): Promise<ReadonlyMap<string, string>> {
  if (!(await hasTable(connection, SETTINGS))) return new Map()
  const { rows } = await connection.ask(`SELECT name, argMax(value, version) FROM ${SETTINGS} GROUP BY name`)
  return new Map(rows.map(([name, value]) => [String(name), String(value)]))
}
