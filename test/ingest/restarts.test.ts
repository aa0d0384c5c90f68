import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseCurrency } from '../../src/base/currency.js'
import { MAX_RESTARTS } from '../../src/base/limits.js'
import { BoardQueries } from '../../src/query/board-queries.js'
import type { Pipeline } from '../../src/ingest/pipeline.js'
import { compareHistory, historyIn, seriesOf } from '../support/history.js'
import { rankOf, startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { poison, poisonedStream } from '../support/poison.js'
import { actual, expectedAt, until } from '../support/streams.js'

const HOW = ['throw', 'trap', 'exit', 'exhaust', 'loop'] as const

t.test('a thread that fails once costs nothing: all is counted again', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const stream = poisonedStream(t, 'accepted')
  writeFileSync(file, stream.text)
  for (const [number, how] of HOW.entries()) {
    for (const at of ['parse', 'apply'] as const) {
      const notices: string[] = []
      const pool = poison(how, at, join(folder, `${how} ${at}`))
      const pipeline = startTestPipeline(t, {
        file,
        workers: 1 + number,
        chunkBytes: 4096,
        threads: { pool },
        batchDeadlineMs: how === 'loop' ? 600 : 60_000,
        ...(how === 'exhaust' ? { faults: { heapMb: 64 } } : {}),
        noticed: (message) => notices.push(message)
      })
      await pipeline.done
      t.strictSame(actual(pipeline.boards.read()!), expectedAt(stream, Infinity), `${how} in ${at}`)
      t.strictSame([pipeline.restarts, pipeline.quarantined, pipeline.degraded], [1, [], null])
      t.match(notices, [/^a worker .* ingest starts again from the beginning$/, /caught up/])
      t.comment(notices[0])
    }
  }
})

t.test('a line at which threads always fail is quarantined, and nothing else is', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const stream = poisonedStream(t, 'quarantined')
  writeFileSync(file, stream.text)
  for (const [number, how] of (['throw', 'exit', 'loop'] as const).entries()) {
    for (const at of ['parse', 'apply'] as const) {
      const deadLetterPath = join(folder, `${how} ${at}.jsonl`)
      const notices: string[] = []
      const pipeline: Pipeline = startTestPipeline(t, {
        file,
        workers: 3 - number,
        chunkBytes: 16384,
        threads: { pool: poison(how, at, null) },
        batchDeadlineMs: how === 'loop' ? 600 : 60_000,
        deadLetterPath,
        noticed: (message) => notices.push(message)
      })
      await pipeline.done
      t.strictSame(actual(pipeline.boards.read()!), expectedAt(stream, Infinity), `${how} in ${at}`)
      t.strictSame([pipeline.restarts, pipeline.quarantined], [2, [stream.poison]])
      t.match(
        notices.join('\n'),
        `bytes ${stream.poison.offset} to ${stream.poison.end} of ${file}: it is quarantined`
      )
      const letters = readFileSync(deadLetterPath, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"quarantined"'))
      t.equal(letters.length, 1)
      const { offset } = stream.poison
      t.match(JSON.parse(letters[0]!), { offset, reason: 'quarantined', excerpt: /^\{.*the poison.*\}$/ })
    }
  }
})

t.test('what can not be read again is not started again', async (t) => {
  const folder = temporaryFolder(t)
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const written = writeFile(fifo, poisonedStream(t, 'accepted', 200).text)
  const pool = poison('throw', 'parse', null)
  const pipeline = startTestPipeline(t, { file: fifo, threads: { pool } })
  await t.rejects(pipeline.done, {
    code: 'ingest',
    message: /poisoned; .* cannot be read again: ingest stops$/
  })
  await t.rejects(rankOf(pipeline, 0, 7), { code: 'ingest' }, 'nor is it said that it will be')
  await written.catch(() => undefined)
})

