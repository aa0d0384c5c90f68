import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import Value from 'typebox/value'
import type { AppOptions } from '../../../src/api/app.js'
import type { After } from '../../../src/api/snapshot-streams.js'
import { HEARTBEAT_TICKS, STALLED_STREAM_TICKS } from '../../../src/base/limits.js'
import { FootfallError } from '../../../src/base/errors.js'
import { SnapshotSchema, type Snapshot } from '../../../src/query/snapshot-shape.js'
import { openStream, type EventClient } from '../../support/event-stream.js'
import { seeded } from '../../support/random.js'
import { SHAPE, randomStream } from '../../support/streams.js'
import { build, problemIn } from '../build.js'
import { applied, startHistoryApp } from '../history-app.js'

/** More than the system takes of what nobody reads. */
const MUCH = 'x'.repeat(24 * 1024 * 1024)

/** A clock that a test winds: each tick is a second. */
function woundClock() {
  let pending: (() => void) | null = null
  const after: After = (_delayMs, callback) => {
    pending = callback
    return () => {
      if (pending === callback) pending = null
    }
  }
  return {
    after,
    isWaiting: () => pending !== null,
    /** The next second, and what is done in it. */
    tick: async () => {
      pending?.()
      await nextTurn()
    }
  }
}

async function serve(t: Test, options: Partial<AppOptions> = {}) {
  const clock = woundClock()
  const built = await build(t, { ...options, streams: { after: clock.after, ...options.streams } })
  const url = await built.app.listen({ port: 0, host: '127.0.0.1' })
  const open = (headers = {}) => openStream(t, url, headers)
  return { ...built, ...clock, url, open }
}

const boardsOf = (client: EventClient) =>
  client.events.map(({ comment, data }) => (comment ? ':' : (JSON.parse(data) as { board: number }).board))

t.test('a stream begins with a snapshot, and goes on when there is another board', async (t) => {
  const { queries, tick, open } = await serve(t)
  const client = (await open()).read()
  t.equal(client.response.statusCode, 200)
  t.match(client.response.headers, { 'content-type': /^text\/event-stream/, 'cache-control': 'no-store' })
  const [first] = await client.received(1)
  t.match(first, { id: 'shop-1', event: 'snapshot', data: '{"board":1,"filling":""}' })
  queries.board = 2
  await tick()
  queries.board = 3
  await tick()
  await tick()
  queries.board = 4
  await tick()
  await client.received(3)
  t.same(boardsOf(client), [1, 3, 4], 'none within a second of the one before, and none twice')
  t.equal(queries.snapshots, 4)
})

t.test('one snapshot is made for all, at most one a second', async (t) => {
  const { queries, tick, open } = await serve(t)
  const clients = await Promise.all(Array.from({ length: 30 }, async () => (await open()).read()))
  await Promise.all(clients.map((client) => client.received(1)))
  t.equal(queries.snapshots, 1)
  await tick()
  for (let board = 2; board < 6; board++) {
    queries.board = board
    await tick()
    await Promise.all(clients.map((client) => client.received(board)))
  }
  t.equal(queries.snapshots, 5)
  for (const client of clients) t.same(boardsOf(client), [1, 2, 3, 4, 5])
})

t.test('a slow client is sent only the newest, others are not held up', async (t) => {
  const { queries, tick, open } = await serve(t)
  queries.filling = MUCH
  const slow = await open()
  queries.filling = ''
  await tick()
  const quick = (await open()).read()
  await quick.received(1)
  await tick()
  for (let board = 2; board < 9; board++) {
    queries.board = board
    await tick()
    await quick.received(board)
  }
  t.same(boardsOf(quick), [1, 2, 3, 4, 5, 6, 7, 8])
  slow.read()
  await slow.received(1)
  while (slow.events.length < 2) await tick()
  t.same(boardsOf(slow), [1, 8])
})

t.test('a client that takes nothing for a minute is closed', async (t) => {
  const { queries, tick, open } = await serve(t)
  queries.filling = MUCH
  const deaf = await open()
  queries.filling = ''
  await tick()
  const quick = (await open()).read()
  for (let second = 0; second < STALLED_STREAM_TICKS; second++) await tick()
  deaf.read()
  await deaf.ended()
  t.same(deaf.events, [], 'it never had the whole of it')
  queries.board = 2
  await tick()
  while (boardsOf(quick).at(-1) !== 2) await quick.received(quick.events.length + 1)
  t.equal(quick.events.at(-1)?.id, 'shop-2', 'others go on')
})

t.test('where there is nothing to send, a comment comes now and then', async (t) => {
  const { queries, tick, open } = await serve(t)
  const client = (await open()).read()
  for (let second = 0; second < 2 * HEARTBEAT_TICKS; second++) await tick()
  queries.board = 2
  await tick()
  for (let second = 0; second < HEARTBEAT_TICKS - 1; second++) await tick()
  queries.board = 3
  await tick()
  await client.received(5)
  t.same(boardsOf(client), [1, ':', ':', 2, 3], 'an event puts it off')
})

t.test('a client that comes back is not sent what it has', async (t) => {
  const { queries, tick, open } = await serve(t)
  const same = (await open({ 'last-event-id': 'shop-1' })).read()
  const other = (await open({ 'last-event-id': 'shop-0' })).read()
  await other.received(1)
  t.same(boardsOf(other), [1])
  t.equal(queries.snapshots, 1)
  queries.board = 2
  await tick()
  await tick()
  await same.received(1)
  t.same(boardsOf(same), [2])
  const back = (await open({ 'last-event-id': 'shop-1' })).read()
  await back.received(1)
  t.same(boardsOf(back), [2], 'what it has missed is in the newest')
})

