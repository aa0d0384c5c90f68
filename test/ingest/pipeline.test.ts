import { execFileSync } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { MAX_LINE_BYTES } from '../../src/event/limits.js'
import { HEADLINE_METRICS } from '../../src/metrics/metrics.js'
import type { Board } from '../../src/store/board.js'
import { Oracle, type OracleMetric } from '../support/oracle.js'
import { rankOf, startTestPipeline, temporaryFolder, type TestPipelineOptions } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { actual, boardsOf, expectedAt, randomStream } from '../support/streams.js'

async function boardOf(t: Test, options: TestPipelineOptions): Promise<Board> {
  const pipeline = startTestPipeline(t, options)
  await pipeline.done
  return pipeline.boards.read()!
}

t.test(
  'a random mix of good, bad and out-of-order lines agrees with the oracle, however it is cut and shared out',
  async (t) => {
    const random = seeded(t)
    const file = join(temporaryFolder(t), 'events.jsonl')
    const stream = randomStream(random, 4000)
    writeFileSync(file, stream.text)
    const expected = expectedAt(stream, stream.text.length * 4)
    for (const [workers, chunkBytes] of [
      [1, 1024],
      [2, 1024],
      [4, 4096],
      [2, 65536],
      [4, 1 << 20],
      [1, 4 << 20]
    ] as const) {
      const board = await boardOf(t, { file, workers, chunkBytes })
      t.strictSame(actual(board), expected, `${workers} workers, ${chunkBytes} bytes`)
      t.equal(board.offset, Buffer.byteLength(stream.text))
      const { lines, blank, accepted } = board.counts
      const rejected = Object.values(board.counts.rejected).reduce((sum, count) => sum + count, 0)
      t.equal(lines, blank + accepted + rejected)
    }
  }
)

t.test('every board published on the way is the exact state at its offset', async (t) => {
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  const stream = randomStream(random, 30_000)
  writeFileSync(file, stream.text)
  const pipeline = startTestPipeline(t, { file, workers: 2, chunkBytes: 4096 })
  const boards = await boardsOf(pipeline)
  await pipeline.done
  t.comment(`${boards.length} boards seen`)
  t.ok(boards.length >= 3)
  const picked = boards.filter((_, number) => number % Math.ceil(boards.length / 12) === 0)
  for (const board of [...picked, pipeline.boards.read()!]) {
    t.strictSame(
      actual(board),
      expectedAt(stream, board.offset),
      `board ${board.sequence} at ${board.offset}`
    )
  }
})

t.test('other windows are answered while events pour in, each exact at its own offset', async (t) => {
  const random = seeded(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  const stream = randomStream(random, 20_000)
  writeFileSync(file, stream.text)
  const pipeline = startTestPipeline(t, { file, follow: true, workers: 2, chunkBytes: 4096 })
  const offsets = new Set<number>()
  for (let round = 0; round < 20; round++) {
    const metric = random.pick(HEADLINE_METRICS)
    const minutes = 1 + random.int(1440)
    const { nowMs, offset, ranking } = await rankOf(pipeline, metric.index, minutes)
    offsets.add(offset)
    const oracle = new Oracle()
    for (const { end, event } of stream.outcomes) if (event !== null && end <= offset) oracle.add(event)
    t.equal(nowMs, oracle.accepted === 0 ? null : oracle.now)
    if (oracle.accepted === 0) continue
    const { items, rows } = oracle.rank(metric.name as OracleMetric, minutes)
    const expected = rows.slice(0, 100).map(([itemId, value]) => ({ itemId, value }))
    t.strictSame(
      { items: ranking.items, rows: ranking.rows },
      { items, rows: expected },
      `${metric.name} ${minutes} min at ${offset}`
    )
  }
  t.comment(`${offsets.size} different offsets`)
  t.ok(offsets.size > 1)
})

t.test('the last line counts without a line feed in a replay', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(
    file,
    '\ufeff{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}'
  )
  const board = await boardOf(t, { file })
  t.equal(board.headlines[0]!.rows[0]!.value, 2n)
  t.equal(board.offset, readFileSync(file).length)
})

t.test('empty sources', async (t) => {
  const folder = temporaryFolder(t)
  for (const content of ['', '\ufeff', '\n', '\r\n']) {
    const file = join(folder, `${Buffer.from(content).toString('hex')}.jsonl`)
    writeFileSync(file, content)
    const board = await boardOf(t, { file })
    t.equal(board.nowMs, null)
    t.equal(board.counts.lines, content.endsWith('\n') ? 1 : 0, JSON.stringify(content))
    t.equal(board.offset, Buffer.byteLength(content))
  }
})

