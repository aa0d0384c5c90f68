import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { whyNoCluster } from '../support/clickhouse-cluster.js'
import { eventsUpTo, HistoryOracle } from '../support/history-oracle.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { shopLines, unionOf } from '../support/split-stream.js'
import { FollowingCollector } from './following-collector.js'
import { cellsIn, cellsOf } from './shipped-cells.js'
import { init, initialisedCluster, level, LOCAL } from './small-cluster.js'
import { startGateway } from './small-shop.js'
import { asking, compareDays, compareHistory, compareLive, seenAll, SHAPE } from './union-checks.js'

const skip = whyNoCluster() ?? false
const ROUNDS = Number(process.env['FOOTFALL_TEST_ROUNDS'] ?? 4)
const COLLECTORS = 4
/** Lines that come at last, at a time, and how often. */
const [LAST, STEPS] = [100, 3]
const TIME_ZONE = 'America/New_York'

t.test(
  'whichever node of a cluster is killed, nothing is lost and nothing is doubled',
  { skip },
  async (t) => {
    const random = seeded(t)
    const folder = temporaryFolder(t)
    const cluster = await initialisedCluster(t, TIME_ZONE)
    const { nodes, shards } = cluster
    t.match(await init(nodes[3]!, '--time-zone', TIME_ZONE), { code: 0, stderr: '' }, 'again, by another')
    t.match(await init(nodes[2]!), { code: 2, stderr: /are of --time-zone America\/New_York, not UTC/ })
    const collectors = nodes.map(
      ({ url }, number) => new FollowingCollector(t, folder, number, url, TIME_ZONE)
    )
    t.equal(collectors.length, COLLECTORS)
    await Promise.all(collectors.map((collector) => collector.start()))
    const gateway = await startGateway(t, nodes[1]!)

    const lines = shopLines(random, ROUNDS * 500, SHAPE)
    let next = 0
    const append = (most = random.int(300), before = lines.length - LAST * STEPS) => {
      for (let count = most; count > 0 && next < before; count--) {
        random.pick(collectors).append(lines[next++]!)
      }
    }
    const killed: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      append()
      await delay(random.int(300))
      const place = random.int(nodes.length)
      killed.push(place)
      await nodes[place]!.kill()
      append()
      await delay(random.int(1000))
      if (random.oneIn(2)) await random.pick(collectors).restart('SIGKILL')
      await nodes[place]!.start()
    }
    append(lines.length)
    // What is merged has one version of each cell: these have several.
    for (const node of nodes) await node.run('SYSTEM STOP MERGES')
    for (let step = 0; step < STEPS; step++) {
      append(LAST, lines.length)
      for (const collector of collectors) await collector.settled()
    }
    t.comment(`killed nodes ${killed.join(', ')}`)

    await seenAll(t, gateway, lines)
    const ask = asking(t, gateway)
    await compareLive(t, ask, lines, random, COLLECTORS)
    await compareHistory(t, ask, lines, TIME_ZONE, random)
    await compareDays(t, ask, new HistoryOracle(eventsUpTo(unionOf(lines), 0), TIME_ZONE), random)

    for (const node of nodes) await node.run('SYSTEM START MERGES')
    for (const collector of collectors) await collector.end('SIGTERM')
    await level(cluster)
    const homes = await Promise.all(
      shards.map(([first]) => first!.rows(`SELECT DISTINCT collector FROM ${LOCAL} ORDER BY collector`))
    )
    t.ok(
      homes.every((names) => names.length > 0),
      `both shards have cells: ${JSON.stringify(homes)}`
    )
    for (const { name, dataDir } of collectors) {
      const wanted = await cellsOf(join(dataDir, 'history.duckdb'))
      t.ok(wanted.length > 50, `${name} has ${wanted.length} cells`)
      const home = homes.findIndex((names) => names.some(([other]) => other === name))
      for (const [shard, replicas] of shards.entries()) {
        for (const [replica, node] of replicas.entries()) {
          const found = await cellsIn(node, name, LOCAL)
          t.strictSame(found, shard === home ? wanted : [], `${name} at replica ${replica} of shard ${shard}`)
        }
      }
    }
  }
)
