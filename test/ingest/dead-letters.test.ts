import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MAX_WAITING_LETTERS, OLD_DEAD_LETTER_FILES } from '../../src/base/limits.js'
import { DeadLetters } from '../../src/ingest/dead-letters.js'
import { oldLetterFiles } from '../../src/ingest/letter-files.js'
import type { Rejection } from '../../src/ingest/messages.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'

function rejections(from: number, to: number): Rejection[] {
  return Array.from({ length: to - from }, (_, index) => ({
    offset: from + index,
    reason: 'invalid_json',
    detail: 'the line is not valid JSON',
    excerpt: 'x'.repeat(index % 200)
  }))
}

/** The offsets in all files, the oldest first; every line has to be a letter. */
function offsetsIn(path: string): number[] {
  const files = [path, ...oldLetterFiles(path)].reverse().filter((file) => existsSync(file))
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as Rejection).offset)
  })
}

const pathIn = (t: Test) => join(temporaryFolder(t), 'dead-letters.jsonl')
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

t.test('no file is longer than asked for, and what was dropped is counted', (t) => {
  const random = seeded(t)
  const path = pathIn(t)
  const maxBytes = 4096
  let written = 0
  for (let run = 0; run < 5; run++) {
    const letters = new DeadLetters({ path, maxBytes }, 'events.jsonl')
    const before = offsetsIn(path)
    const begun = written
    while (written < begun + 200) {
      const more = random.int(40)
      letters.write(rejections(written, written + more))
      written += more
    }
    letters.close()
    const kept = offsetsIn(path)
    t.strictSame(kept, numbers(kept[0] ?? 0, written), 'what is kept has no gap')
    const { dropped } = letters.state
    t.strictSame(letters.state, { written: written - begun, unwritten: 0, dropped, error: null })
    t.equal(kept.length, before.length + written - begun - dropped, 'what is not there was counted')
    for (const file of [path, ...oldLetterFiles(path)]) {
      if (existsSync(file)) t.ok(statSync(file).size <= maxBytes, file)
    }
  }
  t.notOk(existsSync(`${path}.${OLD_DEAD_LETTER_FILES + 1}`))
  t.end()
})

t.test('a letter begins on a line of its own, whatever a killed run has left', (t) => {
  const path = pathIn(t)
  writeFileSync(path, '{"source":"events.jsonl","off')
  const letters = new DeadLetters({ path, maxBytes: 1e6 }, 'events.jsonl')
  letters.write(rejections(7, 8))
  letters.close()
  const lines = readFileSync(path, 'utf8').split('\n')
  t.equal(lines[0], '{"source":"events.jsonl","off')
  t.equal((JSON.parse(lines[1] ?? '') as Rejection).offset, 7)
  t.equal(lines.length, 3)
  t.end()
})

t.test('a run that was killed before it made the next file goes on', (t) => {
  const path = pathIn(t)
  writeFileSync(`${path}.1`, '')
  const letters = new DeadLetters({ path, maxBytes: 1e6 }, 'events.jsonl')
  letters.write(rejections(0, 3))
  letters.close()
  t.strictSame(offsetsIn(path), [0, 1, 2])
  t.end()
})

t.test('an old file of any length is set aside by the first letter', (t) => {
  const path = pathIn(t)
  appendFileSync(path, `${JSON.stringify(rejections(0, 1)[0])}\n`.repeat(100))
  const letters = new DeadLetters({ path, maxBytes: 2048 }, 'events.jsonl')
  letters.write(rejections(1, 2))
  letters.close()
  t.equal(readFileSync(`${path}.1`, 'utf8').split('\n').length, 101)
  t.equal(readFileSync(path, 'utf8').split('\n').length, 2)
  t.end()
})

t.test(
  'what cannot be written waits, up to a bound, and is written in its order',
  { skip: skipFull() },
  (t) => {
    // Every write to it fails as on a full disk.
    const letters = new DeadLetters({ path: '/dev/full', maxBytes: 1e9 }, 'events.jsonl')
    letters.write(rejections(0, 5))
    t.match(letters.state, { written: 0, unwritten: 5, dropped: 0, error: /\/dev\/full: ENOSPC/ })
    letters.write(rejections(5, 5 + MAX_WAITING_LETTERS))
    t.match(letters.state, { written: 0, unwritten: 5 + MAX_WAITING_LETTERS, error: /ENOSPC/ })
    letters.close()
    t.end()
  }
)

function skipFull(): string | false {
  return existsSync('/dev/full') ? false : 'there is no /dev/full here'
}
