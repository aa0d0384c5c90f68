import t from 'tap'
import { bucketOf, nextBucket, parseDay } from '../../src/base/civil-date.js'
import { piecesOf } from '../../src/history/pieces.js'
import { seeded } from '../support/random.js'

const NONE = { day: null, week: null, month: null }
const day = (text: string) => parseDay(text)!

t.test('whole months are taken as such, and days where they are not whole', (t) => {
  t.strictSame(piecesOf(day('2026-01-30'), day('2026-04-02'), NONE), [
    { tier: 'day', from: day('2026-01-30'), to: day('2026-02-01') },
    { tier: 'month', from: day('2026-02-01'), to: day('2026-04-01') },
    { tier: 'day', from: day('2026-04-01'), to: day('2026-04-02') }
  ])
  t.strictSame(piecesOf(3, 3, NONE), [])
  t.end()
})

t.test('where days are gone, weeks and months are taken if they are whole', (t) => {
  const floors = { day: day('2026-03-11'), week: day('2026-02-02'), month: null }
  t.strictSame(piecesOf(day('2026-02-16'), day('2026-03-15'), floors), null, 'weeks end before the floor')
  t.strictSame(piecesOf(day('2026-02-16'), day('2026-03-15'), { ...floors, day: day('2026-03-09') }), [
    { tier: 'week', from: day('2026-02-16'), to: day('2026-03-09') },
    { tier: 'day', from: day('2026-03-09'), to: day('2026-03-15') }
  ])
  t.strictSame(piecesOf(day('2026-01-26'), day('2026-02-02'), floors), null, 'this week is gone too')
  t.strictSame(piecesOf(day('2025-12-01'), day('2026-03-01'), floors), [
    { tier: 'month', from: day('2025-12-01'), to: day('2026-03-01') }
  ])
  // A month that begins on a Monday: what fits is found, whichever is tried first.
  const all = { day: day('2030-01-01'), week: null, month: null }
  t.strictSame(piecesOf(day('2024-07-01'), day('2024-08-12'), all), [
    { tier: 'week', from: day('2024-07-01'), to: day('2024-08-12') }
  ])
  t.equal(piecesOf(day('2010-02-01'), day('2023-09-05'), all), null, 'in no time')
  t.end()
})

t.test('pieces are kept, in order and without gaps; and there are some where there can be', (t) => {
  const random = seeded(t)
  for (let round = 0; round < 3000; round++) {
    const from = 20_000 + random.int(200)
    const to = from + 1 + random.int(150)
    const floor = from - 20 + random.int(200)
    const floors = { day: floor, week: bucketOf('week', floor - random.int(60)), month: null }
    const pieces = piecesOf(from, to, floors)
    // From which days the end can be reached, by the plainest way.
    const reaching = new Set([to])
    for (let start = to - 1; start >= from; start--) {
      const ends = [
        start >= floor ? start + 1 : NaN,
        start >= floors.week && bucketOf('week', start) === start ? start + 7 : NaN,
        bucketOf('month', start) === start ? nextBucket('month', start) : NaN
      ]
      if (ends.some((end) => reaching.has(end))) reaching.add(start)
    }
    t.equal(pieces !== null, reaching.has(from), `${from} to ${to}, floor ${floor}`)
    let at = from
    for (const piece of pieces ?? []) {
      t.equal(piece.from, at)
      at = piece.to
      t.ok(piece.from < piece.to && piece.from >= (floors[piece.tier] ?? 0))
      t.equal(bucketOf(piece.tier, piece.from), piece.from)
      t.equal(bucketOf(piece.tier, piece.to), piece.to)
    }
    if (pieces !== null) t.equal(at, to)
  }
  t.end()
})
