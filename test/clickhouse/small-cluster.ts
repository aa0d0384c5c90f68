import type { Test } from 'tap'
import { CELLS, localOf } from '../../src/clickhouse/schema.js'
import type { ClickHouseServer } from '../support/clickhouse.js'
import { CLUSTER, startCluster, type ClickHouseCluster } from '../support/clickhouse-cluster.js'
import { footfall } from '../support/command.js'
import { untilNone } from './small-shop.js'

/** What a node has of the cells itself. */
export const LOCAL = localOf(CELLS)

/** Makes the tables by one of the nodes. */
export function init({ url }: ClickHouseServer, ...more: readonly string[]) {
  return footfall(['clickhouse', 'init', '--clickhouse', url, '--cluster', CLUSTER, ...more])
}

/** One of two shards of two replicas each, with tables. */
export async function initialisedCluster(t: Test, timeZone: string): Promise<ClickHouseCluster> {
  const cluster = await startCluster(t, 2)
  t.match(await init(cluster.nodes[0]!, '--time-zone', timeZone), { code: 0, stderr: '' })
  return cluster
}

/** Waits until all replicas have what others have. */
export async function level({ nodes }: ClickHouseCluster): Promise<void> {
  for (const node of nodes) {
    await untilNone(node, 'SELECT sum(inserts_in_queue + absolute_delay + is_readonly) FROM system.replicas')
  }
}
