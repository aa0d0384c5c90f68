import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { footfall, startServe, type Served } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'
const SECRET = 's3cret-t0ken'

interface Logged {
  readonly level: string
  readonly time: string
  readonly name: string
  readonly msg: string
}

/** What is on standard error, each line a record. */
const records = (stderr: string) =>
  stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Logged)

async function until(served: Served, isMet: (stderr: string) => boolean): Promise<void> {
  while (!isMet(served.stderr())) await fetch(`${served.url}/healthz`)
}

t.test('with --log-format json every line is a record with its level, and none has a secret', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, VISIT)
  const env = { FOOTFALL_LOG_FORMAT: 'json', FOOTFALL_TOKEN: SECRET }
  const served = await startServe(t, [file, '--ephemeral'], { env })
  const answers: string[] = []
  for (const [path, authorization] of [
    [`/v1/status?token=${SECRET}`, `Bearer ${SECRET}`],
    [`/v1/status?token=${SECRET}`, 'Bearer no'],
    ['/v1/status', `Basic ${SECRET}`],
    [`/${SECRET}`, `Bearer ${SECRET}`],
    ['/v1/status', `Bearer ${SECRET}`],
    ['/openapi.json', `Bearer ${SECRET}`],
    ['/metrics', `Bearer ${SECRET}`]
  ] as const) {
    const answer = await fetch(`${served.url}${path}`, { headers: { authorization } })
    answers.push((await answer.text()) + JSON.stringify([...answer.headers]))
  }
  renameSync(file, `${file}.1`)
  writeFileSync(file, VISIT)
  await until(served, (stderr) => stderr.includes('rotated'))
  appendFileSync(file, VISIT)
  t.equal(await served.end(), 0)
  const logged = records(served.stderr())
  for (const record of logged) {
    t.match(record, { level: /^(?:info|warn|error|fatal)$/, time: /^\d{4}-.*Z$/, name: 'footfall', msg: /./ })
  }
  t.match(
    logged.find(({ msg }) => msg.includes('rotated')),
    { level: 'info' }
  )
  t.notMatch(answers.join(), SECRET)
  t.notMatch(served.stderr(), SECRET)
})

t.test('what a server ends for is a record too, and the only line', async (t) => {
  const folder = temporaryFolder(t)
  const args = ['serve', folder, '--ephemeral', '--port', '0', '--log-format', 'json']
  const { code, stderr } = await footfall(args)
  t.equal(code, 1)
  t.match(records(stderr), [{ level: 'fatal', msg: /it is a directory$/ }])
  t.equal(records(stderr).length, 1)
})

t.test('by default it is lines of text', async (t) => {
  const { stderr } = await footfall(['serve', temporaryFolder(t), '--ephemeral', '--port', '0'])
  t.match(stderr, /^footfall: [^\n]*it is a directory\n$/)
})