t.test('while ingest starts again, boards are those of before and nothing else is answered', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const stream = poisonedStream(t, 'quarantined')
  const before = Buffer.from(stream.text).subarray(0, stream.poison.offset)
  writeFileSync(file, before)
  const seen: (() => Promise<void>)[] = []
  const pool = poison('throw', 'apply', null)
  const pipeline: Pipeline = startTestPipeline(t, {
    file,
    follow: true,
    threads: { pool },
    noticed: (message) => {
      if (!message.includes('starts again')) return
      const { boards, degraded } = pipeline
      const board = boards.read()!
      const status = queries.status()
      const rank = rankOf(pipeline, 0, 7).catch((error: unknown) => error)
      seen.push(async () => {
        t.match(degraded, { reason: 'a worker failed: poisoned' })
        t.strictSame(actual(board), expectedAt(stream, board.offset))
        t.ok(board.offset >= before.length, 'nothing of what was answered is taken back')
        t.match(await rank, { code: 'restarting' })
        t.match(await status, { state: 'degraded', degraded: { reason: 'a worker failed: poisoned' } })
      })
    }
  })
  const queries = new BoardQueries(pipeline, parseCurrency('USD')!)
  const first = await until(pipeline, ({ offset }) => offset === before.length)
  appendFileSync(file, Buffer.from(stream.text).subarray(before.length))
  const size = Buffer.byteLength(stream.text)
  const sequences = [first.sequence]
  const offsets = [first.offset]
  const last = await until(pipeline, ({ sequence, offset }) => {
    sequences.push(sequence)
    offsets.push(offset)
    return offset === size
  })
  t.equal(seen.length, 2)
  for (const check of seen) await check()
  t.strictSame(actual(last), expectedAt(stream, Infinity))
  t.strictSame(
    sequences,
    [...sequences].sort((a, b) => a - b),
    'no number of a board is given twice'
  )
  t.strictSame(
    offsets,
    [...offsets].sort((a, b) => a - b),
    'no answer goes back'
  )
  t.match(await queries.status(), {
    state: 'live',
    degraded: null,
    restarts: 2,
    quarantined: [stream.poison]
  })
  t.equal((await rankOf(pipeline, 0, 7)).offset, size)
})

t.test('with a history ingest goes on from the last commit, and the history is the same', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const stream = poisonedStream(t, 'quarantined', 2000)
  const before = Buffer.from(stream.text).subarray(0, stream.poison.offset)
  writeFileSync(file, before)
  const notices: string[] = []
  const pipeline = startTestPipeline(t, {
    file,
    follow: true,
    chunkBytes: 8192,
    history: historyIn(join(folder, 'history.duckdb')),
    threads: { pool: poison('exit', 'apply', null) },
    noticed: (message) => notices.push(message)
  })
  await until(pipeline, ({ offset }) => offset === before.length)
  await seriesOf(pipeline, 'views', 'day')
  appendFileSync(file, Buffer.from(stream.text).subarray(before.length))
  const size = Buffer.byteLength(stream.text)
  const last = await until(pipeline, ({ offset }) => offset === size)
  t.strictSame(actual(last), expectedAt(stream, Infinity))
  await compareHistory(t, pipeline, stream, size)
  t.equal(pipeline.commit?.offset, size)
  t.match(notices[0], 'starts again from the last commit')
  await pipeline.stop()
  const again = startTestPipeline(t, { file, history: historyIn(join(folder, 'history.duckdb')) })
  await again.done
  t.strictSame(actual(again.boards.read()!), expectedAt(stream, Infinity), 'a later run knows it too')
})

t.test('a historian that dies after it has stored a commit counts nothing twice', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const stream = poisonedStream(t, 'accepted', 2000)
  writeFileSync(file, stream.text)
  for (const round of ['one', 'two']) {
    process.env['FOOTFALL_TEST_HISTORIAN'] = join(folder, round)
    const pipeline = startTestPipeline(t, {
      file,
      follow: true,
      history: historyIn(join(folder, `${round}.duckdb`), { commitIntervalMs: 50 }),
      threads: { historian: new URL('./children/dying-historian.js', import.meta.url) }
    })
    await until(pipeline, () => pipeline.restarts === 1 && pipeline.degraded === null)
    const size = Buffer.byteLength(stream.text)
    const last = await until(pipeline, ({ offset }) => offset === size)
    t.strictSame(actual(last), expectedAt(stream, Infinity), round)
    await compareHistory(t, pipeline, stream, size)
    await pipeline.stop()
  }
})

t.test('ingest that fails again and again without getting further stops', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, poisonedStream(t, 'accepted', 20).text)
  const pipeline = startTestPipeline(t, {
    file,
    threads: { reader: new URL('./children/dying-reader.js', import.meta.url) }
  })
  await t.rejects(pipeline.done, {
    code: 'ingest',
    message: /^the reader failed: .* has not helped: ingest stops$/
  })
  t.equal(pipeline.restarts, MAX_RESTARTS)
})
