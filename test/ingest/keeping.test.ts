import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { HistorySettings } from '../../src/ingest/pipeline.js'
import { historyIn, seriesOf } from '../support/history.js'
import { rankOf, startTestPipeline, temporaryFolder, type TestPipelineOptions } from '../support/pipelines.js'
import { until } from '../support/streams.js'

const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a","customer_id":"c"}\n'

function folderWithHistory(t: Test) {
  const folder = temporaryFolder(t)
  return {
    history: historyIn(join(folder, 'history.duckdb')),
    path: (name: string) => join(folder, name),
    write: (name: string, text: string) => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
  }
}

async function replay(
  t: Test,
  file: string,
  history: HistorySettings | null,
  more: Partial<TestPipelineOptions> = {}
) {
  const pipeline = startTestPipeline(t, { file, history, ...more })
  await pipeline.done
  return pipeline.boards.read()!
}

t.test('the same file counts nothing twice, another one has its own offset', async (t) => {
  const { history, path, write } = folderWithHistory(t)
  const accepted = async (file: string) => (await replay(t, file, history)).counts.accepted
  const a = write('a', VISIT.repeat(300))
  t.equal(await accepted(a), 300)
  t.equal(await accepted(a), 300, 'the same file')
  renameSync(a, path('moved'))
  t.equal(await accepted(path('moved')), 300, 'under another name')
  copyFileSync(path('moved'), a)
  t.equal(await accepted(a), 300, 'a copy under its first name')
  copyFileSync(a, path('copy'))
  t.equal(await accepted(path('copy')), 600, 'a copy under a name of its own is another file')
  appendFileSync(a, VISIT)
  t.equal(await accepted(a), 601, 'it has grown')
  const head = write('head', `${VISIT.repeat(100)}${VISIT.replace('"a"', '"z"').repeat(250)}`)
  t.equal(await accepted(head), 951, 'one that begins alike')
})

t.test('what stood at a name before is known again', async (t) => {
  const { history, write } = folderWithHistory(t)
  const first = VISIT.repeat(10)
  const other = VISIT.replace('"a"', '"b"').repeat(5)
  const counts: number[] = []
  for (const text of [first, other, first, other]) {
    counts.push((await replay(t, write('events', text), history)).counts.accepted)
  }
  t.strictSame(counts, [10, 15, 15, 15])
})

t.test('an older, shorter copy of a file is refused, not counted twice', async (t) => {
  const { history, write } = folderWithHistory(t)
  await replay(t, write('events', VISIT.repeat(300)), history)
  const pipeline = startTestPipeline(t, { file: write('events', VISIT.repeat(200)), history })
  await t.rejects(pipeline.done, { code: 'source', message: /have been counted of a file that begins alike/ })
  const { counts } = await replay(t, write('events', VISIT.repeat(301)), history)
  t.equal(counts.accepted, 301, 'nothing was counted meanwhile')
})

t.test('so is one that is shorter than what is compared', async (t) => {
  const { history, write } = folderWithHistory(t)
  await replay(t, write('events', VISIT.repeat(20)), history)
  const pipeline = startTestPipeline(t, { file: write('events', VISIT), history })
  await t.rejects(pipeline.done, { code: 'source', message: /have been counted of a file that begins alike/ })
})

t.test('one that has not a line yet may be another file', async (t) => {
  const { history, path, write } = folderWithHistory(t)
  await replay(t, write('events', VISIT.repeat(20)), history)
  const other = VISIT.replace('"a"', '"b"')
  const file = write('events', other.slice(0, 60))
  t.equal((await replay(t, file, history)).counts.accepted, 20)
  appendFileSync(path('events'), other.slice(60))
  t.equal((await replay(t, file, history)).counts.accepted, 21)
})

t.test('half a last line is read again, whatever else happens', async (t) => {
  const { history, path, write } = folderWithHistory(t)
  const ahead = VISIT.replace('1700000000', String(Date.now() + 120_000))
  const file = write('events', ahead + VISIT + VISIT.slice(0, 40))
  t.equal((await replay(t, file, history, { clock: 'wall' })).counts.rejected.invalid_json, 1)
  appendFileSync(path('events'), VISIT.slice(40))
  const { lines, accepted, rejected } = (await replay(t, file, history, { clock: 'wall' })).counts
  t.strictSame(
    { lines, accepted, invalid: rejected.invalid_json },
    { lines: 3, accepted: 3, invalid: 0 },
    'an event that waits for its minute is a change of its own'
  )
})

t.test('a last line without its end may go on, also when it was an event', async (t) => {
  for (const rest of ['x\n', '  \n', '\r\n', '\n']) {
    const { history, path, write } = folderWithHistory(t)
    const file = write('events', VISIT + VISIT.trimEnd())
    t.equal((await replay(t, file, history)).counts.accepted, 2, 'it is counted in the answer')
    appendFileSync(path('events'), rest)
    const whole = await replay(t, file, null)
    t.strictSame((await replay(t, file, history)).counts, whole.counts, JSON.stringify(rest))
    t.strictSame((await replay(t, file, history)).counts, whole.counts)
  }
})

t.test('the last line of a stream is committed, whatever it is', async (t) => {
  const { history, path } = folderWithHistory(t)
  execFileSync('mkfifo', [path('fifo')])
  const written = writeFile(path('fifo'), `${VISIT}half`)
  const { counts } = await replay(t, path('fifo'), history)
  await written
  t.strictSame([counts.lines, counts.rejected.invalid_json], [2, 1])
  execFileSync('mkfifo', [path('empty')])
  const ended = writeFile(path('empty'), '')
  t.strictSame((await replay(t, path('empty'), history)).counts, counts, 'it is there after a restart')
  await ended
})

