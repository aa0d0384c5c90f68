import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { isAtItsEnd, replayOf, startServe, statusWhen } from './support/command.js'
import { ADDRESS, README, ROOT, blocks } from './support/documents.js'
import { temporaryFolder } from './support/pipelines.js'

const run = promisify(execFile)

const SHELL_LINES = blocks(README, 'sh').flatMap((block) => block.trim().split('\n'))

t.test('the requests that the README shows are answered, and as it says', async (t) => {
  const served = await startServe(t, ['--data-dir', temporaryFolder(t)])
  const urls = SHELL_LINES.filter((line) => line.startsWith('curl ')).map((line) =>
    line.slice(5).replaceAll('"', '')
  )
  t.ok(urls.length >= 5)
  await statusWhen(served, isAtItsEnd)
  const answers: unknown[] = []
  for (const url of urls) {
    t.match(url, /^http:\/\/127\.0\.0\.1:3000\/\S+$/)
    const answer = await fetch(url.replace(ADDRESS, served.url))
    t.equal(answer.status, 200, url)
    answers.push(await answer.json())
  }
  const shown = blocks(README, 'json')
    .map((block) => JSON.parse(block) as unknown)
    .filter((value) => typeof value === 'object' && value !== null && 'meta' in value)
  t.equal(shown.length, 1)
  t.strictSame(answers[urls.findIndex((one) => one.includes('top-grossing'))], shown[0])
})

t.test('the commands that the README shows run', async (t) => {
  const cwd = temporaryFolder(t)
  const commands = SHELL_LINES.filter((line) => line.startsWith('node '))
  t.ok(commands.length >= 2)
  for (const command of commands) {
    const [, main = '', ...args] = command.split(' ')
    const { stderr } = await run(process.execPath, [join(ROOT, main), ...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '' }
    })
    t.equal(stderr, '', command)
  }
})

t.test('the event that the README shows is one', async (t) => {
  const [line = ''] = blocks(README, 'text')
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, line)
  t.match(await replayOf(file), { accounting: { lines: 1, accepted: 1, unpriced: 0, anonymous: 0 } })
})
