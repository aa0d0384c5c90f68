import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { footfall, startServe, type Served } from '../support/command.js'
import { HEADLINE_METRICS } from '../../src/metrics/metrics.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { expectedAt, randomStream } from '../support/streams.js'

const SAMPLE = fileURLToPath(new URL('../../../samples/events.jsonl', import.meta.url))
const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'

interface Answer {
  readonly data: readonly { readonly rank: number; readonly item_id: string; readonly value: number }[]
  readonly meta: {
    readonly offset: number
    readonly total_items: number
    readonly window: string
    readonly now: string | null
    readonly interval: { readonly start: string; readonly end: string } | null
  }
}

async function topOf(served: Served, path = '/v1/items/most-viewed'): Promise<Answer> {
  return (await served.get(path)) as Answer
}

async function topWhen(served: Served, isMet: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await topOf(served)
    if (isMet(answer)) return answer
    await nextTurn()
  }
}

t.test('serve answers what replay answers, over HTTP', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral'])
  const replayed = JSON.parse((await footfall(['replay', SAMPLE, '--json'])).stdout) as Record<
    string,
    unknown
  >
  const bytes = replayed['bytes'] as number
  await topWhen(served, ({ meta }) => meta.offset === bytes)
  t.strictSame(await served.get('/v1/items/most-viewed'), replayed['most_viewed'])
  t.strictSame(await served.get('/v1/items/most-carted'), replayed['most_carted'])
  t.strictSame(await served.get('/v1/items/top-grossing'), replayed['top_grossing'])
  const { data } = await topOf(served, '/v1/items/most-viewed?window=60m')
  t.strictSame(
    data,
    (replayed['most_viewed'] as Answer).data,
    'a task with a ticket says what the board says'
  )
  t.match(await served.get('/v1/status'), { accounting: replayed['accounting'], clock: { mode: 'event' } })
})

t.test('while events pour in, each answer over HTTP is exact at its own offset', async (t) => {
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  const stream = randomStream(random, 4000)
  const bytes = Buffer.from(stream.text)
  writeFileSync(file, '')
  const served = await startServe(t, [file, '--ephemeral', '--chunk-size', '1024'])
  const offsets = new Set<number>()
  for (let written = 0; written < bytes.length;) {
    const next = Math.min(bytes.length, written + random.int(12_000))
    appendFileSync(file, bytes.subarray(written, next))
    written = next
    for (const { order, name, headline } of HEADLINE_METRICS) {
      const { data, meta } = await topOf(served, `/v1/items/${headline.path}?limit=100`)
      offsets.add(meta.offset)
      const { nowMs, headlines } = expectedAt(stream, meta.offset)
      const { items = 0, rows = [] } = headlines[order] ?? {}
      t.equal(meta.now, nowMs === null ? null : new Date(nowMs).toISOString(), `${name} at ${meta.offset}`)
      t.equal(meta.total_items, items)
      const expected = rows.map(({ itemId, value }, place) => ({
        rank: place + 1,
        item_id: itemId,
        value: Number(value)
      }))
      t.strictSame(
        data.map(({ rank, item_id, value }) => ({ rank, item_id, value })),
        expected
      )
      if (nowMs === null) continue
      const end = (Math.floor(nowMs / 60_000) + 1) * 60_000
      const start = new Date(end - headline.windowMinutes * 60_000).toISOString()
      t.strictSame(meta.interval, { start, end: new Date(end).toISOString() })
    }
  }
  t.comment(`${offsets.size} different offsets`)
  t.ok(offsets.size > 3)
})

t.test('a line appended to a served file is seen, and an incomplete one is not', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, VISIT)
  const served = await startServe(t, [file, '--ephemeral'])
  await topWhen(served, ({ data }) => data[0]?.value === 1)
  appendFileSync(file, VISIT.slice(0, 20))
  appendFileSync(file, VISIT.slice(20) + VISIT.trimEnd())
  const { meta } = await topWhen(served, ({ data }) => data[0]?.value === 2)
  t.equal(meta.offset, VISIT.length * 2)
  appendFileSync(file, '\n')
  await topWhen(served, ({ data }) => data[0]?.value === 3)
  t.match(await served.get('/v1/status'), { state: 'live', source: { lag_bytes: 0 } })
})

t.test('standard input is served too, and its answers stay when it ends', async (t) => {
  const served = await startServe(t, ['-', '--ephemeral'])
  served.child.stdin.write(VISIT)
  await topWhen(served, ({ data }) => data[0]?.value === 1)
  served.child.stdin.end(VISIT.trimEnd())
  await topWhen(served, ({ data }) => data[0]?.value === 2)
  t.match(await served.get('/v1/status'), {
    state: 'ended',
    source: { name: '-', size_bytes: null, lag_bytes: null }
  })
})

t.test('SIGTERM and SIGINT end it with status 0', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const cwd = temporaryFolder(t)
    const served = await startServe(t, [], { cwd })
    t.equal(await served.end(signal), 0)
    t.equal(served.stderr(), '')
    t.ok(existsSync(join(cwd, '.footfall')), 'by default there is a data directory')
  }
})

t.test('a signal ends it while it waits for a stream, and while a client asks half a question', async (t) => {
  const idle = await startServe(t, ['-', '--ephemeral'])
  idle.child.stdin.write(VISIT)
  await topWhen(idle, ({ data }) => data[0]?.value === 1)
  t.equal(await idle.end(), 0, 'standard input')
  const fifo = join(temporaryFolder(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  const unopened = await startServe(t, [fifo, '--ephemeral'])
  t.equal(await unopened.end(), 0, 'a FIFO that nobody writes to')
  const asked = await startServe(t, [SAMPLE, '--ephemeral'])
  const client = connect(Number(new URL(asked.url).port), '127.0.0.1')
  client.on('error', () => undefined)
  await once(client, 'connect')
  client.write('GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\n')
  t.equal(await asked.end(), 0, 'half a request')
  client.destroy()
})

t.test('a token is asked for when one is given, by option or environment', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral', '--host', '0.0.0.0'], {
    env: { FOOTFALL_TOKEN: 'secret' }
  })
  const url = served.url.replace('0.0.0.0', '127.0.0.1')
  t.equal((await fetch(`${url}/v1/status`)).status, 401)
  t.equal((await fetch(`${url}/v1/status`, { headers: { authorization: 'Bearer secret' } })).status, 200)
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})

t.test('a port that is taken is one clear line', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  const { code, stderr } = await footfall(['serve', SAMPLE, '--ephemeral', '--port', String(port)])
  t.equal(code, 1)
  t.match(stderr, /^footfall: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/)
})

t.test(
  'a source that cannot be read is one clear line; one that is not there yet is waited for',
  async (t) => {
    const folder = temporaryFolder(t)
    const { code, stderr } = await footfall(['serve', folder, '--ephemeral', '--port', '0'])
    t.equal(code, 1)
    t.match(stderr, /^footfall: cannot read \S+: it is a directory\n$/)
    const file = join(folder, 'later.jsonl')
    const served = await startServe(t, [file, '--ephemeral'])
    t.match(await served.get('/v1/status'), { state: 'waiting', clock: { now: null } })
    t.match(await topOf(served), { data: [], meta: { now: null, interval: null } })
    writeFileSync(file, VISIT)
    await topWhen(served, ({ data }) => data[0]?.value === 1)
  }
)
