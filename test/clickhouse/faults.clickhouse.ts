import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ClickHouseServer, whyNoClickHouse } from '../support/clickhouse.js'
import { footfall, startServe, statusWhen, type Served } from '../support/command.js'
import { FaultyLink, LINK_FAULTS } from '../support/faulty-link.js'
import { eventsUpTo, HistoryOracle } from '../support/history-oracle.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded, type Random } from '../support/random.js'
import { shopLines, unionOf, type SplitLine } from '../support/split-stream.js'
import { startGateway } from './small-shop.js'
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
const ROUNDS = Number(process.env['FOOTFALL_TEST_ROUNDS'] ?? 10)
const TIME_ZONE = 'America/New_York'

/** A process that follows a file of its own and ships by a link of its own. */
class Collector {
  readonly #t: Test
  readonly #file: string
  readonly #args: readonly string[]
  readonly link: FaultyLink
  lines = 0
  #served: Served | null = null

  constructor(t: Test, folder: string, number: number, link: FaultyLink) {
    this.#t = t
    this.#file = join(folder, `${number}.jsonl`)
    this.link = link
    writeFileSync(this.#file, '')
    this.#args = [
      this.#file,
      '--data-dir',
      join(folder, `data-${number}`),
      '--clickhouse',
      link.url,
      '--collector',
      `shop-${number}`,
      '--commit-interval',
      '0.1',
      '--time-zone',
      TIME_ZONE,
      '--workers',
      '1'
    ]
  }

  async start(): Promise<void> {
    this.#served = await startServe(this.#t, this.#args)
  }

  append(line: SplitLine): void {
    appendFileSync(this.#file, line.text)
    this.lines++
  }

  /** Ends it, wherever it is, and starts it again. */
  async restart(signal: NodeJS.Signals): Promise<void> {
    const code = await this.#served?.end(signal)
    if (signal === 'SIGTERM') this.#t.equal(code, 0, this.#served?.stderr() ?? '')
    await this.start()
  }

  /** Waits until it has counted and shipped all of its lines. */
  async settled(): Promise<void> {
    const status = await statusWhen(
      this.#served!,
      ({ accounting, shipping }) => accounting.lines === this.lines && shipping?.lag_seconds === 0
    )
    this.#t.equal(status.shipping?.error, null)
    this.#t.equal(status.history?.conservation?.difference, 0)
  }
}

/** Does something bad for a while. Returns what. */
async function misfortune(
  random: Random,
  server: ClickHouseServer,
  collectors: readonly Collector[],
  append: () => void
): Promise<string> {
  const collector = random.pick(collectors)
  const kind = random.pick([
    'collector killed',
    'collector ended',
    'server killed',
    'link',
    'link',
    'link'
  ] as const)
  switch (kind) {
    case 'collector killed':
      await collector.restart('SIGKILL')
      return kind
    case 'collector ended':
      await collector.restart('SIGTERM')
      return kind
    case 'server killed':
      await server.kill()
      append()
      await delay(random.int(500))
      await server.start()
      return kind
    case 'link': {
      const state = random.pick(LINK_FAULTS)
      collector.link.share = random.int(1000) / 1000
      collector.link.state = state
      append()
      await delay(random.int(600))
      collector.link.cut()
      collector.link.state = 'open'
      return state
    }
  }
}

t.test('whatever fails, nothing is lost and nothing is doubled', { skip }, async (t) => {
  const random = seeded(t)
  const folder = temporaryFolder(t)
  const server = await ClickHouseServer.start(t)
  const made = await footfall(['clickhouse', 'init', '--clickhouse', server.url, '--time-zone', TIME_ZONE])
  t.equal(made.code, 0, made.stderr)
  const collectors: Collector[] = []
  for (let number = 0; number < COLLECTORS; number++) {
    collectors.push(new Collector(t, folder, number, await FaultyLink.to(t, server.url)))
  }
  for (const collector of collectors) await collector.start()
  const gateway = await startGateway(t, server)

  const lines = shopLines(random, ROUNDS * 150, SHAPE)
  let next = 0
  const append = () => {
    for (let count = random.int(100); count > 0 && next < lines.length; count--) {
      random.pick(collectors).append(lines[next++]!)
    }
  }
  const faults = new Map<string, number>()
  for (let round = 0; round < ROUNDS; round++) {
    append()
    await delay(random.int(300))
    const kind = await misfortune(random, server, collectors, append)
    faults.set(kind, (faults.get(kind) ?? 0) + 1)
  }
  while (next < lines.length) append()
  for (const collector of collectors) await collector.settled()
  t.comment(JSON.stringify([...faults]))

  await seenAll(t, gateway, lines)
  t.match(await gateway.get('/v1/status'), { state: 'live', degraded: null })
  const ask = asking(t, gateway)
  await compareLive(t, ask, lines, random)
  await compareHistory(t, ask, lines, TIME_ZONE, random)
  await compareDays(t, ask, new HistoryOracle(eventsUpTo(unionOf(lines), 0), TIME_ZONE), random)
})
