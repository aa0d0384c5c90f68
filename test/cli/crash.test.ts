import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HistoryItems, HistorySeries } from '../../src/query/history-shapes.js'
import type { Status } from '../../src/query/shapes.js'
import { footfall, killStarting, replayOf, startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded, type Random } from '../support/random.js'
import { SHAPE, randomStream } from '../support/streams.js'

/** How often a server is killed; `npm run test:crash` asks for more. */
const KILLS = Number(process.env['FOOTFALL_TEST_KILLS'] ?? 8)

/** A server is killed this long after its start at the latest, when it is killed before it serves; ms. */
const STARTING_MS = 800

/** Serves until some of the file is counted, more is appended meanwhile, and kills the server at an instant nobody chose. */
async function serveAndKill(
  t: Test,
  random: Random,
  file: string,
  dataDir: string,
  rest: Buffer
): Promise<number> {
  const args = [
    file,
    ...['--data-dir', dataDir, '--commit-interval', '0.01'],
    ...['--chunk-size', '1024', '--workers', String(1 + random.int(3))]
  ]
  // Now and then one that has hardly begun: while it restores, or before.
  if (random.oneIn(4)) await killStarting(args, random.int(STARTING_MS))
  const served = await startServe(t, args)
  let appended = 0
  for (let polls = random.int(30); polls >= 0; polls--) {
    await served.get('/v1/status')
    const next = Math.min(rest.length, appended + random.int(rest.length / 20 + 1))
    appendFileSync(file, rest.subarray(appended, next))
    appended = next
  }
  const { history } = (await served.get('/v1/status')) as Status
  t.equal(history?.conservation?.difference, 0, 'every accepted event is in one place')
  await served.end('SIGKILL')
  return appended
}

/** Every day, week and month of a data directory whose file is counted, of the shop and of its best items. */
async function historyOf(t: Test, file: string, dataDir: string): Promise<unknown> {
  const served = await startServe(t, [file, '--data-dir', dataDir])
  const answers: unknown[] = []
  for (const granularity of ['day', 'week', 'month']) {
    for (const metric of ['views', 'cart_adds', 'purchases', 'units', 'revenue']) {
      const question = `metric=${metric}&granularity=${granularity}`
      const { data } = (await served.get(`/v1/history?${question}`)) as HistorySeries
      answers.push(question, data)
      for (const bucket of bucketsOf(granularity, data)) {
        const top = (await served.get(
          `/v1/history/items?${question}&bucket=${bucket}&limit=100`
        )) as HistoryItems
        answers.push(bucket, top.data, top.meta.total_items)
      }
    }
  }
  answers.push(((await served.get('/v1/status')) as Status).active_customers)
  t.equal(await served.end(), 0)
  return answers
}

/** The names of some of the buckets: all months, two days; a week is named by no date. */
function bucketsOf(granularity: string, data: HistorySeries['data']): string[] {
  if (granularity === 'week') return []
  const names = data.map(({ start }) => start.slice(0, granularity === 'month' ? 7 : 10))
  return granularity === 'month' ? names : names.slice(-2)
}

t.test('kill -9 at any instant, again and again: nothing lost, nothing doubled', async (t) => {
  const random = seeded(t)
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const dataDir = join(folder, 'data')
  const stream = randomStream(random, 40_000, { ...SHAPE, stepMs: 60_000 })
  const bytes = Buffer.from(stream.text)
  writeFileSync(file, '')
  let written = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const budget = Math.floor((bytes.length - written) / (KILLS - kill))
    written += await serveAndKill(t, random, file, dataDir, bytes.subarray(written, written + budget))
  }
  appendFileSync(file, bytes.subarray(written))
  t.ok(readFileSync(file).equals(bytes))
  const killed = await replayOf(file, ['--data-dir', dataDir])
  const whole = await replayOf(file)
  // How many lines the scanner hands over depends on no restart either.
  t.strictSame(killed, whole)
  const uninterrupted = join(folder, 'uninterrupted')
  await replayOf(file, ['--data-dir', uninterrupted])
  t.strictSame(
    await historyOf(t, file, dataDir),
    await historyOf(t, file, uninterrupted),
    'and the same history'
  )
})

t.test('a second process on one data directory is refused', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, '')
  const dataDir = join(folder, 'data')
  const served = await startServe(t, [file, '--data-dir', dataDir])
  // It serves before its database has been made.
  await served.get('/v1/history?metric=views')
  const second = await footfall(['replay', file, '--data-dir', dataDir])
  t.equal(second.code, 1)
  t.match(second.stderr, /^footfall: the history .*another process[^\n]*\n$/)
  t.equal(((await served.get('/v1/status')) as Status).state, 'live', 'the first one goes on')
  t.equal(await served.end(), 0)
  t.equal((await footfall(['replay', file, '--data-dir', dataDir])).code, 0, 'afterwards it is free')
})

t.test('a data directory is of one time zone and one currency', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, '{"event_type":"page_visit","timestamp":1700000000}\n')
  const dataDir = join(folder, 'data')
  const replay = (...args: string[]) => footfall(['replay', file, '--data-dir', dataDir, ...args])
  t.equal((await replay('--time-zone', 'Europe/Berlin', '--currency', 'EUR')).code, 0)
  const otherZone = await replay('--currency', 'EUR')
  t.equal(otherZone.code, 2)
  t.match(otherZone.stderr, /time zone is Europe\/Berlin, not UTC/)
  const otherCurrency = await replay('--time-zone', 'Europe/Berlin')
  t.equal(otherCurrency.code, 2)
  t.match(otherCurrency.stderr, /currency is EUR, not USD/)
  const damaged = join(dataDir, 'history.duckdb')
  const size = statSync(damaged).size
  writeFileSync(damaged, Buffer.alloc(size, 'x'))
  const broken = await replay('--time-zone', 'Europe/Berlin', '--currency', 'EUR')
  t.equal(broken.code, 1)
  t.match(broken.stderr, /^footfall: the history [^\n]*\n$/)
  t.ok(readFileSync(damaged).equals(Buffer.alloc(size, 'x')), 'and left as it is')
})
