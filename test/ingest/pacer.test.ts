import t from 'tap'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { PacedLines } from '../../src/ingest/paced-lines.js'
import { Pacer } from '../../src/ingest/pacer.js'

t.test('event time is played against real time, from the first event on', (t) => {
  let now = 1000
  const pacer = new Pacer(60, () => now)
  t.equal(pacer.waitMs(1_700_000_000_000), 0)
  t.equal(pacer.waitMs(1_700_000_060_000), 1000)
  now += 400
  t.equal(pacer.waitMs(1_700_000_060_000), 600)
  now += 1000
  t.equal(pacer.waitMs(1_700_000_060_000), 0)
  t.equal(pacer.waitMs(1_600_000_000_000), 0, 'what lies behind is due')
  t.end()
})

t.test('lines that are due come together, each other part after its wait', (t) => {
  let now = 0
  const paced = new PacedLines(1, { minorDigits: 2, mapping: IDENTITY_MAPPING }, new Pacer(1, () => now))
  const visit = (second: number) => `{"event_type":"page_visit","timestamp":${1_700_000_000 + second}}\n`
  const lines = [visit(0), 'rubbish\n', visit(0), visit(2), '\n', visit(5).trimEnd()]
  const bytes = Buffer.from(lines.join(''))
  const ends = lines.map((_, number) => Buffer.byteLength(lines.slice(0, number + 1).join('')))
  const parts = [
    ...(function* () {
      for (const part of paced.parts(bytes)) {
        now += part.waitMs
        yield part
      }
    })()
  ]
  t.strictSame(parts, [
    { start: 0, end: ends[2], waitMs: 0 },
    { start: ends[2], end: ends[4], waitMs: 2000 },
    { start: ends[4], end: ends[5], waitMs: 3000 }
  ])
  t.end()
})
