import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import type { TopItems } from '../../src/query/shapes.js'
import { footfall, isAtItsEnd, startServe, statusWhen } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { Terminal, footfallCommand, onTerminal } from '../support/terminal.js'

const SAMPLE = fileURLToPath(new URL('../../../samples/events.jsonl', import.meta.url))
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'

/** As late as the end of the sample. */
const visits = (id: string, count: number) =>
  `{"event_type":"page_visit","timestamp":"2026-11-19T23:55:51Z","item_id":"${id}"}\n`.repeat(count)

const shows = (text: string | RegExp) => (terminal: Terminal) =>
  terminal.frames.some((frame) =>
    typeof text === 'string' ? frame.join('\n').includes(text) : text.test(frame.join('\n'))
  )

onTerminal(t, 'top shows what the API says, as it changes, and outlives the server', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, readFileSync(SAMPLE))
  const served = await startServe(t, [file, '--ephemeral'])
  await statusWhen(served, isAtItsEnd)
  const { data } = (await served.get('/v1/items/most-viewed')) as TopItems
  const terminal = new Terminal(t, `${footfallCommand(`top ${served.url}`)}; echo "status $?"; stty -a`, {
    columns: 120
  })
  await terminal.until(shows('Most viewed items'))
  const shown = terminal.frames.at(-1) ?? []
  t.match(shown[0], new RegExp(`^footfall top {2}${served.url}, .* live$`))
  for (const [place, { item_id: id, formatted }] of data.entries()) {
    t.match(shown.join('\n'), new RegExp(`^ ?${place + 1}  ${id} +${formatted}   `, 'm'))
  }
  appendFileSync(file, visits('sku_new', 1234))
  await terminal.until(shows(/^ 1 {2}sku_new +1,234 /m))
  t.equal(await served.end(), 0)
  await terminal.until(shows(/disconnected\n[^]*does not answer: .*; trying again[^]*sku_new/))
  appendFileSync(file, visits('sku_new', 1000))
  await startServe(t, [file, '--ephemeral'], { port: new URL(served.url).port })
  await terminal.until(shows(/ live\n[^]*^ 1 {2}sku_new +2,234 /m))
  terminal.type('q')
  t.equal(await terminal.ended, 0)
  const [before = '', after = ''] = terminal.output.split(LEAVE)
  t.ok(before.startsWith(ENTER))
  t.match(after, /^status 0\r\n/)
  t.match(after, / icanon/, 'keys are lines again')
  t.match(after, / echo /)
})

onTerminal(t, 'Ctrl-C and signals end it as q does', async (t) => {
  const { url } = await startServe(t, [SAMPLE, '--ephemeral'])
  const typed = new Terminal(t, `${footfallCommand(`top ${url}`)}; echo "status $?"`)
  await typed.until(shows('Most viewed items'))
  typed.type('\x03')
  await typed.ended
  t.ok(typed.output.endsWith(`${LEAVE}status 0\r\n`))
  const folder = temporaryFolder(t)
  const signalled = new Terminal(
    t,
    `${footfallCommand(`top ${url}`)} & echo $! > pid; wait $!; echo "status $?"`,
    {
      cwd: folder
    }
  )
  await signalled.until(shows('Most viewed items'))
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGTERM')
  await signalled.ended
  t.ok(signalled.output.endsWith(`${LEAVE}status 0\r\n`))
})

onTerminal(t, 'another size is drawn at once', async (t) => {
  const { url } = await startServe(t, [SAMPLE, '--ephemeral'])
  const terminal = new Terminal(t, `tty > tty; ${footfallCommand(`top ${url}`)}`, {
    columns: 120,
    rows: 40,
    cwd: temporaryFolder(t)
  })
  await terminal.until(shows('Most viewed items'))
  const tty = readFileSync(join(terminal.cwd, 'tty'), 'utf8').trim()
  new Terminal(t, `stty cols 50 rows 20 < ${tty}`)
  await terminal.until(({ frames }) => frames.at(-1)?.length === 20)
  for (const line of terminal.frames.at(-1) ?? []) t.equal(line.length, 50)
})

onTerminal(t, 'a terminal that can only go on gets it once', async (t) => {
  const { url } = await startServe(t, [SAMPLE, '--ephemeral'])
  const terminal = new Terminal(t, footfallCommand(`top ${url}`), { env: { TERM: 'dumb' } })
  t.equal(await terminal.ended, 0)
  t.match(terminal.output, /^footfall top/)
  t.notOk(terminal.output.includes('\x1b'))
})

