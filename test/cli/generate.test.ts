import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { footfall } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const SAMPLE = fileURLToPath(new URL('../../../samples/events.jsonl', import.meta.url))

t.test('generate writes the sample anew, byte for byte', async (t) => {
  const out = join(temporaryFolder(t), 'events.jsonl')
  const { code, stderr } = await footfall([
    'generate',
    '--events',
    '20000',
    '--seed',
    '1',
    '--items',
    '500',
    '--customers',
    '800',
    '--start',
    '2026-11-17T00:00:00Z',
    '--hours',
    '72',
    '--out',
    out
  ])
  t.equal(code, 0, stderr)
  t.ok(readFileSync(out).equals(readFileSync(SAMPLE)))
})

t.test('what is generated can be replayed through a pipe', async (t) => {
  const { stdout } = await footfall(['generate', '--events', '3000', '--seed', '7'])
  const replayed = await footfall(['replay', '-', '--json'], { input: stdout })
  t.match(JSON.parse(replayed.stdout), { accounting: { lines: 3000, accepted: 3000, rejected: 0 } })
})

t.test('generate --live appends lines with the time of writing', async (t) => {
  const out = join(temporaryFolder(t), 'live.jsonl')
  const before = Date.now()
  for (let round = 0; round < 2; round++) {
    const { code } = await footfall(['generate', '--live', '--rate', '1000', '--events', '50', '--out', out])
    t.equal(code, 0)
  }
  const times = readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Date.parse((JSON.parse(line) as { timestamp: string }).timestamp))
  t.equal(times.length, 100)
  t.ok(times.every((time) => time >= before && time <= Date.now()))
})
