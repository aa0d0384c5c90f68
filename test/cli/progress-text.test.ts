import t from 'tap'
import { progressText, type Look } from '../../src/cli/progress-text.js'
import { COLOURED, PLAIN } from '../../src/cli/style.js'

const CLOCK_MS = Date.UTC(2026, 10, 20, 10)
const FILE: readonly Look[] = [
  { atMs: 5000, bytes: 40e6, sizeBytes: 200e6, events: 400_000, clockMs: CLOCK_MS - 1000 },
  { atMs: 7000, bytes: 80e6, sizeBytes: 200e6, events: 1_400_000, clockMs: CLOCK_MS }
]
const WIDE = { width: 200, speed: null, style: PLAIN }

t.test('of a file: share, bytes, rate, time left and clock', (t) => {
  t.equal(
    progressText(FILE, WIDE),
    '[######..........]   40 %  80.0 MB of 200.0 MB  500,000 events/s  0:06 left  2026-11-20 10:00:00 UTC'
  )
  t.end()
})

t.test('of a stream there is no share and no time left', (t) => {
  const looks = FILE.map((look) => ({ ...look, sizeBytes: null }))
  t.equal(progressText(looks, WIDE), '80.0 MB  500,000 events/s  2026-11-20 10:00:00 UTC')
  t.end()
})

t.test('at a speed the clock that is played is shown, and no time left', (t) => {
  const text = progressText(FILE, { ...WIDE, speed: 60 })
  t.match(text, '40 %')
  t.match(text, /2026-11-20 10:00:00 UTC at 60x$/)
  t.notMatch(text, /left/)
  t.end()
})

t.test('what is not known yet is not shown', (t) => {
  t.equal(progressText([], WIDE), '')
  const [first] = FILE
  t.equal(
    progressText([{ ...first!, clockMs: null }], WIDE),
    '[###.............]   20 %  40.0 MB of 200.0 MB'
  )
  t.notMatch(progressText([first!, { ...FILE[1]!, atMs: 5500 }], WIDE), /left/, 'after half a second')
  t.notMatch(progressText([first!, { ...first!, atMs: 9000 }], WIDE), /left/, 'where nothing moves')
  t.match(progressText([{ ...first!, sizeBytes: 0, bytes: 0 }], WIDE), '0 B of 0 B')
  t.match(progressText([{ ...first!, bytes: 300e6 }], WIDE), '100 %', 'more than was there at first')
  t.end()
})

t.test('however narrow the terminal is, the line is never longer; what matters least goes first', (t) => {
  const whole = progressText(FILE, WIDE)
  for (let width = 0; width <= whole.length; width++) {
    const text = progressText(FILE, { ...WIDE, width })
    t.ok(text.length <= width, `${width}: ${text}`)
    if (width >= 5) t.match(text, '40 %')
  }
  t.equal(
    progressText(FILE, { ...WIDE, width: whole.length - 1 }).startsWith(' 40 %'),
    true,
    'the bar is first'
  )
  t.equal(progressText(FILE, { ...WIDE, width: 30 }), ' 40 %  500,000 events/s')
  t.end()
})

t.test('colours take no room', (t) => {
  const coloured = progressText(FILE, { ...WIDE, style: COLOURED })
  // eslint-disable-next-line no-control-regex -- they are what is taken away
  t.equal(coloured.replace(/\x1b\[\d+m/g, ''), progressText(FILE, WIDE))
  t.not(coloured, progressText(FILE, WIDE))
  t.end()
})
