import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { isAtItsEnd, startServe, statusWhen } from './support/command.js'
import { ADDRESS, README, ROOT, blocks } from './support/documents.js'
import { temporaryFolder } from './support/pipelines.js'

const TEXT = readFileSync(README, 'utf8')
const run = promisify(execFile)

const SHELL_LINES = blocks(README, 'sh').flatMap((block) => block.trim().split('\n'))

t.test('the requests that the README shows are answered, and as it says', async (t) => {
  const served = await startServe(t, ['--data-dir', temporaryFolder(t)])
  const urls = SHELL_LINES.filter((line) => line.startsWith('curl ')).map((line) =>
    line.slice(5).replaceAll('"', '')
  )
  t.ok(urls.length >= 4)
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
  t.equal(shown.length, 3)
  for (const [place, url] of ['top-grossing', 'history?', 'history/items'].entries()) {
    const answer = answers[urls.findIndex((one) => one.includes(url))]
    t.strictSame(withoutCommit(answer), withoutCommit(shown[place]), url)
  }
})

/** How many commits there have been depends on who has asked. */
function withoutCommit(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === 'commit' ? undefined : value)))
}

t.test('the paths that the README lists exist', async (t) => {
  const served = await startServe(t, ['--data-dir', temporaryFolder(t)])
  const paths = [...TEXT.matchAll(/^\| `GET ([^|]+)\|/gm)].flatMap(
    ([, cell = '']) => cell.replace('{item_id}', 'sku_28').match(/\/[\w./-]+/g) ?? []
  )
  t.ok(paths.length >= 8)
  for (const path of paths) {
    // What has a parameter that must be given says so.
    const status = /^\/v1\/(?:history|top-items|trends|timeseries)/.test(path) ? 400 : 200
    t.equal((await fetch(`${served.url}${path}`)).status, status, path)
  }
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

t.test('the npm scripts and files that the README names exist', (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  for (const [, name = ''] of TEXT.matchAll(/npm (?:run )?(start|test|build|check|bench)\b/g))
    t.ok(scripts[name], name)
  for (const [, file = ''] of TEXT.matchAll(/\]\(([\w./-]+\.md|LICENSE)\)/g))
    t.ok(readFileSync(join(ROOT, file)).length, file)
  t.end()
})
