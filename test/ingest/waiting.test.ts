import { appendFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseMapping } from '../../src/event/mapping.js'
import { MOST_FOLD_ROWS } from '../../src/base/limits.js'
import { historyIn, seriesOf } from '../support/history.js'
import { rankOf, startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { until } from '../support/streams.js'

const DAY_MS = 86_400_000
const NOW_MS = 20_000 * DAY_MS + DAY_MS / 2

/** A line of `items` items is as many rows of its day, where each has another item. */
const ITEMS = 1000
const DAYS = 36
const LINES_A_DAY = 40
const MAPPING = parseMapping(['item_id=items[].id'])

function lineOf(ms: number, firstItem: number, items: number): string {
  const listed = Array.from({ length: items }, (_, item) => ({ id: firstItem + item }))
  return `${JSON.stringify({ event_type: 'page_visit', timestamp: ms, items: listed })}\n`
}

t.test(
  'reading waits for a historian that cannot write, answers do not, and then all is there',
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'events.jsonl')
    const full = join(folder, 'disk-is-full')
    writeFileSync(full, '')
    writeFileSync(file, lineOf(NOW_MS, 0, 1))
    // All of it is late: it goes to its day at once.
    for (let day = 2; day < 2 + DAYS; day++) {
      const lines = Array.from({ length: LINES_A_DAY }, (_, line) =>
        lineOf(NOW_MS - day * DAY_MS, line * ITEMS, ITEMS)
      )
      appendFileSync(file, lines.join(''))
    }
    // One commit may be taken and not be written, and as many rows may wait for the next one.
    t.ok(DAYS * LINES_A_DAY * ITEMS > 2.5 * MOST_FOLD_ROWS)
    process.env['FOOTFALL_TEST_HISTORIAN'] = full
    const pipeline = startTestPipeline(t, {
      file,
      follow: true,
      mapping: MAPPING,
      history: historyIn(join(folder, 'history.duckdb'), { commitIntervalMs: 3_600_000 }),
      threads: { historian: new URL('./children/refusing-historian.js', import.meta.url) }
    })
    // From the second one on, what waits is as much again: nothing is read.
    await untilRefused(full, 2)
    appendFileSync(file, lineOf(NOW_MS, 0, 1))
    await untilRefused(full, 4)
    const size = statSync(file).size
    const { offset } = pipeline.boards.read()!
    t.ok(offset < size, `${offset} of ${size} bytes are counted`)
    t.equal(pipeline.commit?.error, 'the disk is full')
    t.equal(pipeline.degraded, null)
    t.strictSame(
      (await rankOf(pipeline, 0, 60)).ranking.rows,
      [{ itemId: '0', value: 1n }],
      'windows are answered'
    )

    rmSync(full)
    const { counts } = await until(pipeline, (board) => board.offset === size)
    t.equal(counts.accepted, 2 + DAYS * LINES_A_DAY)
    t.equal(counts.late, DAYS * LINES_A_DAY)
    const days = Array.from({ length: DAYS }, (_, day) => [
      20_000 - 1 - DAYS + day,
      BigInt(LINES_A_DAY * ITEMS)
    ])
    t.strictSame(
      await seriesOf(pipeline, 'views', 'day'),
      new Map([...days, [20_000, 2n]] as [number, bigint][])
    )
    t.equal(pipeline.commit?.error, null)
  }
)

async function untilRefused(flag: string, commits: number): Promise<void> {
  while (statSync(flag).size < commits) await delay(1)
}
