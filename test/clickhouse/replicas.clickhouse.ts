import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { STATE_KINDS, STATE_TIER } from '../../src/clickhouse/schema.js'
import type { Status } from '../../src/query/shapes.js'
import type { ClickHouseServer } from '../support/clickhouse.js'
import { whyNoCluster, type ClickHouseCluster } from '../support/clickhouse-cluster.js'
import { footfall, startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { init, initialisedCluster, level, LOCAL } from './small-cluster.js'
import { shippingArgs, startGateway, untilNone, viewsOf, visit } from './small-shop.js'

const skip = whyNoCluster() ?? false

/** Two replicas of a shard, of which the first answers, and a collector whose rows they have. */
class Pair {
  readonly first: ClickHouseServer
  readonly second: ClickHouseServer
  readonly name: string
  readonly #folder: string
  /** Lines of its file. */
  lines = 0

  constructor([first, second]: readonly ClickHouseServer[], folder: string, name: string) {
    this.first = first!
    this.second = second!
    this.#folder = folder
    this.name = name
  }

  /** Appends a visit at each of some minutes to its file. */
  append(minutes: readonly number[], day = 20): void {
    this.lines += minutes.length
    const lines = minutes.map((minute) => visit(this.name, minute).replace('2026-11-20', `2026-11-${day}`))
    appendFileSync(join(this.#folder, `${this.name}.jsonl`), lines.join(''))
  }

  /** The arguments by which it ships to a node. */
  argsAt(node: ClickHouseServer): readonly string[] {
    return shippingArgs(
      node,
      join(this.#folder, `${this.name}.jsonl`),
      this.name,
      join(this.#folder, this.name)
    )
  }

  ship(node: ClickHouseServer): ReturnType<typeof footfall> {
    return footfall(['replay', ...this.argsAt(node)])
  }

  forget(node: ClickHouseServer): ReturnType<typeof footfall> {
    return footfall(['clickhouse', 'forget', this.name, '--clickhouse', node.url])
  }

  /** What there is of it at a replica: all but the mark that it was removed. */
  get rows(): string {
    return `FROM ${LOCAL} WHERE collector = '${this.name}' AND NOT (${this.#isMark})`
  }

  /** How many cells, and rows of its own, a replica has of it. */
  async rowsAt(node: ClickHouseServer): Promise<number> {
    return Number(
      (await node.rows(`SELECT uniqExact(tier, metric, bucket, kind, item) ${this.rows}`))[0]?.[0]
    )
  }

  /** The version of that mark at a replica; 0: there is none. */
  async markAt(node: ClickHouseServer): Promise<bigint> {
    const sql = `SELECT max(version) FROM ${LOCAL} WHERE collector = '${this.name}' AND ${this.#isMark}`
    return BigInt(String((await node.rows(sql))[0]?.[0]))
  }

  get #isMark(): string {
    return `tier = ${STATE_TIER} AND kind = ${STATE_KINDS.forgotten}`
  }
}

/** Waits until others have asked a node so often. */
async function untilAsked(node: ClickHouseServer, times: number): Promise<void> {
  const questions = async () =>
    Number((await node.rows("SELECT value FROM system.events WHERE event = 'SelectQuery'"))[0]?.[0])
  const before = await questions()
  for (let own = 1; (await questions()) - before - own < times; own++) await delay(50)
}

/** A cluster whose first shard has a collector's rows at both replicas. */
async function pairOf(t: Test): Promise<{ readonly cluster: ClickHouseCluster; readonly pair: Pair }> {
  const folder = temporaryFolder(t)
  const cluster = await initialisedCluster(t, 'UTC')
  const [shard = []] = cluster.shards
  const [first, second] = shard
  // Some of these are on the first shard.
  const pairs = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => new Pair(shard, folder, name))
  // The second replica takes what its node is sent; all ask the first, which does not get it for now.
  await first!.run('SYSTEM STOP FETCHES')
  const shipped = pairs.map((pair) => {
    pair.append([0])
    return pair.ship(second!)
  })
  while (Number((await second!.rows(`SELECT count() FROM ${LOCAL}`))[0]?.[0]) === 0) await delay(50)
  await untilAsked(second!, 2 * pairs.length)
  await first!.run('SYSTEM START FETCHES')
  for (const done of await Promise.all(shipped)) t.match(done, { code: 0, stderr: '' })
  await level(cluster)
  const gateway = await startGateway(t, cluster.nodes[3]!)
  t.strictSame(
    await viewsOf(gateway),
    pairs.map(({ name }) => [name, 1])
  )
  const [[name] = []] = await first!.rows(`SELECT any(collector) FROM ${LOCAL}`)
  return { cluster, pair: pairs.find((pair) => pair.name === name)! }
}

t.test(
  'what is shipped waits until the replica that answers has what was shipped before',
  { skip },
  async (t) => {
    const { cluster, pair } = await pairOf(t)
    const { first, second } = pair
    const before = await pair.rowsAt(second)
    await first.run('SYSTEM STOP FETCHES')
    let hasEnded = false
    pair.append([1])
    const shipped = pair.ship(second).finally(() => {
      hasEnded = true
    })
    while ((await pair.rowsAt(second)) === before) await delay(20)
    await untilAsked(second, 5)
    t.notOk(hasEnded, 'it waits until the replica that answers has it')
    await first.run('SYSTEM START FETCHES')
    t.match(await shipped, { code: 0, stderr: '' })
    await level(cluster)

    // The first gets what the second does not, and is no more: the second, which answers now, must not get the next.
    await second.run('SYSTEM STOP FETCHES')
    const collector = await startServe(t, pair.argsAt(cluster.nodes[2]!))
    pair.append([2])
    const isRising = async (replica: ClickHouseServer, from: number) => (await pair.rowsAt(replica)) > from
    const held = await pair.rowsAt(second)
    while (!(await isRising(first, held))) await delay(20)
    await first.kill()
    pair.append([3])
    const isHeld = ({ shipping }: Status) =>
      /is not at the replica that answers now|less is there than had arrived/.test(shipping?.error ?? '')
    while (!isHeld((await collector.get('/v1/status')) as Status) && !(await isRising(second, held))) {
      await delay(20)
    }
    t.equal(await pair.rowsAt(second), held, 'it gets nothing more')
    await first.start()
    await second.run('SYSTEM START FETCHES')
    while ((await pair.rowsAt(second)) < held + 2) await delay(20)
    t.equal(await collector.end(), 0)
    await level(cluster)
    t.equal(await pair.rowsAt(second), await pair.rowsAt(first))
  }
)

t.test('all replicas forget a collector, also one that is away', { skip }, async (t) => {
  const { cluster, pair } = await pairOf(t)
  const { first, second, name } = pair
  const node = cluster.nodes[2]!
  // What others are told to remove is not waited for.
  await second.run('SYSTEM STOP REPLICATION QUEUES')
  await first.run(`ALTER TABLE ${LOCAL} DELETE WHERE collector = 'other'`)
  t.match(await footfall(['clickhouse', 'forget', 'nobody', '--clickhouse', node.url]), {
    code: 2,
    stderr: /has nothing of a collector nobody/
  })
  t.strictSame(await second.rows('SELECT min(is_done) FROM system.mutations'), [[0]])
  await second.run('SYSTEM START REPLICATION QUEUES')

  await level(cluster)
  await second.kill()
  const made = init(node)
  const mark = await pair.markAt(first)
  let isForgotten = false as boolean
  const forgotten = pair.forget(node).finally(() => {
    isForgotten = true
  })
  while ((await pair.markAt(first)) === mark && !isForgotten) await delay(50)
  await untilNone(first, `SELECT count() ${pair.rows}`)
  t.match(await made, {
    code: 1,
    stderr: /; all nodes of the cluster shop have to be there: once they are/
  })
  t.notOk(isForgotten, 'the replica that is away has not forgotten yet')
  await second.start()
  t.match(await forgotten, { code: 0, stderr: '' })
  for (const replica of [first, second]) t.equal(await pair.rowsAt(replica), 0, `${name} is forgotten`)
})

t.test('what only a replica that is away has is forgotten too', { skip }, async (t) => {
  const { cluster, pair } = await pairOf(t)
  const { first, second } = pair
  const node = cluster.nodes[2]!
  t.match(await pair.forget(node), { code: 0, stderr: '' })
  for (const replica of [first, second]) t.equal(await pair.rowsAt(replica), 0)
  await level(cluster)
  await first.run('SYSTEM STOP FETCHES')
  // Behind for so long, the first answers no more.
  t.match(await pair.ship(second), { code: 0, stderr: '' })
  t.ok((await pair.rowsAt(second)) > 0)
  t.equal(await pair.rowsAt(first), 0)
  await second.kill()
  // ZooKeeper knows it from its silence.
  await untilNone(first, 'SELECT max(active_replicas) - 1 FROM system.replicas')
  await first.run('SYSTEM START FETCHES')
  const mark = await pair.markAt(first)
  let isForgotten = false as boolean
  const forgotten = pair.forget(node).finally(() => {
    isForgotten = true
  })
  while ((await pair.markAt(first)) === mark && !isForgotten) await delay(50)
  t.notOk(isForgotten, 'the replica that is away has not forgotten yet')
  await second.start()
  t.match(await forgotten, { code: 0, stderr: '' })
  for (const replica of [first, second]) t.equal(await pair.rowsAt(replica), 0)
})

t.test(
  'a collector that was forgotten ships all that it has, and replicas drop what is not kept',
  { skip },
  async (t) => {
    const { cluster, pair } = await pairOf(t)
    const node = cluster.nodes[2]!
    t.match(await pair.forget(node), { code: 0, stderr: '' })
    pair.append([1])
    t.match(await pair.ship(node), { code: 0, stderr: '' })
    // One alone so far ahead would wait for others.
    pair.append([0, 1, 2, 3, 4, 5], 25)
    t.match(await pair.ship(node), { code: 0, stderr: '' })
    const expired = `tier = 0 AND bucket < ${Date.parse('2026-11-24T10:01:00Z') / 60_000}`
    for (const replica of [pair.first, pair.second]) {
      await untilNone(replica, `SELECT count() ${pair.rows} AND ${expired}`)
      t.strictSame(
        await replica.rows(
          `SELECT sum(amount) FROM (SELECT argMax(amount, version) AS amount ${pair.rows}
         AND metric = 0 AND tier IN (0, 1) AND kind = 0 GROUP BY tier, bucket, item)`
        ),
        [[String(pair.lines)]]
      )
    }
  }
)
