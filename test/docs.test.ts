import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { isAtItsEnd, startServe, statusWhen } from './support/command.js'
import { ADDRESS, API, blocks } from './support/documents.js'
import { temporaryFolder } from './support/pipelines.js'

const TOKEN = 'a-token-of-the-tests'
const run = promisify(execFile)

/** Two servers of the sample, that of the examples with a token and that of the others; their addresses. */
async function serveSample(t: Test) {
  const start = async (args: readonly string[]) => {
    const served = await startServe(t, ['--data-dir', temporaryFolder(t), ...args])
    return served.url
  }
  const [open, secured] = await Promise.all([start([]), start(['--token', TOKEN])])
  const headers = { authorization: `Bearer ${TOKEN}` }
  for (const url of [open, secured]) {
    const get = async (path: string) => (await fetch(`${url}${path}`, { headers })).json()
    await statusWhen({ get }, isAtItsEnd)
  }
  return (example: string) => (example.includes('FOOTFALL_TOKEN') ? secured : open)
}

/** As a user's shell has it, without what the test runner adds. */
const ENV = { ...process.env, NODE_OPTIONS: '', FOOTFALL_TOKEN: TOKEN }

t.test('every curl of the guide is answered', async (t) => {
  const addressOf = await serveSample(t)
  const cwd = temporaryFolder(t)
  const lines = blocks(API, 'sh').flatMap((block) => block.trim().split('\n'))
  // The typed client has a test of its own.
  const commands = lines.filter((line) => !line.startsWith('npx openapi-typescript '))
  t.ok(commands.length > 20)
  for (const command of commands) {
    t.match(command, /^curl .*http:\/\/127\.0\.0\.1:3000\//)
    // An answer that is no success makes curl fail.
    const asked = command
      .replace(ADDRESS, addressOf(command))
      .replace(/^curl /, 'curl --silent --show-error --fail ')
    const output = command.includes('curl -N')
      ? await untilAnEvent(asked)
      : (await run('/bin/sh', ['-c', asked], { cwd, env: ENV })).stdout
    checkOutput(t, command, output)
  }
})

function checkOutput(t: Test, command: string, output: string): void {
  if (command.includes('curl -N')) t.match(output, /^event: snapshot\ndata: \{"most_viewed"/m, command)
  else if (command.includes('/metrics')) t.match(output, /^footfall_lines_total\{/m, command)
  else if (command.includes('text/csv')) t.match(output, /^[a-z_]+(?:,[a-z_]+)+\r\n.+\r\n/, command)
  else {
    const answer = JSON.parse(output) as { data?: unknown }
    t.not(Object.keys(answer).length, 0, command)
    // The sample has no line that is rejected.
    if (!command.includes('/v1/rejects')) t.notSame(answer.data, [], command)
  }
}

/** What a command that does not end prints up to its first event. */
async function untilAnEvent(command: string): Promise<string> {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { env: ENV })
  const exited = once(child, 'exit')
  let text = ''
  for await (const part of child.stdout) {
    text += String(part)
    if (/^data: .*\n\n/m.test(text)) break
  }
  child.kill()
  await exited
  return text
}

t.test('every fetch of the guide does as it says', async (t) => {
  const addressOf = await serveSample(t)
  const programs = blocks(API, 'js')
  t.equal(programs.length, 4)
  const printed: string[] = []
  for (const program of programs) {
    const file = join(temporaryFolder(t), 'example.mjs')
    writeFileSync(file, program.replaceAll(ADDRESS, addressOf(program)))
    const { stdout, stderr } = await run(process.execPath, [file], { env: ENV })
    t.equal(stderr, '', program)
    printed.push(stdout)
  }
  t.match(printed[0], /^\{ views: 33, purchases: 2, revenue_formatted: '1714\.95' \}/)
  t.match(printed[1], /value: 5911, previous: 5951/)
  t.equal(printed[2], '200 304\n')
  t.match(printed[3], /^400 limt unknown parameter\n400 metric must be one of /)
})

/** A request, and the answer that is shown right behind it. */
function shownAnswers(): { readonly url: string; readonly answer: unknown }[] {
  const text = readFileSync(API, 'utf8')
  return [...text.matchAll(/^curl "([^"]+)"\n```\n\n```json\n([\s\S]*?)^```/gm)].map(
    ([, url = '', json = '']) => ({
      url,
      answer: JSON.parse(json) as unknown
    })
  )
}

/** How many commits there have been depends on who has asked. */
function withoutCommit(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === 'commit' ? undefined : value)))
}

t.test('answers are as the guide shows them', async (t) => {
  const addressOf = await serveSample(t)
  const shown = shownAnswers()
  t.equal(shown.length, blocks(API, 'json').length, 'each answer that is shown has its request')
  t.ok(shown.length >= 2)
  for (const { url, answer } of shown) {
    const found: unknown = await (await fetch(url.replace(ADDRESS, addressOf(url)))).json()
    t.strictSame(withoutCommit(found), withoutCommit(answer), url)
  }
})

t.test('every path is listed, and what is listed is there', async (t) => {
  const text = readFileSync(API, 'utf8')
  const served = await startServe(t, ['--data-dir', temporaryFolder(t)])
  const { paths } = (await served.get('/openapi.json')) as { paths: Record<string, unknown> }
  for (const path of Object.keys(paths)) {
    const example = path.replace('{item_id}', 'sku_28')
    t.ok(text.includes(example), `the guide has ${path}`)
  }
  const listed = [...text.matchAll(/^\| `GET ([^|]+)\|/gm)].flatMap(
    ([, cell = '']) => cell.replace('{item_id}', 'sku_28').match(/\/[\w./-]*/g) ?? []
  )
  t.ok(listed.length >= Object.keys(paths).length)
  await statusWhen(served, isAtItsEnd)
  for (const path of listed) {
    // What has a parameter that must be given says so.
    const status = /^\/v1\/(?:history|top-items|trends|timeseries)/.test(path) ? 400 : 200
    const answer = await fetch(`${served.url}${path}`)
    t.equal(answer.status, status, path)
    await answer.body?.cancel()
  }
})
