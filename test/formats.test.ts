import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { REJECTION_REASONS } from '../src/event/event.js'
import { PRESETS } from '../src/event/presets.js'
import { replayOf } from './support/command.js'
import { ROOT } from './support/documents.js'
import { temporaryFolder } from './support/pipelines.js'
import { play, stepsOf } from './support/transcript.js'

const FORMATS = join(ROOT, 'docs', 'formats.md')
const TEXT = readFileSync(FORMATS, 'utf8')

t.test('what the guide to formats shows is what comes', async (t) => {
  const hasPython = spawnSync('python3', ['--version']).status === 0
  if (!hasPython) t.comment('there is no python3: what is made of CSV is left out')
  const steps = stepsOf(FORMATS).filter(({ command }) => hasPython || !/python3|retailrocket/.test(command))
  t.ok(steps.filter(({ text, json }) => text !== null || json !== undefined).length > 8)
  await play(t, steps)
})

t.test('every preset has a part with a session of its own', (t) => {
  const commands = stepsOf(FORMATS).map(({ command }) => command)
  for (const preset of Object.keys(PRESETS)) {
    t.match(TEXT, new RegExp(`^### ${preset}$`, 'm'))
    if (preset === 'footfall') continue
    t.ok(
      commands.some((command) => command.startsWith('footfall ') && command.includes(`--preset ${preset}`)),
      preset
    )
  }
  t.end()
})

/** A reason, the bytes of a line that is rejected for it, and what is said of it. */
interface Row {
  readonly reason: string
  readonly line: Buffer
  readonly detail: string
}

function rows(): Row[] {
  const found = [...TEXT.matchAll(/^\| `(\w+)` +\| `([^`]+)` +\| (.+?) +\|$/gm)]
  return found.map(([, reason = '', line = '', detail = '']) => ({
    reason,
    line: line.startsWith('$ ')
      ? execFileSync('/bin/sh', ['-c', line.slice(2)], { maxBuffer: 2 ** 22 })
      : Buffer.from(`${line}\n`),
    detail
  }))
}

t.test('every reason has a line that is rejected for it, with the detail that is shown', async (t) => {
  const expected = rows()
  t.strictSame(
    expected.map(({ reason }) => reason),
    REJECTION_REASONS.filter((reason) => reason !== 'quarantined')
  )
  const folder = temporaryFolder(t)
  const file = join(folder, 'wrong.jsonl')
  writeFileSync(file, Buffer.concat(expected.map(({ line }) => line)))
  const { accounting } = await replayOf(file, ['--data-dir', folder])
  t.match(accounting, { lines: expected.length, rejected: expected.length })
  const letters = readFileSync(join(folder, 'dead-letters.jsonl'), 'utf8').trim().split('\n')
  let offset = 0
  for (const [place, { reason, line, detail }] of expected.entries()) {
    const letter = JSON.parse(letters[place] ?? '') as Record<string, unknown>
    t.strictSame({ ...letter, excerpt: '' }, { source: file, offset, reason, detail, excerpt: '' })
    offset += line.length
  }
})
