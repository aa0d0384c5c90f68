import { appendFileSync, copyFileSync, writeFileSync } from 'node:fs'
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

t.test('the same file counts nothing twice, another one has its own offset', async (t) => {
  const folder = temporaryFolder(t)
  const history = historyIn(join(folder, 'history.duckdb'))
  const replay = async (file: string) => {
    const pipeline = startTestPipeline(t, { file, history })
    await pipeline.done
    const { offset, counts } = pipeline.boards.read()!
    return { offset, lines: counts.lines, accepted: counts.accepted }
  }
  const [a, b, copy, head] = ['a', 'b', 'copy', 'head'].map((name) => join(folder, `${name}.jsonl`)) as [
    string,
    string,
    string,
    string
  ]
  writeFileSync(a, VISIT.repeat(300))
  writeFileSync(b, VISIT.replace('"a"', '"b"').repeat(10))
  t.strictSame(await replay(a), { offset: VISIT.length * 300, lines: 300, accepted: 300 })
  t.strictSame(await replay(a), { offset: VISIT.length * 300, lines: 300, accepted: 300 }, 'the same file')
  copyFileSync(a, copy)
  t.strictSame(await replay(copy), { offset: VISIT.length * 300, lines: 300, accepted: 300 }, 'its copy')
  t.strictSame(await replay(b), { offset: VISIT.length * 10, lines: 310, accepted: 310 }, 'another file')
  appendFileSync(a, VISIT)
  t.strictSame(
    await replay(a),
    { offset: VISIT.length * 301, lines: 311, accepted: 311 },
    'the first one, grown'
  )
  writeFileSync(head, `${VISIT.repeat(100)}${VISIT.replace('"a"', '"z"').repeat(250)}`)
  t.strictSame(
    await replay(head),
    { offset: VISIT.length * 350, lines: 661, accepted: 661 },
    'one with the same head'
  )
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

t.test('with the wall clock, events ahead of it wait over a restart', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const ahead = Date.now() + 120_000
  writeFileSync(file, VISIT.replace('1700000000', String(ahead)))
  const history = historyIn(join(folder, 'history.duckdb'))
  for (let run = 0; run < 2; run++) {
    const pipeline = startTestPipeline(t, { file, follow: true, clock: 'wall', history })
    const board = await until(pipeline, ({ offset }) => offset === VISIT.length + 3)
    t.equal(board.counts.accepted, 1)
    t.equal(board.headlines[0]!.sum, 0n, 'its minute has not begun')
    t.equal((await seriesOf(pipeline, 'views', 'day')).size, 0)
    await pipeline.stop()
  }
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