t.test('streams are bounded, and a client that goes frees its place and all the rest', async (t) => {
  const { app, tick, open, isWaiting } = await serve(t, { streams: { most: 3 } })
  const clients = await Promise.all([open(), open(), open()])
  const refused = await app.inject('/v1/stream')
  problemIn(t, refused, 503)
  t.match(refused.headers['retry-after'], /^\d+$/)
  clients[1].close()
  let next = await open()
  while (next.response.statusCode !== 200) {
    next.close()
    next = await open()
  }
  t.equal((await app.inject('/v1/stream')).statusCode, 503)
  t.ok(isWaiting())
  for (const client of [...clients, next]) client.close()
  while (isWaiting()) await nextTurn()
  await tick()
  t.notOk(isWaiting(), 'the clock rests when nobody is there')
  const again = (await open()).read()
  await again.received(1)
  t.ok(isWaiting())
})

t.test('the end of the server ends all streams at once, those that nobody reads too', async (t) => {
  const { app, queries, open } = await serve(t)
  const quick = (await open()).read()
  await quick.received(1)
  queries.filling = MUCH
  queries.board = 2
  const [listening] = app.addresses()
  t.ok(listening)
  const idle = await open()
  await app.close()
  await quick.ended()
  t.ok(quick.response.complete, 'a stream that has been read ends as it should')
  idle.read()
  await idle.ended()
})

t.test('what cannot be answered is a problem, and a stream outlives it', async (t) => {
  const { app, queries, tick, open } = await serve(t)
  const client = (await open()).read()
  await client.received(1)
  queries.failure = new FootfallError('restarting', 'x')
  queries.board = 2
  await tick()
  await tick()
  problemIn(t, await app.inject('/v1/stream'), 503)
  queries.failure = null
  await tick()
  await client.received(2)
  t.same(boardsOf(client), [1, 2])
  queries.published = false
  const early = await app.inject('/v1/stream')
  problemIn(t, early, 503)
  t.equal(early.headers['retry-after'], '1')
  problemIn(t, await app.inject('/v1/stream?limit=1'), 400)
  for (const method of ['HEAD', 'POST'] as const) {
    const answer = await app.inject({ method, url: '/v1/stream' })
    t.equal(answer.statusCode, 405)
    t.equal(answer.headers.allow, 'GET')
  }
})

t.test('where a token is wanted a stream wants it too', async (t) => {
  const { app, open } = await serve(t, { token: 's3cret' })
  problemIn(t, await app.inject('/v1/stream'), 401)
  problemIn(t, await app.inject('/v1/stream?token=s3cret'), 401)
  const client = (await open({ authorization: 'Bearer s3cret' })).read()
  await client.received(1)
  t.same(boardsOf(client), [1])
})

t.test('snapshots are those of the answers, and follow a file as it grows', async (t) => {
  const random = seeded(t)
  const stream = randomStream(random, 800, SHAPE)
  const clock = woundClock()
  const served = await startHistoryApp(t, { history: null, streams: { after: clock.after } })
  const bytes = Buffer.from(stream.text)
  const half = stream.outcomes[400]!.end
  appendFileSync(served.file, bytes.subarray(0, half))
  await applied(served.pipeline, half)
  const url = await served.app.listen({ port: 0, host: '127.0.0.1' })
  const client = (await openStream(t, url)).read()
  await client.received(1)
  appendFileSync(served.file, bytes.subarray(half))
  await applied(served.pipeline, bytes.length)
  const ids = new Set<string>()
  for (;;) {
    await clock.tick()
    const { data, id } = client.events.at(-1)!
    ids.add(id)
    const snapshot = JSON.parse(data) as Snapshot
    t.ok(Value.Check(SnapshotSchema, snapshot))
    if (snapshot.summary.meta.offset < bytes.length || snapshot.most_viewed.meta.offset < bytes.length)
      continue
    for (const [member, path] of [
      ['most_viewed', 'items/most-viewed'],
      ['most_carted', 'items/most-carted'],
      ['top_grossing', 'items/top-grossing'],
      ['summary', 'summary']
    ] as const) {
      t.same(snapshot[member], (await served.app.inject(`/v1/${path}`)).json(), member)
    }
    break
  }
  t.ok(ids.size > 1)
  t.equal(new Set(client.events.map(({ id }) => id)).size, client.events.length, 'each id is of one event')
})

t.test('streams behind one another on a connection are refused, and take no place', async (t) => {
  const { open, url } = await serve(t, { streams: { most: 2 } })
  const { port } = new URL(url)
  for (let round = 0; round < 3; round++) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(10))
    await once(socket, 'data')
    // Until the server has read all of them, as it answers what comes on another connection.
    await fetch(`${url}/healthz`)
    socket.destroy()
    await once(socket, 'close')
  }
  const statusOf = async () => {
    const { response } = await open()
    return response.statusCode
  }
  let statuses = [await statusOf()]
  // The last connection may just be closing.
  while (statuses[0] === 503) statuses = [await statusOf()]
  statuses.push(await statusOf())
  t.strictSame(statuses, [200, 200])
})
