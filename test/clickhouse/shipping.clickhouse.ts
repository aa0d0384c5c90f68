import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Connection } from '../../src/clickhouse/connection.js'
import { initialise, readShared } from '../../src/clickhouse/init.js'
import { CELLS } from '../../src/clickhouse/schema.js'
import { Shipper } from '../../src/clickhouse/shipper.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import type { History } from '../../src/history/history.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { packIds } from '../../src/store/item-ids.js'
import { OPTIONS } from '../history/histories.js'
import { ShopModel } from '../history/shop-model.js'
import { ClickHouseServer, whyNoClickHouse } from '../support/clickhouse.js'
import { FaultyLink, LINK_FAULTS } from '../support/faulty-link.js'
import { temporaryFolder } from '../support/pipelines.js'
import { add, cellsIn, cellsOf, totalsIn } from './shipped-cells.js'
import { seeded, type Random } from '../support/random.js'

const ROUNDS = Number(process.env['FOOTFALL_TEST_ROUNDS'] ?? 25)
const COLLECTORS = 3
/** Few, so that commits go in several pieces, and buckets are folded between them. */
const MAX_ROWS = 40
const TIME_ZONE = 'America/New_York'
const SEED = Buffer.from('0123456789abcdef', 'hex')
const SHARED = { timeZone: TIME_ZONE, currency: OPTIONS.currency, seed: SEED, cluster: null }

const skip = whyNoClickHouse() ?? false

function connected(t: Test, url: string): Connection {
  const connection = new Connection({ url })
  t.teardown(() => connection.close())
  return connection
}

/** A collector: a shop, its history and what ships it. */
class Collector {
  readonly #t: Test
  readonly path: string
  readonly #url: string
  readonly name: string
  readonly model: ShopModel
  readonly notices: string[] = []
  readonly #maxItemsPerBucket: number | null
  #commit = 0
  #history: History | null = null
  #shipper: Shipper | null = null
  #connection: Connection | null = null
  #reported: () => void = () => undefined

  constructor(t: Test, folder: string, number: number, url: string) {
    this.#t = t
    this.name = `shop-${number}`
    this.path = join(folder, `${this.name}.db`)
    this.#url = url
    this.model = new ShopModel({
      timeZone: TIME_ZONE,
      startMs: Date.UTC(2026, 9, 20 + number),
      items: 30,
      maxStepMinutes: 90
    })
    // The last one folds the tails of its buckets.
    this.#maxItemsPerBucket = number === COLLECTORS - 1 ? 5 : null
  }

  async start(): Promise<void> {
    const history = await openDuckDbHistory({
      ...OPTIONS,
      path: this.path,
      timeZone: TIME_ZONE,
      newSeed: SEED,
      maxItemsPerBucket: this.#maxItemsPerBucket
    })
    const connection = new Connection({ url: this.#url })
    this.#history = history
    this.#connection = connection
    this.#shipper = new Shipper({
      history,
      connection,
      collector: this.name,
      timeZone: TIME_ZONE,
      currency: OPTIONS.currency,
      noticed: (message) => this.notices.push(message),
      maxRows: MAX_ROWS,
      report: () => {
        this.#reported()
      }
    })
  }

  /** Ends it in the midst of what it ships. */
  async stop(): Promise<void> {
    await this.#connection?.close()
    await this.#shipper?.close()
    await this.#history?.close()
  }

