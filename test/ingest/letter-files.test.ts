import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { OLD_DEAD_LETTER_FILES } from '../../src/base/limits.js'
import { lastLetters, oldLetterFiles, rotateLetters } from '../../src/ingest/letter-files.js'
import { temporaryFolder } from '../support/pipelines.js'

const letter = (offset: number) => ({
  source: 'events.jsonl',
  offset,
  reason: 'invalid_json' as const,
  detail: 'd',
  excerpt: 'e'
})
const textOf = (...offsets: number[]) =>
  offsets.map((offset) => `${JSON.stringify(letter(offset))}\n`).join('')

function filesOf(t: Test): string[] {
  const path = join(temporaryFolder(t), 'dead-letters.jsonl')
  return [path, ...oldLetterFiles(path)]
}

function textsOf(files: readonly string[]): (string | null)[] {
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : null))
}

t.test('files move on by one, and what goes with the oldest is counted', (t) => {
  const files = filesOf(t)
  const path = files[0]!
  let dropped = 0
  const rotate = (letters: (number | null)[]) => rotateLetters(path, letters, (count) => (dropped += count))
  t.equal(files.length, 1 + OLD_DEAD_LETTER_FILES)
  let known: (number | null)[] = []
  for (const text of ['a\n', 'b\nb\n', 'c\n']) {
    writeFileSync(path, text)
    known = rotate([text.length / 2, ...known])
  }
  t.strictSame(textsOf(files), [null, 'c\n', 'b\nb\n', 'a\n'])
  t.strictSame(known, [1, 2, 1])
  t.equal(dropped, 0)
  writeFileSync(path, 'd\n')
  t.strictSame(rotate([1, ...known]), [1, 1, 2])
  t.strictSame(textsOf(files), [null, 'd\n', 'c\n', 'b\nb\n'])
  t.equal(dropped, 1)
  writeFileSync(path, 'e\n')
  t.strictSame(rotate([1, null, null, null]), [1, null, null])
  t.equal(dropped, 3, 'what nobody has counted is counted now')
  t.end()
})

t.test('whoever is killed between any two renames has lost nothing, and the gap is filled', (t) => {
  for (let done = 1; done < OLD_DEAD_LETTER_FILES; done++) {
    const files = filesOf(t)
    files.forEach((file, index) => {
      if (index < OLD_DEAD_LETTER_FILES) writeFileSync(file, `${index}\n`)
    })
    // The first renames of a rotation whose last place was free.
    for (let index = OLD_DEAD_LETTER_FILES; index > OLD_DEAD_LETTER_FILES - done; index--) {
      renameSync(files[index - 1]!, files[index]!)
    }
    rotateLetters(files[0]!, [], () => t.fail('nothing is dropped'))
    t.strictSame(textsOf(files), [null, '0\n', '1\n', '2\n'], `${done} renames`)
  }
  t.end()
})

t.test('the last letters are read over the files, and what is none is passed over', (t) => {
  const files = filesOf(t)
  t.strictSame(lastLetters(files[0]!, 5), [])
  writeFileSync(files[2]!, textOf(1, 2))
  writeFileSync(files[1]!, textOf(3, 4))
  writeFileSync(files[0]!, `${textOf(5)}{"source":"ev\n\n{"a":1}\nnull\n${textOf(6)}{"sour`)
  t.strictSame(lastLetters(files[0]!, 5), [2, 3, 4, 5, 6].map(letter))
  t.strictSame(lastLetters(files[0]!, 1), [letter(6)])
  writeFileSync(files[0]!, textOf(...Array.from({ length: 20_000 }, (_, offset) => offset)))
  t.strictSame(
    lastLetters(files[0]!, 2),
    [19_998, 19_999].map(letter),
    'of a long file the end alone is read'
  )
  t.end()
})
