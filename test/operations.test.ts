import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { startServe, statusWhen, type Served } from './support/command.js'
import { OPERATIONS, blocks } from './support/documents.js'
import { temporaryFolder } from './support/pipelines.js'
import { play, stepsOf } from './support/transcript.js'

const LINES = 3
const EVENTS = '{"event_type":"page_visit","timestamp":1763632800000,"item_id":"a"}\n'.repeat(LINES)

/** The values of a unit's keys, in its order. */
function unit(): Map<string, string[]> {
  const [text = ''] = blocks(OPERATIONS, 'ini')
  const found = new Map<string, string[]>()
  for (const [, key = '', value = ''] of text.matchAll(/^(\w+)=(.*)$/gm)) {
    found.set(key, [...(found.get(key) ?? []), value])
  }
  return found
}

/** The arguments of a line that begins with `footfall serve` in a text. */
function serveArguments(text: string): string[] {
  const [, rest = ''] = /footfall serve (.+)$/m.exec(text) ?? []
  return rest.split(' ')
}

/** Resolves when so many lines have been counted. */
const counted = (served: Served, lines: number) =>
  statusWhen(served, ({ accounting }) => accounting.accepted === lines)

t.test('the unit starts a server that ends in order, in the time that it has', async (t) => {
  const folder = temporaryFolder(t)
  const [exec = ''] = unit().get('ExecStart') ?? []
  const paths: Record<string, string> = {
    '/var/log/shop/events.jsonl': join(folder, 'events.jsonl'),
    '/var/lib/footfall': join(folder, 'data')
  }
  writeFileSync(join(folder, 'events.jsonl'), EVENTS)
  const args = serveArguments(exec).map((part) => paths[part] ?? part)
  t.equal(args.filter((part) => part.startsWith(folder)).length, 2)
  const [variables = ''] = unit().get('Environment') ?? []
  const env = Object.fromEntries(variables.split(' ').map((pair) => pair.split('=') as [string, string]))
  t.match(Object.keys(env), ['FOOTFALL_PORT', 'FOOTFALL_MEMORY'])
  const served = await startServe(t, args, { env })
  await counted(served, LINES)
  t.equal(await served.end('SIGTERM'), 0)
  for (const line of served.stderr().split('\n').filter(Boolean)) t.type(JSON.parse(line), 'object', line)
  t.ok(Number(unit().get('TimeoutStopSec')?.[0]) > 8)
})

t.test('under the name that a proxy passes on the server answers', async (t) => {
  const command = blocks(OPERATIONS, 'sh').find((block) => block.includes('--allow-host')) ?? ''
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'events.jsonl'), EVENTS)
  const served = await startServe(t, [...serveArguments(command.trim()), '--ephemeral'], { cwd: folder })
  const statusFor = (host: string) =>
    new Promise((resolve, reject) => {
      get(`${served.url}/v1/status`, { headers: { host } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      }).on('error', reject)
    })
  t.equal(await statusFor('shop.example'), 200)
  t.equal(await statusFor('other.example'), 421)
})

t.test('what Prometheus is to tell of has the names that the guide uses', async (t) => {
  const served = await startServe(t, ['--data-dir', temporaryFolder(t)])
  const metrics = await (await fetch(`${served.url}/metrics`)).text()
  const names = readFileSync(OPERATIONS, 'utf8').match(/\bfootfall_\w+/g) ?? []
  t.ok(names.length >= 3)
  for (const name of names) t.match(metrics, new RegExp(`^# TYPE ${name} `, 'm'), name)
})

t.test('a backup goes on where it was made', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, EVENTS)
  mkdirSync(join(folder, 'lib', 'footfall'), { recursive: true })
  const data = join(folder, 'lib', 'footfall')
  const first = await startServe(t, [file, '--data-dir', data])
  await counted(first, LINES)
  await first.end()

  const command =
    blocks(OPERATIONS, 'sh')
      .flatMap((block) => block.split('\n'))
      .find((line) => line.startsWith('tar ')) ?? ''
  const args = command.replace('/var/lib', join(folder, 'lib')).split(' ').slice(1)
  execFileSync('tar', args, { cwd: folder })
  t.ok(existsSync(join(folder, 'footfall-backup.tar.gz')))
  // The original goes on, and is lost.
  appendFileSync(file, EVENTS)
  const second = await startServe(t, [file, '--data-dir', data])
  await counted(second, 2 * LINES)
  await second.end()

  mkdirSync(join(folder, 'restored'))
  execFileSync('tar', ['-C', join(folder, 'restored'), '-xzf', 'footfall-backup.tar.gz'], { cwd: folder })
  const third = await startServe(t, [file, '--data-dir', join(folder, 'restored', 'footfall')])
  t.match(await counted(third, 2 * LINES), { accounting: { lines: 2 * LINES } })
})

t.test('a restart counts nothing twice, and data comes out, as is shown', async (t) => {
  const steps = stepsOf(OPERATIONS)
  t.ok(steps.filter(({ text, json }) => text !== null || json !== undefined).length >= 2)
  await play(t, steps)
})
