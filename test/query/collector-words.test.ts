import t from 'tap'
import { collectorBlurs, collectorWarnings, collectorWords } from '../../src/query/collector-words.js'
import type { FarCollector } from '../../src/query/far-answers.js'

const WALL_MS = Date.UTC(2026, 10, 20, 12)
const NOW_MS = Date.UTC(2026, 10, 20, 10)

const collector = (name: string, more: Partial<FarCollector> = {}): FarCollector => ({
  name,
  commit: 7,
  isWhole: true,
  nowMs: NOW_MS,
  offset: 100,
  seenAtMs: WALL_MS - 1000,
  ...more
})

const told = (...all: FarCollector[]) => collectorWords({ all, nowMs: NOW_MS }, WALL_MS)
const statusOf = (more: Partial<FarCollector>) => told(collector('a', more))[0]?.status

t.test('who is heard of, whole and at the time is current', (t) => {
  t.equal(statusOf({}), 'current')
  t.equal(statusOf({ nowMs: NOW_MS - 300_000 }), 'current', 'five minutes are no lateness')
  t.equal(statusOf({ seenAtMs: WALL_MS - 30_000 }), 'current', 'nor are thirty seconds a silence')
  t.end()
})

t.test('who is behind, or has nothing yet, is late', (t) => {
  t.match(told(collector('a', { nowMs: NOW_MS - 300_001 })), [{ status: 'late', lag_seconds: 300.001 }])
  t.match(told(collector('a', { nowMs: null })), [{ status: 'late', now: null, lag_seconds: null }])
  t.end()
})

t.test('of whom a part has arrived is catching up, and answers are not exact', (t) => {
  const half = collector('b', { isWhole: false })
  t.equal(statusOf({ isWhole: false, nowMs: null }), 'catching_up', 'that is told before lateness')
  t.strictSame(collectorBlurs({ all: [collector('a'), half] }), [
    'of the collector b not all up to its last commit is there'
  ])
  t.strictSame(collectorBlurs({ all: [collector('a')] }), [])
  t.end()
})

t.test('who has not been heard of for half a minute is gone, whatever else', (t) => {
  t.equal(statusOf({ seenAtMs: WALL_MS - 30_001 }), 'gone')
  t.match(told(collector('a', { seenAtMs: 0, isWhole: false })), [{ status: 'gone', heard_at: null }])
  t.end()
})

t.test('each that is not current is warned of in a line', (t) => {
  const all = [
    collector('a'),
    collector('b', { isWhole: false }),
    collector('c', { nowMs: NOW_MS - 600_000 }),
    collector('d', { nowMs: null }),
    collector('e', { seenAtMs: WALL_MS - 60_000 })
  ]
  t.strictSame(collectorWarnings(told(...all)), [
    'the collector b is catching up: not all up to its last commit is there',
    'the collector c is late: its clock is at 2026-11-20T09:50:00.000Z, 600 s behind',
    'the collector d has no events yet',
    'the collector e is gone: it was last heard of at 2026-11-20T11:59:00.000Z; answers have it up to 2026-11-20T10:00:00.000Z'
  ])
  t.end()
})
