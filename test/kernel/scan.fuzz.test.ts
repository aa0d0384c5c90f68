import t from 'tap'
import { seeded } from '../support/random.js'
import { ScanFuzz } from '../support/scan-fuzz.js'

const LINES = 100_000

t.test('the scanner says of every line what the reference parser says', (t) => {
  const fuzz = new ScanFuzz(seeded(t).int(2 ** 31))
  while (fuzz.tally.lines < LINES) fuzz.batch()
  const { lines, accepted, rejected, blank, declined } = fuzz.tally
  t.comment(
    `${lines} lines: ${accepted} accepted, ${rejected} rejected, ${blank} blank, ${declined} declined`
  )
  t.equal(accepted + rejected + blank, lines)
  // The comparison is worth something only while there is much of each.
  for (const share of [accepted, rejected, lines - declined]) t.ok(share > lines / 10)
  t.end()
})
