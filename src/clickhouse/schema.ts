import type { ShippedState } from '../history/shipment.js'

/** Version of the tables; a footfall refuses those of another. */
export const SCHEMA_VERSION = 2

/** The table of the cells of all collectors. */
export const CELLS = 'footfall_cells'

/** That of the settings that they share. */
export const SETTINGS = 'footfall_settings'

/** Tier of the rows that tell of a collector; the places of `SHIPPED_TIERS` come before. */
export const STATE_TIER = 255

/**
 * Kinds of such rows: where it stands with what it has shipped (`StateRow`), that it is there (`Heartbeat`), whose
 * its name is (`Claim`), and that what it had shipped was removed (`Mark`), which is the one that stays.
 */
export const STATE_KINDS = { state: 0, heartbeat: 1, claim: 2, forgotten: 3 } as const

/** Where a collector stands. */
export interface StateRow extends ShippedState {
  /** Version of the removal after which all of it was shipped, '0': there was none; with another one it is void. */
  readonly forgotten: string
}

/** What was shipped under a name has been removed. */
export interface Mark {
  /** That of the row, by which states name it. */
  readonly version: string
}

/** Whether what a collector has shipped is a part alone: the rest was removed, which it had not heard of. No mark: nothing was. */
export function isVoid({ forgotten }: StateRow, mark: Mark | undefined): boolean {
  return forgotten !== (mark?.version ?? '0')
}

/** The database that ships under a name: of several the first that has claimed it. */
export interface Claim {
  readonly instance: string
}

/** A version by which of two rows the earlier one holds. */
export function earliest(): bigint {
  return BigInt(Number.MAX_SAFE_INTEGER - Date.now()) * 1024n + BigInt(Math.floor(Math.random() * 1024))
}

/** What a collector says of itself every few seconds. */
export interface Heartbeat {
  /** Its clock, epoch ms. */
  readonly atMs: number
  /** Whether it ended in order with this. */
  readonly isEnded: boolean
}

/** In the order of an inserted row. */
export const CELL_COLUMNS = [
  'tier',
  'metric',
  'bucket',
  'kind',
  'item',
  'amount',
  'registers',
  'collector',
  'version',
  'state'
] as const

/** Which cluster tables are on. */
export interface ClusterOptions {
  /** As the server's `remote_servers` has it; its replicas need the macros {shard} and {replica}. Null: one server. */
  readonly cluster: string | null
}

/** How long all nodes of a cluster may take to hear of what is to be done; less than a statement may take. */
export const DDL_SECONDS = 10

/** Where tables are made. */
export interface TablePlace extends ClusterOptions {
  readonly database: string
}

/**
 * The statements that make the tables. Rows are absolute: of the same tier,
 * metric, bucket, kind, item and collector the one with the greatest version holds,
 * and merges drop the others. A collector's state is a row too, so that an insert
 * of one block brings a commit as a whole.
 *
 * ```
 * footfall_cells      tier, metric, bucket, kind, item, collector   amount, registers, version, state
 * footfall_settings   name                                          value
 * ```
 *
 * Tier, metric and kind are numbers: see `src/history/shipment.ts`.
 *
 * On a cluster both are replicated on every shard and read through a Distributed
 * table; a collector's rows are all on one shard.
 */
export function statements(place: TablePlace): readonly string[] {
  const cells = `(tier UInt8, metric UInt8, bucket Int32, kind UInt8, item String, amount UInt64,
    registers Array(UInt32), collector String, version UInt64, state String)`
  const settings = '(name String, value String, version UInt64)'
  return [
    ...table(CELLS, cells, '(tier, metric, bucket, kind, item, collector)', 'sipHash64(collector)', place),
    ...table(SETTINGS, settings, 'name', '0', place)
  ]
}

function table(
  name: string,
  columns: string,
  order: string,
  shardedBy: string,
  { cluster, database }: TablePlace
): readonly string[] {
  if (cluster === null) {
    return [
      `CREATE TABLE IF NOT EXISTS ${name} ${columns} ENGINE = ReplacingMergeTree(version) ORDER BY ${order}`
    ]
  }
  const everywhere = onCluster(cluster)
  const path = quoted(`/clickhouse/tables/{shard}/${database}/${name}`)
  const replicated = `ReplicatedReplacingMergeTree(${path}, '{replica}', version)`
  const within = identifier(database)
  return [
    `CREATE TABLE IF NOT EXISTS ${within}.${localOf(name)} ${everywhere} ${columns} ENGINE = ${replicated} ORDER BY ${order}`,
    `CREATE TABLE IF NOT EXISTS ${within}.${name} ${everywhere} ${columns}
      ENGINE = Distributed(${quoted(cluster)}, ${quoted(database)}, ${quoted(localOf(name))}, ${shardedBy})`
  ]
}

/** On a cluster: the table of each node that has what is its shard's. */
export function localOf(name: string): string {
  return `${name}_local`
}

/** Has a statement done by all nodes. */
export function onCluster(cluster: string): string {
  return `ON CLUSTER ${quoted(cluster)}`
}

/** A name as SQL. */
function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/** A text as SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