t.test('in a pipe, or with --once, top prints what the API says, and ends', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral'])
  await statusWhen(served, isAtItsEnd)
  const { data } = (await served.get('/v1/items/top-grossing')) as TopItems
  for (const args of [[served.url], [new URL(served.url).host, '--once'], [`${served.url}/`]]) {
    const { code, stdout, stderr } = await footfall(['top', ...args])
    t.equal(code, 0)
    t.equal(stderr, '')
    t.match(stdout, /^footfall top .* live\nclock 2026-11-19 23:55:50 UTC/)
    t.match(stdout, ` 1  ${data[0]?.item_id} `)
    t.match(stdout, 'Items most added to cart, last 24h (2026-11-18 23:56 to 2026-11-19 23:56 UTC)')
    t.notOk(stdout.includes('\x1b'))
  }
})

t.test('a token is given as to serve, and a wrong one is told plainly', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'token'), 'secret\n')
  const { url } = await startServe(t, [SAMPLE, '--ephemeral'], { env: { FOOTFALL_TOKEN: 'secret' } })
  for (const [args, env] of [
    [['--token-file', join(folder, 'token')], {}],
    [[], { FOOTFALL_TOKEN: 'secret' }]
  ] as const) {
    t.match(await footfall(['top', url, ...args], { env }), { code: 0, stdout: /^footfall top/, stderr: '' })
  }
  const where = 'give it with --token-file or FOOTFALL_TOKEN'
  t.strictSame(await footfall(['top', url]), {
    code: 1,
    stdout: '',
    stderr: `footfall: ${url} wants a token: ${where}\n`
  })
  t.strictSame(await footfall(['top', url], { env: { FOOTFALL_TOKEN: 'other' } }), {
    code: 1,
    stdout: '',
    stderr: `footfall: ${url} wants another token: ${where}\n`
  })
})

async function serverOf(t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

t.test('where no footfall answers, one line says so', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as { port: number }
  closed.close()
  const answers = (status: number, body: string) =>
    serverOf(t, (_, response) => response.writeHead(status).end(body))
  const gone = await serverOf(t, (_, response) => response.destroy())
  const other = await answers(404, '<html>')
  const told: readonly (readonly [string, RegExp])[] = [
    [`http://127.0.0.1:${port}`, /does not answer: .*ECONNREFUSED/],
    [gone, /does not answer: socket hang up/],
    [other, /answers \/v1\/status with 404$/m],
    [
      await answers(503, '{"detail":"not \\u001b[2J yet"}'),
      /answers \/v1\/status with 503: not \\u001b\[2J yet$/m
    ],
    [await answers(200, 'hello'), /does not answer \/v1\/status as footfall does/],
    [await answers(200, 'null'), /does not answer \/v1\/status as footfall does/],
    [
      await answers(200, '{"source":{},"accounting":{},"clock":{}}'),
      /does not answer \/v1\/status as footfall does/
    ],
    [
      await answers(200, '{"source":null,"accounting":1,"clock":[]}'),
      /does not answer \/v1\/status as footfall does/
    ]
  ]
  for (const [url, message] of told) {
    const { code, stdout, stderr } = await footfall(['top', url])
    t.equal(code, 1, url)
    t.equal(stdout, '')
    t.match(stderr, message)
    t.match(stderr, /^footfall: [^\n]+\n$/)
  }
  for (const url of ['ftp://x', 'http://', 'http://a:b@x', 'http://x?y']) {
    const { code, stderr } = await footfall(['top', url])
    t.equal(code, 2, url)
    t.match(stderr, /^footfall: [^\n]+\n$/)
  }
})

t.test('top starts without what only a server needs', (t) => {
  const loaded = new Set<string>()
  const packages = new Set<string>()
  const load = (file: string) => {
    if (loaded.has(file)) return
    loaded.add(file)
    const text = readFileSync(file, 'utf8')
    for (const [, target = ''] of text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)) {
      if (target.startsWith('.')) load(join(dirname(file), target))
      else if (!target.startsWith('node:')) packages.add(target)
    }
  }
  const cli = fileURLToPath(new URL('../../src/cli/', import.meta.url))
  load(join(cli, 'main.js'))
  load(join(cli, 'top.js'))
  t.ok(loaded.size > 15)
  t.strictSame([...packages].sort(), ['commander', 'string-width'])
  t.end()
})
