import type { Connection } from './connection.js'
import { CELLS, localOf, quoted, type ClusterOptions } from './schema.js'

/**
 * Has cells removed for good; `condition` is SQL. Servers answer before they have done it. On a cluster each
 * shard does it once, and its replicas after it, each by itself: one that is away does it when it is back.
 */
export async function remove(
  connection: Connection,
  condition: string,
  { cluster }: ClusterOptions
): Promise<void> {
  const table = cluster === null ? CELLS : `${localOf(CELLS)} ON CLUSTER '${cluster}'`
  await connection.run(
    `ALTER TABLE ${table} DELETE WHERE ${condition}`,
    cluster === null ? {} : { distributed_ddl_task_timeout: '0' }
  )
}

/**
 * The replicas of a cluster that have not done yet all that shards have been told to remove, those that are
 * away among them; none on one server. What such a one has removed already is there again where it is asked
 * in the place of another.
 */
export async function replicasBehind(
  connection: Connection,
  { cluster }: ClusterOptions
): Promise<readonly string[]> {
  if (cluster === null) return []
  const column = async (sql: string) => (await connection.ask(sql)).rows.map(([value]) => String(value))
  // Where a shard runs it, its own database may be another.
  const [database = ''] = await column('SELECT currentDatabase()')
  const shards = await column(
    `SELECT zookeeper_path FROM cluster('${cluster}', system.replicas)
     WHERE database = ${quoted(database)} AND table = '${localOf(CELLS)}'`
  )
  const behind: string[] = []
  for (const shard of shards) {
    const names = (below: string) =>
      column(`SELECT name FROM system.zookeeper WHERE path = ${quoted(`${shard}/${below}`)} ORDER BY name`)
    const last = (await names('mutations')).at(-1) ?? ''
    for (const replica of await names('replicas')) {
      const path = `${shard}/replicas/${replica}`
      const [done = ''] = await column(
        `SELECT value FROM system.zookeeper WHERE path = ${quoted(path)} AND name = 'mutation_pointer'`
      )
      // Numbers of ten digits.
      if (done < last) behind.push(path)
    }
  }
  return behind
}
