import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { HostPolicy } from '../../src/api/hosts.js'
import { SECURITY_HEADERS } from '../../src/api/security-headers.js'
import { build, problemIn } from './build.js'

const LOCAL = [
  'localhost',
  'LOCALHOST',
  'localhost:3000',
  'localhost.',
  '127.0.0.1:80',
  '127.1.2.3',
  '[::1]:3000'
]
const ADDRESSES = ['192.168.1.7', '10.0.0.1:3000', '[fe80::1]:3000', '203.0.113.9:80']
const FOREIGN = [
  ...['evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhostx'],
  ...['x127.0.0.1', '127.0.0.1.nip.io', '2130706433', '127.0.0.', 'xn--lclhost-dza']
]
const NO_HOSTS = [
  'a b',
  'localhost:x',
  'localhost:1:2',
  'http://localhost',
  'localhost/x',
  'user@localhost',
  '[::1',
  '::1'
]

async function statuses(t: Test, hosts: HostPolicy | undefined, asked: readonly string[]) {
  const { app } = await build(t, { hosts, token: undefined })
  const found: Record<string, number> = {}
  for (const host of asked) {
    const answer = await app.inject({ url: '/v1/status', headers: { host } })
    if (answer.statusCode !== 200) problemIn(t, answer, answer.statusCode)
    t.match(answer.headers, SECURITY_HEADERS)
    found[host] = answer.statusCode
  }
  return found
}

const all = (hosts: readonly string[], status: number) =>
  Object.fromEntries(hosts.map((host) => [host, status]))

t.test('a server of this machine answers for its names alone', async (t) => {
  for (const bound of ['localhost', '127.0.0.1', '::1']) {
    const hosts = [...LOCAL, ...FOREIGN, ...ADDRESSES]
    const expected = { ...all(LOCAL, 200), ...all([...FOREIGN, ...ADDRESSES], 421) }
    t.strictSame(await statuses(t, { bound }, hosts), expected, bound)
  }
  t.strictSame(await statuses(t, undefined, ['localhost', 'evil.example']), {
    localhost: 200,
    'evil.example': 421
  })
})

t.test('what is no host is a bad request', async (t) => {
  t.strictSame(await statuses(t, { bound: '::' }, NO_HOSTS), all(NO_HOSTS, 400))
})

t.test('a server of a network answers for addresses and for its own name, not for others', async (t) => {
  for (const bound of ['0.0.0.0', '::', '192.168.1.7', 'shop.example']) {
    const expected = { ...all([...LOCAL, ...ADDRESSES], 200), ...all(FOREIGN, 421) }
    t.strictSame(await statuses(t, { bound }, [...LOCAL, ...ADDRESSES, ...FOREIGN]), expected, bound)
  }
  const named = await statuses(t, { bound: 'Shop.example' }, ['shop.example:3000', 'a.shop.example'])
  t.strictSame(named, { 'shop.example:3000': 200, 'a.shop.example': 421 })
})

t.test('names can be allowed besides', async (t) => {
  const hosts = { bound: '127.0.0.1', allowed: ['Shop.example', 'fd00::7'] }
  const asked = ['shop.example', 'SHOP.example.:443', '[FD00::7]:1', 'x.shop.example', 'evil.example']
  t.strictSame(Object.values(await statuses(t, hosts, asked)), [200, 200, 200, 421, 421])
})

t.test('the health checks and unknown paths are of no other host either', async (t) => {
  const { app } = await build(t)
  for (const url of ['/healthz', '/readyz', '/docs', '/openapi.json', '/nowhere']) {
    problemIn(t, await app.inject({ url, headers: { host: 'evil.example' } }), 421)
  }
})

t.test('without a Host header HTTP/1.1 is a bad request, HTTP/1.0 is answered', async (t) => {
  const { app } = await build(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  for (const [request, status] of [
    ['GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['GET /healthz HTTP/1.0\r\n\r\n', 200],
    ['GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n', 421],
    ['GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 400],
    ['GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 421],
    ['GET http://localhost:1/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', 200]
  ] as const) {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    t.match(await text(socket), new RegExp(`^HTTP/1.1 ${status} `), request)
  }
})