t.test('with the wall clock, events ahead of it wait over a restart', async (t) => {
  const { history, write } = folderWithHistory(t)
  const ahead = Date.now() + 120_000
  const file = write('events', VISIT.replace('1700000000', String(ahead)))
  for (let run = 0; run < 2; run++) {
    const pipeline = startTestPipeline(t, { file, follow: true, clock: 'wall', history })
    const board = await until(pipeline, ({ offset }) => offset === VISIT.length + 3)
    t.equal(board.counts.accepted, 1)
    t.equal(board.headlines[0]!.sum, 0n, 'its minute has not begun')
    t.equal((await seriesOf(pipeline, 'views', 'day')).size, 0)
    await pipeline.stop()
  }
  // The event clock moves on with events alone: this one comes after those that waited.
  appendFileSync(file, VISIT.replace('1700000000', String(ahead + 60_000)))
  const pipeline = startTestPipeline(t, { file, follow: true, history })
  await until(pipeline, ({ counts }) => counts.accepted === 2)
  const days = await seriesOf(pipeline, 'views', 'day')
  t.equal(
    [...days.values()].reduce((sum, views) => sum + views, 0n),
    2n,
    'with the event clock they are counted when it comes to their minute'
  )
})

t.test('whoever asks before the last run has been taken over waits', async (t) => {
  const { history, write } = folderWithHistory(t)
  const lines = Array.from({ length: 20 }, (_, item) => VISIT.replace('"a"', `"item ${item}"`))
  const file = write('events', lines.join(''))
  await replay(t, file, history)
  for (let run = 0; run < 2; run++) {
    const pipeline = startTestPipeline(t, { file, follow: true, history })
    const answer = await rankOf(pipeline, 0, 7)
    t.equal(answer.ranking.items, 20)
    appendFileSync(file, lines.join(''))
    const board = await until(pipeline, ({ counts }) => counts.lines === 20 * (run + 2))
    t.equal(board.items, 20, 'no id is known twice')
    t.equal(board.activeCustomers.day, 1)
    await pipeline.stop()
  }
})

t.test('when the source fails, what was counted of it is kept', async (t) => {
  const { history, path, write } = folderWithHistory(t)
  const file = write('events', VISIT.repeat(1000))
  const pipeline = startTestPipeline(t, { file, follow: true, history })
  await until(pipeline, ({ counts }) => counts.accepted === 1000)
  renameSync(file, path('moved'))
  mkdirSync(file)
  await t.rejects(pipeline.done, { code: 'source', message: /it is a directory/ })
  t.equal((await replay(t, path('moved'), history)).counts.accepted, 1000)
})

t.test('what comes after a rotated file is a source of its own', async (t) => {
  const { history, path, write } = folderWithHistory(t)
  const rotated = write('rotated', VISIT.repeat(2))
  const other = write('other', VISIT.replace('"a"', '"b"').repeat(3))
  for (const file of [rotated, other]) await replay(t, file, history)
  const pipeline = startTestPipeline(t, { file: rotated, follow: true, history })
  await until(pipeline, ({ counts }) => counts.accepted === 5)
  renameSync(rotated, path('rotated.1'))
  write('rotated', VISIT.replace('"a"', '"c"').repeat(4))
  await until(pipeline, ({ counts }) => counts.accepted === 9)
  await pipeline.stop()
  for (const name of ['other', 'rotated', 'rotated.1']) {
    t.equal((await replay(t, path(name), history)).counts.accepted, 9, name)
  }
})

t.test('where clocks go back over midnight live minutes have the days that they fold into', async (t) => {
  const { path, write } = folderWithHistory(t)
  const history = historyIn(path('zoned.duckdb'), { timeZone: 'America/St_Johns' })
  // 2009-11-01 00:01 local time was 2009-10-31 23:01 again.
  const change = Date.UTC(2009, 10, 1, 2, 31) / 1000
  const visits = [-60, -1, 0, 3599, 3600].map((after) => VISIT.replace('1700000000', String(change + after)))
  const file = write('events', visits.join(''))
  const pipeline = startTestPipeline(t, { file, follow: true, history })
  await until(pipeline, ({ counts }) => counts.accepted === visits.length)
  const live = await seriesOf(pipeline, 'views', 'day')
  appendFileSync(file, VISIT.repeat(2))
  await until(pipeline, ({ counts }) => counts.accepted === visits.length + 2)
  const folded = await seriesOf(pipeline, 'views', 'day')
  for (const [day, views] of live) t.equal(folded.get(day), views, `day ${day}`)
  t.strictSame([...live.values()].sort(), [1n, 4n])
})

t.test('lines for the reference parser are counted alike for every chunk size', async (t) => {
  const { write } = folderWithHistory(t)
  const long = (bytes: number) => VISIT.replace('"a"', `"a","x":"${'x'.repeat(bytes)}"`)
  const file = write(
    'events',
    [VISIT, long(2 ** 21), 'nonsense\n', long(2 ** 20 - 90), long(2 ** 20 - 60), VISIT].join('')
  )
  const counts = []
  for (const chunkBytes of [1024, 2 ** 21, 2 ** 24]) {
    const pipeline = startTestPipeline(t, { file, chunkBytes })
    await pipeline.done
    counts.push(pipeline.boards.read()!.counts)
  }
  t.strictSame(counts[1], counts[0])
  t.strictSame(counts[2], counts[0])
})
