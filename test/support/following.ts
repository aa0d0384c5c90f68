import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { Pipeline } from '../../src/ingest/pipeline.js'
import { historyIn } from './history.js'

/**
 * A process that can be killed: follows a file into a history, `following.js FILE
 * DATABASE`, and writes what it has come to, a line of JSON each time that changes.
 */

const POLL_MS = 3
const threadOf = (name: string) => new URL(`../../threads/${name}.cjs`, import.meta.url)

/** What such a process writes. */
export interface Followed {
  readonly accepted: number
  readonly rejected: number
  readonly lines: number
  readonly offset: number
  /** Offset of the last commit, and whether it has everything. */
  readonly isCommitted: boolean
  /** Views by item. */
  readonly items: Readonly<Record<string, number>>
}

export const FOLLOWING = fileURLToPath(import.meta.url)

if (process.argv[1] === FOLLOWING) await follow(process.argv[2] ?? '', process.argv[3] ?? '')

async function follow(file: string, database: string): Promise<void> {
  // Whoever started it may have been killed.
  process.stdin.on('end', () => process.exit()).resume()
  const pipeline = new Pipeline({
    threads: { reader: threadOf('reader'), pool: threadOf('pool'), historian: threadOf('historian') },
    source: { name: file, follow: true, chunkBytes: 4096, speed: null },
    workers: 1,
    clock: 'event',
    minorDigits: 2,
    mapping: IDENTITY_MAPPING,
    deadLetterPath: null,
    noticed: (message) => process.stderr.write(`${message}\n`),
    history: historyIn(database, { commitIntervalMs: 20 })
  })
  let told = ''
  for (;;) {
    await Promise.race([delay(POLL_MS), pipeline.done])
    // Read first: a commit that is as far as this board has all of it.
    const board = pipeline.boards.read()
    if (board === null) continue
    const followed: Followed = {
      accepted: board.counts.accepted,
      rejected: Object.values(board.counts.rejected).reduce((sum, count) => sum + count, 0),
      lines: board.counts.lines,
      offset: board.offset,
      isCommitted: pipeline.commit?.at != null && pipeline.commit.offset === board.offset,
      items: Object.fromEntries(
        (board.headlines[0]?.rows ?? []).map(({ itemId, value }) => [itemId, Number(value)])
      )
    }
    const text = JSON.stringify(followed)
    if (text === told) continue
    told = text
    process.stdout.write(`${text}\n`)
  }
}
