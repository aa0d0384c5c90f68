import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { ClickHouseServer, freePorts, killed, serverPorts, whyNoClickHouse } from './clickhouse.js'
import { temporaryFolder } from './pipelines.js'

/** That of Debian's package; it names what else it needs. */
const ZOOKEEPER = '/usr/share/java/zookeeper.jar'

/** Names of the cluster, as its servers have it in their configuration, and of the database. */
export const CLUSTER = 'shop'
const DATABASE = 'of-the-shop'

/** Why there is no cluster to test with; null: there is all that it takes. */
export function whyNoCluster(): string | null {
  const without = whyNoClickHouse()
  if (without !== null) return without
  if (!existsSync(ZOOKEEPER)) return `there is no ZooKeeper: ${ZOOKEEPER} is not there`
  const { error } = spawnSync('java', ['-version'], { stdio: 'ignore' })
  return error === undefined ? null : `java does not start: ${error.message}`
}

/**
 * A real cluster on loopback: a ZooKeeper, and shards of replicas.
 *
 * ```
 * ZooKeeper ─┬─ shards[0][0]  shards[0][1]
 *            └─ shards[1][0]  shards[1][1]
 * ```
 */
export interface ClickHouseCluster {
  /** By shard, then by replica. */
  readonly shards: readonly (readonly ClickHouseServer[])[]
  /** All of them. */
  readonly nodes: readonly ClickHouseServer[]
}

/** Starts one of some shards of two replicas each. */
export async function startCluster(t: Test, count: number): Promise<ClickHouseCluster> {
  const zooKeeper = await startZooKeeper(t)
  const ports = await serverPorts(2 * count)
  const places = Array.from({ length: count }, (_, shard) => ports.slice(2 * shard, 2 * shard + 2))
  const replicas = places.map((ports) =>
    ports.map(({ tcp }) => `<replica><host>127.0.0.1</host><port>${tcp}</port></replica>`).join('')
  )
  const shared = `
    <interserver_http_host>127.0.0.1</interserver_http_host>
    <zookeeper><node><host>127.0.0.1</host><port>${zooKeeper}</port></node></zookeeper>
    <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>
    <remote_servers><${CLUSTER}>${replicas
      .map((some) => `<shard><internal_replication>true</internal_replication>${some}</shard>`)
      .join('')}</${CLUSTER}></remote_servers>`
  const shards = await Promise.all(
    places.map((ports, shard) =>
      Promise.all(
        ports.map((own, replica) => {
          const macros = `<macros><shard>${shard}</shard><replica>${replica}</replica></macros>`
          return ClickHouseServer.start(t, { ports: own, elements: shared + macros, database: DATABASE })
        })
      )
    )
  )
  return { shards, nodes: shards.flat() }
}

/** Starts one that is alone, in a folder of its own; resolves with its port when it answers. */
async function startZooKeeper(t: Test): Promise<number> {
  const folder = temporaryFolder(t)
  const [port = 0] = await freePorts(1)
  writeFileSync(
    join(folder, 'zoo.cfg'),
    `tickTime=500\ndataDir=${folder}\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n`
  )
  const small = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
  const child = spawn('java', [...small, '-cp', ZOOKEEPER, main, 'zoo.cfg'], { cwd: folder, stdio: 'ignore' })
  t.teardown(() => killed(child))
  while (!(await stateOf(port)).includes('Mode: standalone')) {
    if (child.exitCode !== null) throw new Error(`ZooKeeper ended with ${child.exitCode}`)
    await delay(50)
  }
  return port
}

/** What a ZooKeeper says of itself; empty: nothing yet. */
async function stateOf(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  // It has taken connections for a while when it begins to answer.
  socket.setTimeout(500, () => socket.destroy()).on('error', () => undefined)
  socket.write('srvr')
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}
