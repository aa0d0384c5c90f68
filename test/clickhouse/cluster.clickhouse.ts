import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { CELLS, localOf } from '../../src/clickhouse/schema.js'
import type { ClickHouseServer } from '../support/clickhouse.js'
import { CLUSTER, startCluster, whyNoCluster, type ClickHouseCluster } from '../support/clickhouse-cluster.js'
import { footfall } from '../support/command.js'
import { eventsUpTo, HistoryOracle } from '../support/history-oracle.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { shopLines, unionOf } from '../support/split-stream.js'
import { FollowingCollector } from './following-collector.js'
import { cellsIn, cellsOf } from './shipped-cells.js'
import { shippingArgs, startGateway, viewsOf, visit } from './small-shop.js'
import { asking, compareDays, compareHistory, compareLive, seenAll, SHAPE } from './union-checks.js'

const skip = whyNoCluster() ?? false
const ROUNDS = Number(process.env['FOOTFALL_TEST_ROUNDS'] ?? 4)
const COLLECTORS = 4
/** Lines that come at last, at a time, and how often. */
const [LAST, STEPS] = [100, 3]
const TIME_ZONE = 'America/New_York'
const LOCAL = localOf(CELLS)

/** Makes the tables by one of the nodes. */
function init({ url }: ClickHouseServer, ...more: readonly string[]) {
  return footfall(['clickhouse', 'init', '--clickhouse', url, '--cluster', CLUSTER, ...more])
}

/** One of two shards of two replicas each, with tables. */
async function initialisedCluster(t: Test, timeZone: string): Promise<ClickHouseCluster> {
  const cluster = await startCluster(t, 2)
  t.match(await init(cluster.nodes[0]!, '--time-zone', timeZone), { code: 0, stderr: '' })
  return cluster
}

/** Asks a node until it is as wanted. */
async function untilNone(node: ClickHouseServer, sql: string): Promise<void> {
  while (Number((await node.rows(sql))[0]?.[0]) > 0) await delay(50)
}

/** Waits until all replicas have what others have. */
async function level({ nodes }: ClickHouseCluster): Promise<void> {
  for (const node of nodes) {
    await untilNone(node, 'SELECT sum(inserts_in_queue + absolute_delay + is_readonly) FROM system.replicas')
  }
}

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

/** Of what a collector has shipped last, too, it is waited until the first replica, which answers, has it. */
async function seesItWait(
  t: Test,
  [first, second]: readonly [ClickHouseServer, ClickHouseServer],
  name: string,
  ship: () => ReturnType<typeof footfall>
): Promise<void> {
  const views = async () => {
    const sql = `SELECT count() FROM ${LOCAL} WHERE collector = '${name}' AND tier = 0 AND metric = 0`
    return Number((await second.rows(sql))[0]?.[0])
  }
  const before = await views()
  await first.run('SYSTEM STOP FETCHES')
  let hasEnded = false
  const shipped = ship().finally(() => {
    hasEnded = true
  })
  while ((await views()) === before) await delay(20)
  await delay(500)
  t.notOk(hasEnded, 'it waits until the replica that answers has it')
  await first.run('SYSTEM START FETCHES')
  t.match(await shipped, { code: 0, stderr: '' })
}

t.test('a replica that is behind, or away, is waited for', { skip }, async (t) => {
  const folder = temporaryFolder(t)
  const cluster = await initialisedCluster(t, 'UTC')
  const { nodes } = cluster
  const [first, second] = cluster.shards[0]!
  // Some of these are on the first shard.
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const ship = (name: string, node: ClickHouseServer, ...lines: readonly string[]) => {
    const file = join(folder, `${name}.jsonl`)
    appendFileSync(file, lines.join(''))
    return footfall(['replay', ...shippingArgs(node, file, name, join(folder, name))])
  }
  // The second replica takes what its node is sent; all ask the first, which does not get it for now.
  await first!.run('SYSTEM STOP FETCHES')
  const shipped = names.map((name) => ship(name, second!, visit(name)))
  while (Number((await second!.rows(`SELECT count() FROM ${LOCAL}`))[0]?.[0]) === 0) await delay(50)
  await delay(1000)
  await first!.run('SYSTEM START FETCHES')
  for (const done of await Promise.all(shipped)) t.match(done, { code: 0, stderr: '' })
  const [[one] = []] = await first!.rows(`SELECT any(collector) FROM ${LOCAL}`)
  const name = String(one)

  const gateway = await startGateway(t, nodes[3]!)
  t.strictSame(
    await viewsOf(gateway),
    names.map((item) => [item, 1])
  )

  await level(cluster)
  await seesItWait(t, [first!, second!], name, () => ship(name, second!, visit(name, 1)))

  // What others are told to remove is not waited for.
  await second!.run('SYSTEM STOP REPLICATION QUEUES')
  await first!.run(`ALTER TABLE ${LOCAL} DELETE WHERE collector = 'other'`)
  t.match(await footfall(['clickhouse', 'forget', 'nobody', '--clickhouse', nodes[2]!.url]), {
    code: 2,
    stderr: /has nothing of a collector nobody/
  })
  const [[isDone] = []] = await second!.rows('SELECT min(is_done) FROM system.mutations')
  t.equal(isDone, 0, 'it has not done it yet')
  await second!.run('SYSTEM START REPLICATION QUEUES')

  // Init and forget want all nodes.
  await level(cluster)
  await second!.kill()
  const made = init(nodes[2]!)
  let isForgotten = false
  const forgotten = footfall(['clickhouse', 'forget', name, '--clickhouse', nodes[2]!.url]).finally(() => {
    isForgotten = true
  })
  await untilNone(first!, `SELECT count() FROM ${LOCAL} WHERE collector = '${name}'`)
  t.match(await made, { code: 1, stderr: /; all nodes of the cluster shop have to be there: once they are/ })
  t.notOk(isForgotten, 'the replica that is away has not forgotten yet')
  await second!.start()
  t.match(await forgotten, { code: 0, stderr: '' })
  for (const node of [first!, second!]) {
    t.strictSame(await node.rows(`SELECT count() FROM ${LOCAL} WHERE collector = '${name}'`), [['0']])
  }

  // It ships all that it has; what is not kept any more is removed from each replica.
  t.match(await ship(name, nodes[2]!, visit(name, 2)), { code: 0, stderr: '' })
  // One alone so far ahead would wait for others.
  const later = [0, 1, 2, 3, 4, 5].map((minute) => visit(name, minute).replace('2026-11-20', '2026-11-25'))
  t.match(await ship(name, nodes[2]!, ...later), { code: 0, stderr: '' })
  const expired = `tier = 0 AND bucket < ${Date.parse('2026-11-24T10:01:00Z') / 60_000}`
  for (const node of [first!, second!]) {
    await untilNone(node, `SELECT count() FROM ${LOCAL} WHERE collector = '${name}' AND ${expired}`)
    t.strictSame(
      await node.rows(
        `SELECT sum(amount) FROM (SELECT argMax(amount, version) AS amount FROM ${LOCAL}
         WHERE collector = '${name}' AND metric = 0 AND tier IN (0, 1) AND kind = 0 GROUP BY tier, bucket, item)`
      ),
      [['9']]
    )
  }
})
