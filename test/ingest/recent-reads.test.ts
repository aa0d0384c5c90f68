import t from 'tap'
import { RecentReads } from '../../src/ingest/recent-reads.js'
import { seeded } from '../support/random.js'

t.test('what lies before each line’s end is kept for some reads', (t) => {
  const random = seeded(t)
  const compared = 50
  const recent = new RecentReads(4, compared)
  let text = ''
  const ends: number[][] = []
  for (let round = 0; round < 500; round++) {
    const isMiddle = random.oneIn(2)
    const read = Array.from({ length: 1 + random.int(80) }, () =>
      !isMiddle && random.oneIn(9) ? '\n' : 'abc'[random.int(3)]
    ).join('')
    const from = text.length
    text += read
    recent.push(Buffer.from(read), text.length)
    const fed = [...read.matchAll(/\n/g)].map(({ index }) => from + index + 1)
    if (fed.length > 0) ends.push(fed)
    for (const end of [...ends.slice(-3).flat(), text.length]) {
      const wanted = text.slice(Math.max(0, end - compared), end)
      const found = recent.before(end, compared).toString()
      if (found !== wanted) t.equal(found, wanted, `before ${end}`)
    }
  }
  t.ok(ends.length > 100)
  t.end()
})
