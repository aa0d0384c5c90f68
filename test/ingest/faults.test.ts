import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { Board } from '../../src/store/board.js'
import { startTestPipeline, temporaryFolder, type TestPipelineOptions } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { SHAPE, actual, boardsOf, expectedAt, randomStream } from '../support/streams.js'

t.test('the tests notice a pipeline that is broken on purpose', async (t) => {
  // Seen: each of these faults makes the comparison that the tests above rely on fail.
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  // Each batch lies days behind the next, so that applying two in the wrong order makes the earlier one late.
  const stream = randomStream(random, 6000, { ...SHAPE, stepMs: 4 * 3_600_000, disorderMs: 1 })
  writeFileSync(file, stream.text)
  const run = async (faults: NonNullable<TestPipelineOptions['faults']>) => {
    const pipeline = startTestPipeline(t, { file, workers: 4, chunkBytes: 1024, faults })
    return boardsOf(pipeline)
  }
  const isWrong = (board: Board) => {
    const expected = expectedAt(stream, board.offset)
    return !isDeepStrictEqual(actual(board), expected)
  }
  t.notOk((await run({})).some(isWrong), 'as it is, no board is wrong')
  t.ok((await run({ unordered: true })).some(isWrong), 'in the wrong order, a board is wrong')
  t.ok((await run({ earlyBoard: true })).some(isWrong), 'with boards published early, a board is wrong')
  t.ok((await run({ keepMinute: true })).some(isWrong), 'with a minute not subtracted, a board is wrong')
})