t.test('a line of over 1 MiB is rejected once, whatever surrounds it and whatever the chunk', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const visit = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}'
  const padded = (bytes: number) => `${visit.slice(0, -1)},"x":"${'y'.repeat(bytes - visit.length - 7)}"}`
  const lines = [
    visit,
    padded(MAX_LINE_BYTES),
    `${padded(MAX_LINE_BYTES)}\r`,
    padded(MAX_LINE_BYTES + 1),
    visit,
    `${padded(MAX_LINE_BYTES + 1)}\r`,
    '\0'.repeat(3 * MAX_LINE_BYTES),
    visit
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  for (const chunkBytes of [1024, 65536, 4 << 20]) {
    const deadLetterPath = join(folder, `dead-${chunkBytes}.jsonl`)
    const board = await boardOf(t, { file, chunkBytes, deadLetterPath })
    t.equal(board.headlines[0]!.rows[0]!.value, 5n)
    t.match(board.counts, {
      lines: 8,
      blank: 0,
      accepted: 5,
      rejected: { oversized_line: 3, invalid_json: 0 }
    })
    const letters = readFileSync(deadLetterPath, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { offset: number; excerpt: string })
    const offsets = [3, 5, 6].map((line) => Buffer.byteLength(lines.slice(0, line).join('\n')) + 1)
    t.strictSame(
      letters.map(({ offset }) => offset),
      offsets
    )
    t.ok(letters.every(({ excerpt }) => Buffer.byteLength(excerpt) === 256))
  }
})

t.test('a BOM and a CR do not count for the length of a line', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  const visit = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a","x":""}'
  const full = visit.replace('""', `"${'y'.repeat(MAX_LINE_BYTES - visit.length)}"`)
  writeFileSync(file, `\ufeff${full}\r\n${full}\r\n${full}y\r\n`)
  for (const chunkBytes of [1024, MAX_LINE_BYTES + 2, 4 << 20]) {
    const board = await boardOf(t, { file, chunkBytes })
    t.match(board.counts, { lines: 3, accepted: 2, rejected: { oversized_line: 1 } }, `${chunkBytes}`)
  }
})

t.test(
  'who asks for the same window at the same time gets the same answer; too many windows are refused',
  async (t) => {
    const file = join(temporaryFolder(t), 'events.jsonl')
    writeFileSync(file, '')
    const pipeline = startTestPipeline(t, { file, follow: true })
    await pipeline.ready
    t.equal(rankOf(pipeline, 0, 5), rankOf(pipeline, 0, 5))
    const windows = Array.from({ length: 40 }, (_, number) => rankOf(pipeline, 0, number + 1))
    const outcomes = await Promise.allSettled(windows)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    t.ok(refused.length > 0 && refused.length < 40)
    t.ok(refused.every(({ reason }) => (reason as { code: string }).code === 'busy'))
    await rankOf(pipeline, 0, 30)
  }
)

t.test('rejected lines go to the dead-letter file in the order of the source', async (t) => {
  const random = seeded(t)
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const stream = randomStream(random, 3000)
  writeFileSync(file, stream.text)
  const deadLetterPath = join(folder, 'dead-letters.jsonl')
  await boardOf(t, { file, workers: 4, chunkBytes: 2048, deadLetterPath })
  const bytes = Buffer.from(stream.text)
  const expected = stream.outcomes.flatMap(({ end, outcome }, number) => {
    if (outcome === 'accepted' || outcome === 'blank') return []
    const offset = stream.outcomes[number - 1]?.end ?? 0
    return [{ source: file, offset, reason: outcome, excerpt: bytes.toString('utf8', offset, end - 1) }]
  })
  const letters = readFileSync(deadLetterPath, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { detail, ...letter } = JSON.parse(line) as Record<string, unknown>
      t.type(detail, 'string')
      return letter
    })
  t.strictSame(letters, expected)
})

t.test('failures name the place and end the pipeline', async (t) => {
  const folder = temporaryFolder(t)
  const failure = (options: TestPipelineOptions) => startTestPipeline(t, options).done
  await t.rejects(failure({ file: join(folder, 'none') }), {
    code: 'source',
    message: /none: there is no such file/
  })
  mkdirSync(join(folder, 'dir'))
  await t.rejects(failure({ file: join(folder, 'dir') }), {
    code: 'source',
    message: /dir: it is a directory/
  })
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'.repeat(100))
  await t.rejects(failure({ file, deadLetterPath: join(folder, 'no', 'dir') }), {
    code: 'output',
    message: /dead letters/
  })
  // One event's worth under the sum that may not be reached.
  const dear =
    '{"event_type":"purchase","timestamp":1700000000,"item_id":"a","price":10000000,"quantity":100000}\n'
  writeFileSync(file, dear.repeat(90_001))
  const pipeline = startTestPipeline(t, { file })
  await t.rejects(pipeline.done, { code: 'capacity', message: /no room left for revenue/ })
  await t.rejects(rankOf(pipeline, 0, 5), { code: 'capacity' }, 'nobody waits for an answer that cannot come')
})

t.test('the descriptor of a pipe is closed once', async (t) => {
  const fifo = join(temporaryFolder(t), 'fifo')
  execFileSync('mkfifo', [fifo])
  const pipeline = startTestPipeline(t, { file: fifo, follow: true })
  await writeFile(fifo, '')
  while (pipeline.state !== 'ended') await delay(1)
  // One of these has its number now.
  const opened = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'))
  await pipeline.stop()
  for (const descriptor of opened) t.ok(fstatSync(descriptor).isCharacterDevice(), `${descriptor} is open`)
  opened.forEach(closeSync)
})