  /** Waits until nothing is left to ship. */
  async rested(): Promise<void> {
    while (this.#shipper?.status.waitingSinceMs !== null) await this.#report()
  }

  async commit(random: Random): Promise<void> {
    for (let event = random.int(60); event >= 0; event--) this.model.event(random)
    this.#commit = (await this.#history?.commit(this.model.commit()))?.commit ?? 0
    this.#shipper?.wake()
  }

  /** Waits until all has arrived. */
  async settled(): Promise<void> {
    while (this.#shipper?.status.shipped !== this.#commit) await this.#report()
    this.#t.equal(this.#shipper.status.error, null)
  }

  /** Waits for the shipper's next report. */
  #report(): Promise<void> {
    return new Promise((resolve) => (this.#reported = resolve))
  }
}

function expectedTotals(models: readonly ShopModel[]): Map<string, bigint[]> {
  const totals = new Map<string, bigint[]>()
  for (const model of models) {
    for (const [day, items] of model.totals) {
      for (const [id, amounts] of items) add(totals, `${day} ${id ?? '-'}`, amounts)
    }
  }
  return totals
}

function sorted(totals: Map<string, bigint[]>): readonly string[] {
  return [...totals]
    .filter(([, amounts]) => amounts.some((amount) => amount > 0n))
    .map(([key, amounts]) => `${key}: ${amounts.join(' ')}`)
    .sort()
}

t.test('whatever fails on the way, what arrives is what was counted', { skip }, async (t) => {
  const random = seeded(t)
  const folder = temporaryFolder(t)
  const server = await ClickHouseServer.start(t)
  await initialise(connected(t, server.url), SHARED)
  const links: FaultyLink[] = []
  const collectors: Collector[] = []
  for (let number = 0; number < COLLECTORS; number++) {
    const link = await FaultyLink.to(t, server.url)
    links.push(link)
    collectors.push(new Collector(t, folder, number, link.url))
  }
  for (const collector of collectors) await collector.start()
  const faults = new Map<string, number>()
  const count = (fault: string) => faults.set(fault, (faults.get(fault) ?? 0) + 1)
  for (let round = 0; round < ROUNDS; round++) {
    for (const collector of collectors) await collector.commit(random)
    const place = random.int(COLLECTORS)
    const link = links[place]!
    if (random.oneIn(5)) {
      count('killed server')
      await server.kill()
      for (const collector of collectors) await collector.commit(random)
      await server.start()
    } else if (random.oneIn(4)) {
      count('ended collector')
      await collectors[place]!.stop()
      await collectors[place]!.start()
    } else {
      link.state = random.pick(LINK_FAULTS)
      link.share = random.int(1000) / 1000
      count(link.state)
      await collectors[place]!.commit(random)
      await new Promise((resolve) => setTimeout(resolve, random.int(300)))
      link.cut()
      link.state = 'open'
    }
  }
  for (const collector of collectors) {
    await collector.commit(random)
    await collector.settled()
  }
  t.comment(JSON.stringify([...faults]))
  for (const collector of collectors) {
    // What was folded after the last shipment goes with the next run, in which nothing is committed or folded.
    await collector.stop()
    await collector.start()
    await collector.rested()
    await collector.stop()
  }
  const folding = collectors.at(-1)!
  const models = collectors.filter((collector) => collector !== folding).map(({ model }) => model)
  t.strictSame(sorted(await totalsIn(server, models, folding.name)), sorted(expectedTotals(models)))
  for (const { name, path } of collectors) {
    const wanted = await cellsOf(path)
    t.ok(wanted.length > 100, `${name} has ${wanted.length} cells`)
    t.strictSame(await cellsIn(server, name), wanted, name)
  }
  const foldedCells = (await cellsOf(folding.path)).filter((cell) => cell.includes(' 2 '))
  t.ok(foldedCells.length > 10, `${foldedCells.length} cells are of folded tails`)
})

t.test('ids arrive as they are, and a history that was there before', { skip }, async (t) => {
  const server = await ClickHouseServer.start(t)
  const connection = connected(t, server.url)
  await initialise(connection, SHARED)
  const history = await openDuckDbHistory({ ...OPTIONS, timeZone: TIME_ZONE, newSeed: SEED })
  const ids = [
    'a\tb',
    'line\nfeed',
    'cr\r',
    'back\\slash',
    '\\N',
    '\\t',
    "quote'",
    '靴',
    'nul\0',
    '-',
    ' ',
    '"'
  ]
  const model = new ShopModel({ timeZone: TIME_ZONE, startMs: 0, items: 1, maxStepMinutes: 1 })
  const commit = model.commit()
  await history.commit({
    ...commit,
    newItems: { first: 1, ids: packIds(ids) },
    days: {
      days: new Int32Array(ids.length).fill(20_000),
      items: Uint32Array.from(ids, (_, place) => place + 1),
      amounts: METRICS.map(() => BigUint64Array.from(ids, (_, place) => BigInt(place + 1)))
    }
  })
  const shipper = new Shipper({
    history,
    connection,
    collector: 'one',
    timeZone: TIME_ZONE,
    currency: OPTIONS.currency,
    noticed: (message) => t.fail(message)
  })
  await shipper.drain(Infinity)
  await shipper.close()
  const rows = await server.rows(
    `SELECT item, amount FROM ${CELLS} WHERE tier = 1 AND metric = 0 ORDER BY amount`
  )
  t.strictSame(
    rows,
    ids.map((id, place) => [id, String(place + 1)])
  )
  await history.close()
})

t.test('the tables are made once, and for one zone and one currency', { skip }, async (t) => {
  const server = await ClickHouseServer.start(t)
  const connection = connected(t, server.url)
  await t.rejects(readShared(connection), { code: 'usage', message: /has no tables of footfall/ })
  await initialise(connection, SHARED)
  const again = await initialise(connection, { ...SHARED, seed: Buffer.alloc(8) })
  t.equal(Buffer.from(again.seed).toString('hex'), '0123456789abcdef', 'the first seed stays')
  await t.rejects(initialise(connection, { ...SHARED, currency: 'JPY' }), {
    code: 'usage',
    message: 'the tables in ClickHouse are of --currency EUR, not JPY'
  })
})
