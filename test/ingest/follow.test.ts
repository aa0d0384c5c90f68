import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { actual, expectedAt, randomStream, until } from '../support/streams.js'

t.test('a served file is followed: whole lines only, in any split into appends', async (t) => {
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  const stream = randomStream(random, 300)
  const bytes = Buffer.from(stream.text)
  const pipeline = startTestPipeline(t, { file, follow: true, chunkBytes: 1024 })
  await pipeline.ready
  t.equal(pipeline.state, 'waiting', 'a file that is not there yet is waited for')
  t.equal(pipeline.boards.read()!.nowMs, null)
  writeFileSync(file, '')
  let written = 0
  while (written < bytes.length) {
    const next = Math.min(bytes.length, written + 1 + random.int(5000))
    appendFileSync(file, bytes.subarray(written, next))
    written = next
    const complete = bytes.subarray(0, written).lastIndexOf(10) + 1
    const board = await until(pipeline, ({ offset }) => offset >= complete)
    t.strictSame(actual(board), expectedAt(stream, complete))
    t.equal(board.offset, complete, 'an incomplete line is held back')
  }
})

t.test('a served file that is truncated or replaced is not taken for an idle one', async (t) => {
  const folder = temporaryFolder(t)
  const visit = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, visit.repeat(3))
  const truncated = startTestPipeline(t, { file, follow: true })
  await until(truncated, ({ offset }) => offset === visit.length * 3)
  truncateSync(file, 10)
  await t.rejects(truncated.done, { code: 'source', message: /was truncated to 10 bytes/ })
  const replaced = startTestPipeline(t, { file: join(folder, 'b.jsonl'), follow: true })
  writeFileSync(join(folder, 'b.jsonl'), visit)
  await until(replaced, ({ offset }) => offset === visit.length)
  writeFileSync(join(folder, 'c.jsonl'), visit)
  renameSync(join(folder, 'c.jsonl'), join(folder, 'b.jsonl'))
  await t.rejects(replaced.done, { code: 'source', message: /was replaced/ })
})

t.test('with the wall clock the windows empty while nothing arrives', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  const now = Date.now()
  writeFileSync(
    file,
    `{"event_type":"page_visit","timestamp":${now - 7_200_000},"item_id":"old"}\n{"event_type":"page_visit","timestamp":${now},"item_id":"new"}\n`
  )
  const pipeline = startTestPipeline(t, { file, follow: true, clock: 'wall' })
  const board = await until(pipeline, ({ offset }) => offset > 0)
  t.strictSame(board.headlines[0]!.rows, [{ itemId: 'new', value: 1n }])
  t.ok(board.nowMs! >= now)
  const later = await until(pipeline, ({ nowMs }) => nowMs! > board.nowMs!)
  t.ok(later.sequence > board.sequence, 'a tick moves the clock without an event')
})
