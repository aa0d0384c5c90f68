import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Status } from '../../src/query/shapes.js'
import { footfall, MAIN, replayOf, startServe } from '../support/command.js'
import { historyAnswers } from '../support/history.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded, type Random } from '../support/random.js'
import { Terminal, footfallCommand, onTerminal } from '../support/terminal.js'

/** How often a server is ended while it catches up. */
const ENDS = Number(process.env['FOOTFALL_TEST_ENDS'] ?? 5)

/** More than three times what a server may take to end itself; ms. */
const GUARD_MS = 30_000

/** Serves for a while that nobody chose, and ends it; how far it had come. */
async function serveAndEnd(t: Test, args: readonly string[], polls: number): Promise<number> {
  const served = await startServe(t, args)
  let bytes = 0
  for (let poll = 0; poll < polls; poll++) {
    bytes = ((await served.get('/v1/status')) as Status).source.bytes_read
  }
  const code = await Promise.race([served.end(), delay(GUARD_MS, 'hangs', { ref: false })])
  const isGivenUp =
    code === 1 && /^footfall: not all could be committed in time[^\n]*\n$/.test(served.stderr())
  t.ok(code === 0 || isGivenUp, `after ${polls} polls and ${bytes} bytes: ${String(code)} ${served.stderr()}`)
  if (code === 0) t.equal(served.stderr(), '')
  return bytes
}

/** Small reads take their time. */
const argsOf = (random: Random, file: string, dataDir: string) => [
  ...[file, '--data-dir', dataDir, '--chunk-size', '1024'],
  ...['--commit-interval', random.pick(['0.02', '1', '60']), '--workers', String(1 + random.int(2))]
]

t.test(
  'SIGTERM at any instant while it catches up: it ends in order, and goes on where it was',
  async (t) => {
    const random = seeded(t)
    const folder = temporaryFolder(t)
    const file = join(folder, 'events.jsonl')
    const dataDir = join(folder, 'data')
    const shape = ['--events', '600000', '--items', '2000', '--hours', '72']
    t.equal((await footfall(['generate', ...shape, '--out', file])).code, 0)
    const reached: number[] = []
    for (let end = 0; end < ENDS; end++) {
      // At first as soon as it answers, when the database may not be open yet.
      const polls = end === 0 ? 0 : random.int(40)
      reached.push(await serveAndEnd(t, argsOf(random, file, dataDir), polls))
    }
    t.comment(`${reached.join(', ')} of ${statSync(file).size} bytes`)
    const uninterrupted = join(folder, 'uninterrupted')
    t.strictSame(
      await replayOf(file, ['--data-dir', dataDir]),
      await replayOf(file, ['--data-dir', uninterrupted]),
      'nothing lost, nothing doubled'
    )
    t.strictSame(await historyAnswers(dataDir), await historyAnswers(uninterrupted))
  }
)

t.test('SIGTERM at any instant of its start ends it', async (t) => {
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, '')
  for (let start = 0; start < 6 * ENDS; start++) {
    const child = spawn(process.execPath, [MAIN, 'serve', file, '--ephemeral', '--port', '0'], {
      stdio: 'ignore'
    })
    t.teardown(() => child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    const afterMs = random.int(500)
    await delay(afterMs)
    child.kill('SIGTERM')
    const end = await Promise.race([ended, delay(GUARD_MS, 'hangs', { ref: false })])
    // Before there is any program of ours the signal itself ends it.
    t.ok(end[0] === 0 || end[1] === 'SIGTERM', `after ${afterMs} ms: ${String(end)}`)
  }
})

t.test('SIGTERM at a commit of ten years: it ends in order', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const events = Array.from({ length: 3652 * 3 }, (_, number) => {
    const timestamp = new Date(Date.UTC(2015, 0, 1, 8 * number)).toISOString()
    const customer_id = `c_${number % 500}`
    return `${JSON.stringify({ event_type: 'page_visit', timestamp, customer_id, item_id: 'a' })}\n`
  })
  writeFileSync(file, events.join(''))
  const keep = ['--keep-days', '3650', '--keep-weeks', '520', '--data-dir', join(folder, 'data')]
  const served = await startServe(t, [file, ...keep])
  const bytesRead = async () => ((await served.get('/v1/status')) as Status).source.bytes_read
  while ((await bytesRead()) < statSync(file).size) await delay(20)
  t.equal(await served.end(), 0)
  t.equal(served.stderr(), '')
  t.equal((await replayOf(file, keep)).accounting.accepted, events.length)
})

onTerminal(t, 'a terminal that goes away ends it in order, and leaves no process behind', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const dataDir = join(folder, 'data')
  t.equal((await footfall(['generate', '--events', '2000', '--out', file])).code, 0)
  const serve = footfallCommand(`serve ${file} --data-dir ${dataDir} --port 0`)
  const terminal = new Terminal(t, `echo pid $$; exec ${serve}`)
  await terminal.until(({ output }) => output.includes(' at http:'))
  const pid = Number(/pid (\d+)/.exec(terminal.output)?.[1])
  t.ok(existsSync(`/proc/${pid}`))
  t.teardown(() => existsSync(`/proc/${pid}`) && process.kill(pid, 'SIGKILL'))
  terminal.close()
  const begun = performance.now()
  while (existsSync(`/proc/${pid}`) && performance.now() - begun < GUARD_MS) await delay(20)
  t.notOk(existsSync(`/proc/${pid}`), 'it has ended')
  const { accounting } = await replayOf(file, ['--data-dir', dataDir])
  t.equal(accounting.accepted, 2000)
})
