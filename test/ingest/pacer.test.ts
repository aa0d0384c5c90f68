import t from 'tap'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { PacedLines } from '../../src/ingest/paced-lines.js'
import { Pacer } from '../../src/ingest/pacer.js'

const PARSER = { minorDigits: 2, mapping: IDENTITY_MAPPING }

t.test('event time is played against real time, from the first event on', (t) => {
  let now = 1000
  const pacer = new Pacer(60, Infinity, () => now)
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
  const paced = new PacedLines(PARSER, 1, Infinity, new Pacer(1, Infinity, () => now))
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

t.test('a silence is played as if it were as long as the longest', (t) => {
  let now = 0
  const pacer = new Pacer(10, 30_000, () => now)
  const start = 1_700_000_000_000
  t.equal(pacer.waitMs(start), 0)
  t.equal(pacer.waitMs(start + 30_000), 3000, 'one that is just as long is played')
  now += 3000
  t.equal(pacer.waitMs(start + 3_600_000), 3000, 'an hour is half a minute')
  t.equal(pacer.waitMs(start + 3_600_000), 3000, 'also when it is asked again')
  t.equal(pacer.waitMs(start + 3_601_000), 3100, 'what comes after it keeps its distance')
  t.equal(pacer.waitMs(start), 0, 'what lies behind begins no silence')
  now += 1_000_000
  t.equal(pacer.waitMs(start + 9_000_000), 0, 'a silence that was longer in real time is over')
  t.equal(pacer.waitMs(start + 9_010_000), 1000, 'and nothing is caught up with')
  t.end()
})

t.test('the played time begins with the first event and goes on in silences, up to the longest', (t) => {
  let now = 500
  const pacer = new Pacer(60, 300_000, () => now)
  const start = 1_700_000_000_000
  t.equal(pacer.playedMs(), null)
  pacer.waitMs(start)
  t.equal(pacer.playedMs(), start)
  now += 1000
  t.equal(pacer.playedMs(), start + 60_000)
  now += 3_600_000
  t.equal(pacer.playedMs(), start + 300_000)
  t.equal(pacer.waitMs(start + 7_200_000), 0)
  t.equal(pacer.playedMs(), start + 7_200_000, 'the rest of the silence is left out')
  now += 100
  t.equal(pacer.playedMs(), start + 7_206_000)
  t.end()
})

t.test('a silence whose end is known already is played from its beginning, too', (t) => {
  let now = 0
  const pacer = new Pacer(60, 300_000, () => now)
  const start = 1_700_000_000_000
  pacer.waitMs(start)
  t.equal(pacer.waitMs(start + 7_200_000), 5000, 'as five minutes')
  t.equal(pacer.playedMs(), start)
  now = 4000
  t.equal(pacer.playedMs(), start + 240_000)
  now = 5000
  t.equal(pacer.playedMs(), start + 7_200_000, 'the rest of it is left out at its end')
  t.equal(pacer.waitMs(start + 7_200_000), 0)
  now = 6000
  t.equal(pacer.playedMs(), start + 7_260_000)
  t.equal(pacer.waitMs(start + 14_400_000), 4000, 'the next one')
  now = 9999
  t.equal(pacer.playedMs(), start + 7_200_000 + 299_940)
  t.end()
})

t.test('what will be rejected as ahead of the machine’s clock is not waited for', (t) => {
  const paced = new PacedLines(PARSER, 1)
  t.equal(paced.wallMs(), 0)
  const seconds = Math.floor(Date.now() / 1000)
  const line = (second: number) => `{"event_type":"page_visit","timestamp":${second}}\n`
  const bytes = Buffer.from(line(seconds - 60) + line(seconds + 86_400))
  t.strictSame([...paced.parts(bytes)], [{ start: 0, end: bytes.length, waitMs: 0 }])
  t.ok(paced.wallMs() <= Date.now())
  t.end()
})

t.test('time goes on from lines that are not waited for', (t) => {
  let now = 0
  const paced = new PacedLines(PARSER, 60, Infinity, new Pacer(60, Infinity, () => now))
  const visit = (second: number) => `{"event_type":"page_visit","timestamp":${1_700_000_000 + second}}\n`
  paced.skip(Buffer.from(`${visit(0)}rubbish\n${visit(600)}${visit(300).trimEnd()}`))
  t.equal(paced.wallMs(), 1_700_000_600_000, 'it is as late as the latest of them')
  t.strictSame(
    [...paced.parts(Buffer.from(visit(660)))],
    [{ start: 0, end: visit(660).length, waitMs: 1000 }]
  )
  now += 500
  t.equal(paced.wallMs(), 1_700_000_630_000)
  t.end()
})

t.test(
  'one event far ahead of its neighbours is played with them, the next one that is too moves time on',
  (t) => {
    let now = 0
    const pacer = new Pacer(10, Infinity, () => now)
    const start = 1_700_000_000_000
    const far = start + 30 * 86_400_000
    t.equal(pacer.waitMs(start), 0)
    t.equal(pacer.waitMs(far), 0, 'alone it waits for nothing')
    t.equal(pacer.waitMs(start + 10_000), 1000, 'the rhythm goes on')
    now += 1000
    t.equal(pacer.playedMs(), start + 10_000, 'and so does what is played')
    pacer.skipTo(far)
    t.equal(pacer.playedMs(), start + 10_000)
    t.equal(pacer.waitMs(far + 1000), (far + 1000 - start - 10_000) / 10, 'two agree')
    t.end()
  }
)
