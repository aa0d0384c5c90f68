import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  HistoryItemsSchema,
  HistorySeriesSchema,
  type HistoryItems,
  type HistorySeries
} from '../../src/query/history-shapes.js'
import { StatusSchema, type Status } from '../../src/query/shapes.js'
import { ClickHouseServer, whyNoClickHouse } from '../support/clickhouse.js'
import { footfall, type Served } from '../support/command.js'
import { eventsUpTo, HistoryOracle } from '../support/history-oracle.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { Parting, shopLines, SPLITS, unionOf, type SplitLine } from '../support/split-stream.js'
import { startGateway, untilNone } from './small-shop.js'
import {
  asking,
  COLLECTORS,
  compareDays,
  compareHistory,
  compareLive,
  seenAll,
  SHAPE
} from './union-checks.js'

const skip = whyNoClickHouse() ?? false

/** Nothing, or that the first lines of a file were mostly bad ones: of a short part of a stream they may be. */
const MOSTLY_BAD = /^(footfall: \d+ of the first \d+ lines of [^\n]* were rejected[^\n]*\n)?$/

/** A shop whose stream is parted among collectors, and a gateway over all of them. */
class Shop {
  readonly #t: Test
  readonly #folder: string
  readonly #options: readonly string[]
  readonly #url: string
  readonly #parting = new Parting(COLLECTORS)
  readonly lines: SplitLine[] = []

  constructor(t: Test, url: string, options: readonly string[]) {
    this.#t = t
    this.#url = url
    this.#folder = temporaryFolder(t)
    this.#options = options
  }

  async init(): Promise<void> {
    const { code, stderr } = await footfall([
      'clickhouse',
      'init',
      '--clickhouse',
      this.#url,
      ...this.#options.slice(0, 2)
    ])
    this.#t.equal(code, 0, stderr)
  }

