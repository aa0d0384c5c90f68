import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startTestPipeline, temporaryFolder, type TestPipelineOptions } from '../support/pipelines.js'
import { seeded } from '../support/random.js'

const GOOD = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}'
const BAD = '{"kind":"page_visit","timestamp":1700000000,"item_id":"a"}'
const FUTURE = '{"event_type":"page_visit","timestamp":"9999-01-01T00:00:00Z","item_id":"a"}'

async function warningsOf(t: Test, options: TestPipelineOptions): Promise<readonly string[]> {
  const told: string[] = []
  const pipeline = startTestPipeline(t, { ...options, noticed: (message) => told.push(message) })
  await pipeline.done
  t.strictSame(told, pipeline.warnings, 'said on standard error and in the status')
  return told
}

/** `rejected` of the first 1,000 lines are bad, in any order; after them comes what must not count. */
function fileOf(t: Test, rejected: number, bad: readonly string[]): string {
  const random = seeded(t)
  const lines = Array.from({ length: 1000 }, (_, line) => (line < rejected ? bad[line % bad.length]! : GOOD))
  for (let at = lines.length - 1; at > 0; at--) {
    const other = random.int(at + 1)
    ;[lines[at], lines[other]] = [lines[other]!, lines[at]!]
  }
  const rest = rejected > 500 ? GOOD : bad[0]!
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, `${[...lines, ...Array.from({ length: 3000 }, () => rest)].join('\n')}\n`)
  return file
}

for (const rejected of [0, 499, 500, 501, 600]) {
  t.test(`${rejected} rejected of the first 1,000 lines, however they are cut and shared out`, async (t) => {
    for (const bad of [[BAD, FUTURE]]) {
      const file = fileOf(t, rejected, bad)
      for (const chunkBytes of [1024, 65536, 1 << 20]) {
        for (const workers of [1, 2]) {
          const told = await warningsOf(t, { file, chunkBytes, workers })
          const at = `${bad.length} reasons, ${workers} workers, ${chunkBytes} bytes`
          t.equal(told.length, rejected > 500 ? 1 : 0, at)
          if (rejected > 500)
            t.match(told[0], `${rejected} of the first 1,000 lines of ${file} were rejected, `, at)
        }
      }
    }
  })
}

t.test('of fewer lines, the half of those counts', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  for (const [lines, count] of [
    [[BAD], 1],
    [[GOOD, BAD], 0],
    [[GOOD, BAD, FUTURE], 1],
    [[BAD, '', ''], 0],
    [[], 0]
  ] as const) {
    writeFileSync(file, lines.join('\n'))
    t.equal((await warningsOf(t, { file })).length, count, lines.join(' '))
  }
})

t.test('the line names the most frequent reason, an example and what to do', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, `${[GOOD, 'x', BAD, BAD].join('\n')}\n`)
  t.strictSame(await warningsOf(t, { file }), [
    `3 of the first 4 lines of ${file} were rejected, 2 of them as missing_field; ` +
      `the line at byte ${GOOD.length + 3}: event_type is missing. ` +
      'Other names of fields and event types are told with --map field=name or --preset'
  ])
  const long = `"${'x'.repeat(2 << 20)}"\n`
  writeFileSync(file, long.repeat(2))
  t.match(await warningsOf(t, { file, chunkBytes: 4096 }), [
    /^2 of the first 2 lines .* as oversized_line; the line at byte 0: .* bytes\. It should be JSON Lines/
  ])
})
