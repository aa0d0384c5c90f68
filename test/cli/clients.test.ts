import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { SAMPLE } from '../../src/cli/serve.js'
import type { Status } from '../../src/query/shapes.js'
import { startServe, type Served } from '../support/command.js'

const IDLE = 1000
const HALF = 100
const DEAF = 20
/** Each asks for the longest answer so often, and reads none. */
const ASKED = 5000
/** Unbounded it would be some GB. */
const MOST_GROWTH_BYTES = 256 * 1024 * 1024

/** Connections that stay as long as the test. */
async function connections(t: Test, served: Served, count: number): Promise<Socket[]> {
  const port = Number(new URL(served.url).port)
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(
    sockets.map((socket) =>
      once(
        socket.on('error', () => undefined),
        'connect'
      )
    )
  )
  return sockets
}

const requestFor = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`

/** Everything that comes until the connection is closed, however it is. */
async function textOf(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => (text += part))
  await once(socket, 'close')
  return text
}

t.test('clients that ask badly, never read or say nothing are bounded; others are answered', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral'])
  const isEnd = async () => ((await served.get('/v1/status')) as Status).source.lag_bytes === 0
  while (!(await isEnd()));
  const paths = ['/v1/items/most-viewed', '/v1/items/top-grossing?window=6h', '/healthz']
  const answers = () => Promise.all(paths.map((path) => served.get(path)))
  const before = await answers()
  const rssOf = async () => ((await served.get('/v1/status')) as Status).memory.rss_bytes
  const rss = await rssOf()

  await connections(t, served, IDLE)
  t.strictSame(await answers(), before, `${IDLE} that say nothing`)

  for (const socket of await connections(t, served, HALF)) socket.write(requestFor('/v1/status'))
  t.strictSame(await answers(), before, `${HALF} half requests`)

  const whole = `${requestFor('/openapi.json')}\r\n`.repeat(ASKED)
  for (const socket of await connections(t, served, DEAF)) socket.pause().write(whole)
  for (let round = 0; round < 5; round++) t.strictSame(await answers(), before, `${DEAF} that never read`)
  const grown = (await rssOf()) - rss
  t.ok(grown < MOST_GROWTH_BYTES, `memory has grown by ${Math.round(grown / 1024 / 1024)} MiB`)

  for (const chars of [32 * 1024, 1024 * 1024]) {
    const [socket] = await connections(t, served, 1)
    const answered = textOf(socket!)
    socket!.write(`${requestFor(`/v1/items/most-viewed?limit=${'1'.repeat(chars)}`)}\r\n`)
    // Where more comes than is read, the answer may be lost with the connection.
    t.match(await answered, chars > 65536 ? /^(HTTP\/1\.1 431 |$)/ : /^HTTP\/1\.1 431 /)
    t.strictSame(await answers(), before, `a query of ${chars} characters`)
  }
  t.equal(await served.end(), 0, 'nobody is waited for')
})