  /** Appends lines to the collectors' files, and has each of them count and ship its own. */
  async count(lines: readonly SplitLine[], partOf: (line: SplitLine, number: number) => number) {
    const parts = Array.from({ length: COLLECTORS }, () => [] as string[])
    for (const [number, line] of lines.entries()) {
      parts[this.#parting.partOf(line, partOf(line, number))]!.push(line.text)
    }
    this.lines.push(...lines)
    for (const [part, texts] of parts.entries()) {
      const file = join(this.#folder, `${part}.jsonl`)
      appendFileSync(file, texts.join(''))
      const dataDir = join(this.#folder, `data-${part}`)
      const shipping = ['--clickhouse', this.#url, '--collector', `shop-${part}`, '--data-dir', dataDir]
      const done = await footfall(['replay', file, ...shipping, ...this.#options])
      this.#t.equal(done.code, 0, done.stderr)
      this.#t.match(done.stderr, MOSTLY_BAD)
    }
  }

  async gateway(): Promise<Served> {
    return startGateway(this.#t, { url: this.#url })
  }
}

// How the first lines are parted; null, as with the others: in a way that is picked at random.
for (const [timeZone, first] of [
  ['UTC', null],
  ['America/New_York', 'one stays behind']
] as const) {
  t.test(
    `however a stream is parted, the gateway answers as one oracle: ${timeZone}`,
    { skip },
    async (t) => {
      const random = seeded(t)
      const server = await ClickHouseServer.start(t)
      const shop = new Shop(t, server.url, ['--time-zone', timeZone])
      await shop.init()
      const gateway = await shop.gateway()
      const ask = asking(t, gateway)
      const lines = shopLines(random, 4000, SHAPE)
      const cut = 1 + random.int(lines.length - 1)
      const pick = () => random.pick(Object.keys(SPLITS))
      for (const [part, name] of [
        [lines.slice(0, cut), first ?? pick()],
        [lines.slice(cut), pick()]
      ] as const) {
        t.comment(`${part.length} lines ${name}`)
        await shop.count(part, SPLITS[name]!(random, COLLECTORS))
        await seenAll(t, gateway, shop.lines)
        await compareLive(t, ask, shop.lines, random)
        await compareHistory(t, ask, shop.lines, timeZone, random)
        const oracle = new HistoryOracle(eventsUpTo(unionOf(shop.lines), 0), timeZone)
        for (let round = 0; round < 3; round++) await compareDays(t, ask, oracle, random)
      }
      const { accounting } = await ask<Status>('/v1/status', StatusSchema)
      const accepted = lines.filter(({ outcome }) => outcome === 'accepted').length
      const blank = lines.filter(({ outcome }) => outcome === 'blank').length
      t.match(accounting, { lines: lines.length, accepted, blank, rejected: lines.length - accepted - blank })
    }
  )
}

t.test('what collectors have folded is told as (other), and nothing of it is lost', { skip }, async (t) => {
  const random = seeded(t)
  const server = await ClickHouseServer.start(t)
  const shop = new Shop(t, server.url, ['--time-zone', 'UTC', '--max-items-per-bucket', '5'])
  await shop.init()
  const lines = shopLines(random, 3000, SHAPE)
  const half = lines.length / 2
  await shop.count(lines.slice(0, half), SPLITS['at random']!(random, COLLECTORS))
  await shop.count(lines.slice(half), SPLITS['at random']!(random, COLLECTORS))
  const gateway = await shop.gateway()
  await seenAll(t, gateway, lines)
  const ask = asking(t, gateway)
  const oracle = new HistoryOracle(eventsUpTo(unionOf(lines), 0), 'UTC')
  let folded = 0
  for (const bucket of oracle.buckets('day')) {
    const path = `/v1/history/items?metric=views&granularity=day&bucket=${bucket.name}&limit=100`
    const { data, meta } = await ask<HistoryItems>(path, HistoryItemsSchema)
    const told = data.reduce((sum, { value }) => sum + Number(value), 0)
    const all = new Map(oracle.ranking('views', bucket))
    t.equal(meta.sum, Number(oracle.sum('views', bucket)), bucket.name)
    const unnamed = Number(oracle.sum('views', bucket, ''))
    t.equal(
      told + Number(meta.other) + unnamed,
      Number(meta.sum),
      `rows, (other) and no item: ${bucket.name}`
    )
    for (const { item_id: id, value } of data) t.ok(Number(value) <= Number(all.get(id)), id)
    if (Number(meta.other) > 0) folded++
  }
  t.ok(folded > 3, `${folded} days have been folded`)
})

t.test('what is not kept any more is removed, and said to be expired', { skip }, async (t) => {
  const random = seeded(t)
  const server = await ClickHouseServer.start(t)
  const shop = new Shop(t, server.url, ['--time-zone', 'UTC', '--keep-days', '3', '--keep-weeks', '1'])
  await shop.init()
  const lines = shopLines(random, 4000, { ...SHAPE, disorderMs: 3_600_000 })
  for (let from = 0; from < lines.length; from += 1000) {
    await shop.count(lines.slice(from, from + 1000), SPLITS['at random']!(random, COLLECTORS))
  }
  const gateway = await shop.gateway()
  await seenAll(t, gateway, lines)
  const ask = asking(t, gateway)
  const oracle = new HistoryOracle(eventsUpTo(unionOf(lines), 0), 'UTC')
  const months = await ask<HistorySeries>('/v1/history?metric=revenue&granularity=month', HistorySeriesSchema)
  t.strictSame(
    months.data.map(({ value }) => value),
    oracle.buckets('month').map((bucket) => Number(oracle.sum('revenue', bucket)))
  )
  const [first] = oracle.buckets('day')
  const path = `/v1/history?metric=views&granularity=day&from=${first!.start}`
  const { data } = await ask<HistorySeries>(path, HistorySeriesSchema)
  t.match(data[0], { status: 'expired', value: null })
  const kept = data.filter(({ status }) => status !== 'expired')
  t.ok(kept.length >= 3 && kept.length <= 5, `${kept.length} days are kept`)
  const buckets = oracle.buckets('day').slice(-kept.length)
  t.strictSame(
    kept.map(({ start, value }) => [start, value]),
    buckets.map((bucket) => [bucket.start, Number(oracle.sum('views', bucket))])
  )
  // The server removes when it has time to.
  const oldest = Date.parse(kept[0]!.start) / 86_400_000
  await untilNone(server, `SELECT count() FROM footfall_cells WHERE tier = 1 AND bucket < ${oldest - 1}`)
})
