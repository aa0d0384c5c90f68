import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compareHistory, historyIn, seriesOf } from '../support/history.js'
import { startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { SHAPE, actual, expectedAt, randomStream, until } from '../support/streams.js'

const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a","customer_id":"c"}\n'

t.test('any number of restarts comes to the same as none', async (t) => {
  const random = seeded(t)
  for (const shape of [SHAPE, { ...SHAPE, stepMs: 4 * 3_600_000, disorderMs: 90 * 86_400_000 }]) {
    const folder = temporaryFolder(t)
    const file = join(folder, 'events.jsonl')
    const stream = randomStream(random, 1500, shape)
    const bytes = Buffer.from(stream.text)
    writeFileSync(file, '')
    for (let written = 0; written < bytes.length;) {
      const next = Math.min(bytes.length, written + 1 + random.int(bytes.length / 2))
      appendFileSync(file, bytes.subarray(written, next))
      written = next
      const pipeline = startTestPipeline(t, {
        file,
        follow: true,
        workers: 1 + random.int(3),
        chunkBytes: random.pick([1024, 65536]),
        history: historyIn(join(folder, 'history.duckdb'), { commitIntervalMs: 1 + random.int(50) })
      })
      const complete = bytes.subarray(0, written).lastIndexOf(10) + 1
      if (random.oneIn(3) && written < bytes.length) {
        // Stopped somewhere on the way.
        const offset = random.int(complete)
        await until(pipeline, (board) => board.offset >= offset)
      } else {
        const board = await until(pipeline, ({ offset }) => offset >= complete)
        t.strictSame(actual(board), expectedAt(stream, complete))
        await compareHistory(t, pipeline, stream, complete)
      }
      await pipeline.stop()
    }
  }
})

t.test('in the middle of a file the history is that of everything applied', async (t) => {
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  const stream = randomStream(random, 3000)
  const bytes = Buffer.from(stream.text)
  const history = historyIn(null)
  writeFileSync(file, '')
  const pipeline = startTestPipeline(t, { file, follow: true, chunkBytes: 1024, history })
  let complete = 0
  for (let written = 0; written < bytes.length;) {
    const next = Math.min(bytes.length, written + 1 + random.int(bytes.length / 5))
    appendFileSync(file, bytes.subarray(written, next))
    written = next
    complete = bytes.subarray(0, written).lastIndexOf(10) + 1
    await until(pipeline, ({ offset }) => offset >= complete)
    await compareHistory(t, pipeline, stream, complete)
  }
})

t.test('a last line without its line feed is counted once, whatever becomes of it', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const history = historyIn(join(folder, 'history.duckdb'))
  const replay = async () => {
    const pipeline = startTestPipeline(t, { file, history })
    await pipeline.done
    const { counts } = pipeline.boards.read()!
    const { lines, blank, accepted } = counts
    return { lines, blank, accepted, invalid: counts.rejected.invalid_json }
  }
  writeFileSync(file, VISIT + VISIT.slice(0, -1))
  t.strictSame(await replay(), { lines: 2, blank: 0, accepted: 2, invalid: 0 })
  appendFileSync(file, '\n')
  t.strictSame(await replay(), { lines: 2, blank: 0, accepted: 2, invalid: 0 }, 'its line feed comes later')
  appendFileSync(file, VISIT.slice(0, 30))
  t.strictSame(await replay(), { lines: 3, blank: 0, accepted: 2, invalid: 1 }, 'half a line is rejected')
  appendFileSync(file, VISIT.slice(30))
  t.strictSame(
    await replay(),
    { lines: 3, blank: 0, accepted: 3, invalid: 0 },
    'and read again when it is whole'
  )
})

t.test('customers of a day, week and month are estimated, over restarts too', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const history = historyIn(join(folder, 'history.duckdb'))
  const DAY = 86_400
  const start = Date.UTC(2026, 0, 5) / 1000
  writeFileSync(file, '')
  // 200 customers a day, half of them new: 1100 in the ten days of which seven are one week.
  for (let day = 0; day < 10; day++) {
    for (let customer = 0; customer < 200; customer++) {
      const id = day * 100 + customer
      appendFileSync(file, VISIT.replace('1700000000', String(start + day * DAY)).replace('"c"', `"c${id}"`))
    }
    if (day !== 4) continue
    // Stopped in the middle of the week.
    const pipeline = startTestPipeline(t, { file, history })
    await pipeline.done
  }
  const pipeline = startTestPipeline(t, { file, follow: true, history })
  await until(pipeline, ({ counts }) => counts.lines === 2000)
  const near = (found: bigint | undefined, wanted: number, what: string) => {
    t.ok(Math.abs(Number(found) - wanted) <= wanted * 0.07, `${what}: ${found}, ${wanted} in truth`)
  }
  const days = await seriesOf(pipeline, 'customers', 'day')
  for (let day = 0; day < 10; day++) near(days.get(start / DAY + day), 200, `day ${day}`)
  const weeks = await seriesOf(pipeline, 'customers', 'week')
  near(weeks.get(start / DAY), 800, 'the week')
  const months = await seriesOf(pipeline, 'customers', 'month')
  near(months.get(Date.UTC(2026, 0) / 86_400_000), 1100, 'the month')
})
