import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { ClickHouseServer, whyNoClickHouse } from '../support/clickhouse.js'
import { footfall } from '../support/command.js'
import { FaultyLink, LINK_FAULTS } from '../support/faulty-link.js'
import { eventsUpTo, HistoryOracle } from '../support/history-oracle.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded, type Random } from '../support/random.js'
import { shopLines, unionOf } from '../support/split-stream.js'
import { FollowingCollector } from './following-collector.js'
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

/** One that ships by a link of its own. */
type LinkedCollector = FollowingCollector & { readonly link: FaultyLink }

/** Does something bad for a while. Returns what. */
async function misfortune(
  random: Random,
  server: ClickHouseServer,
  collectors: readonly LinkedCollector[],
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
  const collectors: LinkedCollector[] = []
  for (let number = 0; number < COLLECTORS; number++) {
    const link = await FaultyLink.to(t, server.url)
    collectors.push(Object.assign(new FollowingCollector(t, folder, number, link.url, TIME_ZONE), { link }))
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
