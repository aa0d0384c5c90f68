import type { Connection } from './connection.js'
import { CELLS, localOf, onCluster, quoted, type ClusterOptions } from './schema.js'

/**
 * Has cells removed for good; `condition` is SQL. Servers answer before they have done it. On a cluster each
 * shard does it once, and its replicas after it, each by itself: one that is away does it when it is back.
 * Waits `waitSeconds` until all nodes have heard of it, and rejects with `server` where they have not; 0: does not wait.
 */
export async function remove(
  connection: Connection,
  condition: string,
  { cluster }: ClusterOptions,
  waitSeconds = 0
): Promise<void> {
  const table = cluster === null ? CELLS : `${localOf(CELLS)} ${onCluster(cluster)}`
  await connection.run(
    `ALTER TABLE ${table} DELETE WHERE ${condition}`,
    cluster === null ? {} : { distributed_ddl_task_timeout: String(waitSeconds) }
  )
}

/** A replica of a cluster's cells. */
export interface Replica {
  /** In ZooKeeper. */
  readonly path: string
  /** Whether it is there. */
  readonly isActive: boolean
  /** Number of the last removal that its shard has been told of the collector, ten digits; empty: none. */
  readonly ordered: string
  /** Whether it has yet to remove what its shard has been told to remove of the collector. */
  readonly isBehind: boolean
}

/**
 * All replicas of a cluster; none on one server. What one has removed of the collector already is there again
 * where another is asked in its place that is behind.
 */
export async function replicasOf(
  connection: Connection,
  { cluster }: ClusterOptions,
  collector: string
): Promise<readonly Replica[]> {
  if (cluster === null) return []
  const column = async (sql: string) => (await connection.ask(sql)).rows.map(([value]) => String(value))
  // Where a shard runs it, its own database may be another.
  const [database = ''] = await column('SELECT currentDatabase()')
  const shards = await column(
    `SELECT zookeeper_path FROM cluster(${quoted(cluster)}, system.replicas)
     WHERE database = ${quoted(database)} AND table = ${quoted(localOf(CELLS))}`
  )
  const replicas: Replica[] = []
  for (const shard of shards) {
    const below = (place: string) => `SELECT name, value FROM system.zookeeper WHERE path = ${quoted(place)}`
    // Others are told to all the time. Whose name begins as this one's is taken for it.
    const isOf = `position(value, ${quoted(`'${collector}`)}) > 0`
    const { rows: told } = await connection.ask(`${below(`${shard}/mutations`)} AND ${isOf} ORDER BY name`)
    const [ordered = '', order = ''] = (told.at(-1) ?? []).map(String)
    for (const replica of await column(`${below(`${shard}/replicas`)} ORDER BY name`)) {
      const path = `${shard}/replicas/${replica}`
      const { rows } = await connection.ask(`${below(path)} AND name IN ('mutation_pointer', 'is_active')`)
      const values = new Map(rows.map(([name, value]) => [String(name), String(value)]))
      // Numbers of ten digits. Where the pointer is behind the parts may not be: servers of old forget to move it.
      const isBehind =
        (values.get('mutation_pointer') ?? '') < ordered &&
        hasOlderParts(await column(below(`${path}/parts`)), blockOf(order))
      replicas.push({ path, isActive: values.has('is_active'), ordered, isBehind })
    }
  }
  return replicas
}

/** The block from which on rows have come after a removal, by its text in ZooKeeper; Infinity: it is not told. */
function blockOf(order: string): number {
  const block = /^all\t(\d+)$/m.exec(order)?.[1]
  return block === undefined ? Infinity : Number(block)
}

/**
 * Whether some parts have rows of blocks before `block` that no removal of it or after it has gone over. Names are
 * `all_<first block>_<last block>_<level>[_<block of the last removal>]`; parts that others have replaced are
 * there for a while.
 */
function hasOlderParts(names: readonly string[], block: number): boolean {
  const parts = names.map((name) => {
    const [first = 0, last = 0, level = 0, removal = 0] = name.split('_').slice(1).map(Number)
    return { first, last, level, removal }
  })
  return parts.some(
    (part) =>
      Math.max(part.removal, part.first) < block &&
      !parts.some(
        (other) =>
          other !== part &&
          other.first <= part.first &&
          other.last >= part.last &&
          other.level >= part.level &&
          other.removal >= part.removal
      )
  )
}
