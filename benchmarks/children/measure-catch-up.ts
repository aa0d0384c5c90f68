import { statSync } from 'node:fs'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { DEFAULT_CHUNK_BYTES, HISTORY_MEMORY_MB } from '../../src/base/limits.js'
import { Pipeline } from '../../src/ingest/pipeline.js'
import type { CatchUpAnswer } from '../history.js'

/**
 * Follows a file until all of it is counted: `measure-catch-up.js FILE WORKERS
 * [DATABASE]`, as a server does, with a history or without one. The time is from
 * the pipeline's start to the board that has everything, and to the commit that has it.
 */

const POLL_MS = 2

const [file = '', workers = '1', database] = process.argv.slice(2)
const threadOf = (name: string) => new URL(`../../threads/${name}.cjs`, import.meta.url)
const begun = performance.now()
const pipeline = new Pipeline({
  threads: { reader: threadOf('reader'), pool: threadOf('pool'), historian: threadOf('historian') },
  source: { name: file, follow: true, chunkBytes: DEFAULT_CHUNK_BYTES, speed: null },
  workers: Number(workers),
  clock: 'event',
  minorDigits: 2,
  mapping: IDENTITY_MAPPING,
  deadLetterPath: null,
  history:
    database === undefined
      ? null
      : {
          path: database,
          timeZone: 'UTC',
          currency: 'USD',
          keepDays: 400,
          keepWeeks: 260,
          maxItemsPerBucket: null,
          memoryLimitMb: HISTORY_MEMORY_MB,
          commitIntervalMs: 5000
        }
})
const sizeBytes = statSync(file).size
let board = null
while (board?.offset !== sizeBytes) {
  await Promise.race([new Promise((resolve) => setTimeout(resolve, POLL_MS)), pipeline.done])
  board = pipeline.boards.read()
}
const elapsedMs = performance.now() - begun
// To ask the history takes a commit, which has everything by then.
if (database !== undefined) await pipeline.askHistory({ kind: 'status' })
const committedMs = performance.now() - begun
if (database !== undefined && pipeline.commit?.offset !== sizeBytes) throw new Error('not all is committed')
const lists = board.headlines.map(({ rows }) =>
  rows.slice(0, 10).map(({ itemId, value }) => [itemId, Number(value)])
)
await pipeline.stop()
const answer: CatchUpAnswer = {
  elapsedMs,
  committedMs,
  accepted: board.counts.accepted,
  lists: JSON.stringify(lists)
}
process.stdout.write(JSON.stringify(answer))
