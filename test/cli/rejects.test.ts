import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { RejectsAnswer } from '../../src/query/rejects-shape.js'
import type { Status } from '../../src/query/shapes.js'
import { startServe, type Served } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'
const BAD = 'not an event\n'
const PAIR = VISIT.length + BAD.length

/** Offsets of the bad line of pairs [from, to), the newest first. */
const offsets = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => (to - 1 - index) * PAIR + VISIT.length)

/**
 * Rejected lines when everything has been counted. Where the last run has counted
 * it, the status says so; else it is not asked: that would be a commit.
 */
async function rejectsOf(
  served: Served,
  limit: number,
  bytes: number,
  ofRun: 'this' | 'last' = 'this'
): Promise<RejectsAnswer> {
  for (;;) {
    const isCounted =
      ofRun === 'last' && ((await served.get('/v1/status')) as Status).source.bytes_read === bytes
    const answer = (await served.get(`/v1/rejects?limit=${limit}`)) as RejectsAnswer
    if (isCounted || answer.meta.interval?.end === bytes) return answer
  }
}

const places = ({ data }: RejectsAnswer) => data.map(({ offset }) => offset)

t.test('the last rejected lines are answered, the newest first, and known after a restart', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, (VISIT + BAD).repeat(150))
  const args = [file, '--data-dir', join(folder, 'data'), '--commit-interval', '3600']
  const first = await startServe(t, args)
  const size = 150 * PAIR
  const all = await rejectsOf(first, 100, size)
  t.strictSame(places(all), offsets(50, 150))
  t.strictSame(all.meta.interval, { start: 50 * PAIR + VISIT.length, end: size })
  t.match(all.meta, { rejected: 150, rejected_by_reason: { invalid_json: 150 } })
  t.match(all.data[0], { source: file, reason: 'invalid_json', excerpt: BAD.trimEnd() })
  const few = await rejectsOf(first, 3, size)
  t.strictSame(few.data, all.data.slice(0, 3))
  t.strictSame(few.meta.interval, { start: 147 * PAIR + VISIT.length, end: size })
  t.strictSame(await first.get('/v1/rejects'), await rejectsOf(first, 10, size))
  appendFileSync(file, VISIT)
  const more = await rejectsOf(first, 100, size + VISIT.length)
  t.strictSame(more.data, all.data)
  t.equal(more.meta.interval?.end, size + VISIT.length, 'an event moves the end alone')

  // Nothing has been committed: it is read, and rejected, once more.
  await first.end('SIGKILL')
  const second = await startServe(t, args)
  t.strictSame(await rejectsOf(second, 100, size + VISIT.length), more, 'no line is listed twice')
  t.equal(await second.end(), 0)

  const third = await startServe(t, args)
  const seeded = await rejectsOf(third, 100, size + VISIT.length, 'last')
  t.strictSame(seeded.data, all.data, 'those of an earlier run are in the dead letters')
  t.equal(seeded.meta.interval, null)
  t.equal(seeded.meta.rejected, 150)
  appendFileSync(file, BAD)
  const end = size + VISIT.length + BAD.length
  const last = await rejectsOf(third, 1, end)
  t.strictSame(places(last), [size + VISIT.length])
  t.strictSame(last.meta.interval, { start: size + VISIT.length, end })
  const both = await rejectsOf(third, 2, end, 'last')
  t.strictSame(places(both), [size + VISIT.length, offsets(149, 150)[0]])
  t.equal(both.meta.interval, null, 'lines of two runs')
  t.equal(await third.end(), 0)
})
