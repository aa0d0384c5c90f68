import t from 'tap'
import { liveBlurs, type Looked } from '../../src/query/live-blurs.js'
import type { Losses } from '../../src/store/losses.js'

const HOUR = 60
/** Of an hour of the epoch. */
const MERGED_TO = 1000 * HOUR
const NONE: Losses = {
  otherEvents: 0,
  otherSinceMs: 0,
  collapsedTo: null,
  customersTo: null,
  foldedAmounts: 0,
  earlyEvents: 0,
  forgottenItems: 0,
  merged: []
}
const MERGED: Losses = { ...NONE, merged: [{ metric: 'views', to: MERGED_TO }] }
const COLLAPSED: Losses = { ...NONE, collapsedTo: MERGED_TO }
const FULL: Losses = { ...NONE, otherEvents: 1, otherSinceMs: MERGED_TO * 60_000 }

const CASES: readonly (readonly [what: string, losses: Losses, looked: Partial<Looked>, isExact: boolean])[] =
  [
    ['nothing lost', NONE, { byItem: true, byMinute: true }, true],
    ['whole hours that were merged', MERGED, { from: MERGED_TO - 2 * HOUR, to: MERGED_TO - HOUR }, true],
    ['a part of one', MERGED, { from: MERGED_TO - 2 * HOUR, to: MERGED_TO - HOUR - 1 }, false],
    [
      'its single minutes',
      MERGED,
      { from: MERGED_TO - 2 * HOUR, to: MERGED_TO - HOUR, byMinute: true },
      false
    ],
    ['minutes behind it', MERGED, { from: MERGED_TO, byMinute: true }, true],
    ['another metric', MERGED, { from: MERGED_TO - 1, byMinute: true, metrics: ['units'] }, true],
    ['the shop, where items were added up', COLLAPSED, { from: MERGED_TO - 1 }, true],
    ['an item there', COLLAPSED, { from: MERGED_TO - 1, byItem: true }, false],
    ['an item behind it', COLLAPSED, { from: MERGED_TO, byItem: true }, true],
    ['an item, when new ones had room', FULL, { from: MERGED_TO - HOUR, to: MERGED_TO, byItem: true }, true],
    ['an item, when they had none', FULL, { from: MERGED_TO - HOUR, to: MERGED_TO + 1, byItem: true }, false],
    ['events that came early', { ...NONE, earlyEvents: 1 }, {}, false]
  ]

t.test('an answer is exact unless what was lost is a part of it', (t) => {
  for (const [what, losses, looked, isExact] of CASES) {
    const whole: Looked = { metrics: ['views'], from: MERGED_TO, to: MERGED_TO + HOUR, ...looked }
    t.equal(liveBlurs(losses, [whole], '2 GiB').length === 0, isExact, what)
    const harmless: Looked = { metrics: [], from: MERGED_TO + 10 * HOUR, to: MERGED_TO + 11 * HOUR }
    t.equal(liveBlurs(losses, [harmless, whole], '2 GiB').length === 0, isExact, `${what}, the second`)
  }
  t.end()
})
