import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { MAIN } from '../support/command.js'
import { ROOT } from '../support/documents.js'

const run = promisify(execFile)

/** A copy of the built command that finds the package as it does, and what it says when it is asked for its version. */
function copied(t: Test) {
  const folder = mkdtempSync(join(ROOT, 'dist', 'launch-test-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  cpSync(dirname(MAIN), folder, { recursive: true })
  const [text, code] = [join(folder, 'command.cjs'), join(folder, 'command.cjs.code')]
  const version = async () => (await run(process.execPath, [join(folder, 'footfall.js'), '--version'])).stdout
  return { text, code, version }
}

t.test('the command runs with the code that was kept, whatever has become of it', async (t) => {
  const { text, code, version } = copied(t)
  const { version: wanted } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string
  }
  t.equal(await version(), `${wanted}\n`)
  const kept = readFileSync(code)
  const damaged = Buffer.from(kept)
  damaged.fill(0x58, damaged.length >> 1, (damaged.length >> 1) + 8)
  for (const [what, bytes] of [
    ['damaged', damaged],
    ['cut off', kept.subarray(0, kept.length >> 1)],
    ['shorter than its hash', kept.subarray(0, 7)],
    ['empty', Buffer.alloc(0)]
  ] as const) {
    writeFileSync(code, bytes)
    t.equal(await version(), `${wanted}\n`, what)
  }
  rmSync(code)
  t.equal(await version(), `${wanted}\n`, 'not there')
  mkdirSync(code)
  t.equal(await version(), `${wanted}\n`, 'a folder')
  rmSync(code, { recursive: true })

  // As long as the text that the code is of, which is all that V8 itself would look at.
  const other = readFileSync(text, 'utf8').replace('var EXIT_FAILED = 1;', 'process.exit(777777);')
  writeFileSync(code, kept)
  writeFileSync(text, other)
  await t.rejects(version(), { code: 777777 & 0xff }, 'of another text')
})
