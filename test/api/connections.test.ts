import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { MAX_CONNECTIONS, MAX_PIPELINED, MAX_URL_CHARS } from '../../src/base/limits.js'
import { build, problemIn } from './build.js'

async function listening(t: Test, options: Parameters<typeof build>[1] = {}) {
  const { app } = await build(t, options)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const open = (request: string): Socket => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    t.teardown(() => socket.destroy())
    if (request !== '') socket.write(request)
    return socket
  }
  return { app, open }
}

t.test('requests that come too slowly are closed with a 408, while others are answered', async (t) => {
  const { app, open } = await listening(t, { times: { timeoutMs: 200, checkMs: 50 } })
  const slow = {
    'nothing after the first byte': 'G',
    'headers that do not end': 'GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-A: ',
    'a body that does not end': 'POST /v1/status HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx'
  }
  for (const [what, request] of Object.entries(slow)) {
    const socket = open(request)
    // A byte now and then makes it no faster.
    const drip = request.length === 1 ? undefined : setInterval(() => socket.write('a'), 20)
    const answer = await text(socket)
    clearInterval(drip)
    // What is known after the headers alone is told at once; the connection is closed all the same.
    t.match(answer, /^HTTP\/1\.1 (?:408 Request Timeout|405 )/, what)
    t.equal((await app.inject('/v1/status')).statusCode, 200)
  }
})

t.test('a URL that is too long is refused before anything is looked up', async (t) => {
  const { app, queries } = await build(t)
  const url = (chars: number) => `/v1/status?${'x'.repeat(chars - '/v1/status?'.length)}`
  problemIn(t, await app.inject(url(MAX_URL_CHARS + 1)), 414)
  problemIn(t, await app.inject(url(MAX_URL_CHARS)), 400)
  problemIn(t, await app.inject(`/nowhere/${'x'.repeat(MAX_URL_CHARS)}`), 414)
  t.same(queries.asked, [])
})

t.test('connections are bounded', async (t) => {
  const { app, open } = await listening(t)
  t.equal(app.server.maxConnections, MAX_CONNECTIONS)
  app.server.maxConnections = 2
  const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const kept = [open(request), open(request)]
  for (const socket of kept) t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /)
  t.equal(await text(open(request)).catch(() => ''), '', 'one too many')
  kept[0]?.destroy()
  await once(kept[0]!, 'close')
  let answer = ''
  while (answer === '')
    answer = await text(open(request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))).catch(() => '')
  t.match(answer, /^HTTP\/1\.1 200 /, 'there is room again')
})

t.test('a connection may bring any number of requests, some of them at once', async (t) => {
  const { open } = await listening(t)
  const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const socket = open('').setEncoding('utf8')
  for (let round = 0; round < 20; round++) {
    socket.write(request.repeat(MAX_PIPELINED))
    let answers = ''
    while (answers.split('{"status":"ok"}').length <= MAX_PIPELINED) {
      answers += String((await once(socket, 'data'))[0])
    }
    t.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, MAX_PIPELINED)
  }
})

t.test('requests that wait for the answers before them are bounded', async (t) => {
  const { app, open } = await listening(t)
  const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const answers: readonly string[] = (await text(open(request.repeat(1000)))).match(/HTTP\/1\.1 \d+/g) ?? []
  t.equal(answers.filter((status) => status === 'HTTP/1.1 200').length, MAX_PIPELINED + 1)
  t.equal(answers.at(-1), 'HTTP/1.1 429', 'and the connection is closed')
  t.equal(answers.length, MAX_PIPELINED + 2)
  t.equal((await app.inject('/healthz')).statusCode, 200)
})
