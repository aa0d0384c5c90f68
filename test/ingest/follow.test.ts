import { appendFileSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
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

const visit = (item: string) => `{"event_type":"page_visit","timestamp":1700000000,"item_id":"${item}"}\n`

/** A followed file of three lines, all of them counted, and what is told of it. */
async function followed(t: Test) {
  const file = join(temporaryFolder(t), 'a.jsonl')
  const notices: string[] = []
  writeFileSync(file, visit('a').repeat(3))
  const pipeline = startTestPipeline(t, { file, follow: true, noticed: (notice) => notices.push(notice) })
  await until(pipeline, ({ counts }) => counts.accepted === 3)
  return { file, notices, pipeline }
}

t.test('a rotated file is read to its end, then the new one from its beginning', async (t) => {
  const { file, notices, pipeline } = await followed(t)
  renameSync(file, `${file}.1`)
  appendFileSync(`${file}.1`, visit('b'))
  writeFileSync(file, visit('c').repeat(2))
  appendFileSync(`${file}.1`, visit('b').slice(0, -1))
  const board = await until(pipeline, ({ counts }) => counts.lines === 7)
  t.equal(board.counts.accepted, 7, 'the end of the file has ended its last line')
  t.equal(board.offset, visit('c').length * 2, 'the offset is of the new file')
  t.match(notices, [/was rotated: the new file is read/])
})

t.test('a truncated file is read anew, grown larger than before or not', async (t) => {
  const { file, notices, pipeline } = await followed(t)
  truncateSync(file, 0)
  await until(pipeline, ({ offset }) => offset === 0)
  appendFileSync(file, visit('b'))
  await until(pipeline, ({ counts }) => counts.accepted === 4)
  writeFileSync(file, visit('c'))
  await until(pipeline, ({ counts }) => counts.accepted === 5)
  writeFileSync(file, visit('d').repeat(9))
  await until(pipeline, ({ counts }) => counts.accepted === 14)
  t.match(notices, [
    /was truncated or overwritten/,
    /was truncated or overwritten/,
    /was truncated or overwritten/
  ])
})

t.test('a file behind a symbolic link, and one that was deleted, give way to the next', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'current.jsonl')
  writeFileSync(join(folder, 'one'), visit('a'))
  writeFileSync(join(folder, 'two'), visit('b').repeat(2))
  symlinkSync('one', file)
  const pipeline = startTestPipeline(t, { file, follow: true })
  await until(pipeline, ({ counts }) => counts.accepted === 1)
  symlinkSync('two', join(folder, 'next'))
  renameSync(join(folder, 'next'), file)
  await until(pipeline, ({ counts }) => counts.accepted === 3)
  unlinkSync(file)
  appendFileSync(join(folder, 'two'), visit('b'))
  await until(pipeline, ({ counts }) => counts.accepted === 4)
  t.equal(pipeline.state, 'live', 'without a name it is still followed')
  writeFileSync(file, visit('c'))
  await until(pipeline, ({ counts }) => counts.accepted === 5)
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
