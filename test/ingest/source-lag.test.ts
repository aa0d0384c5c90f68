import t from 'tap'
import { SourceLag } from '../../src/ingest/source-lag.js'

t.test('the lag is how long the oldest byte that is missing has been there', (t) => {
  const lag = new SourceLag()
  t.equal(lag.seconds(0, 0), 0, 'nothing is known')
  lag.note(100, 0, 1000)
  t.equal(lag.seconds(0, 3000), 2)
  lag.note(200, 0, 2000)
  t.equal(lag.seconds(99, 3000), 2, 'a byte of the first size is missing')
  t.equal(lag.seconds(100, 3000), 1, 'all of it is there')
  t.equal(lag.seconds(200, 3000), 0)
  lag.note(300, 150, 2900)
  t.equal(lag.seconds(150, 3000), 1)
  t.end()
})

t.test('a source that always grows and is always read a little later has that lag, no more', (t) => {
  const lag = new SourceLag()
  for (let second = 0; second < 5000; second++) {
    lag.note(second * 10, second * 10 - 10, second * 1000)
    if (lag.seconds(second * 10 - 10, second * 1000) > 1) t.fail(`after ${second} s`)
  }
  t.end()
})

t.test('a source that is not read is remembered in bounded memory', (t) => {
  const lag = new SourceLag()
  for (let second = 1; second < 5000; second++) lag.note(second * 10, 0, second * 1000)
  t.equal(lag.seconds(0, 5_000_000), 4999)
  t.end()
})

t.test('another file begins anew, and a stream has no size', (t) => {
  const lag = new SourceLag()
  lag.note(1000, 0, 1000)
  lag.note(10, 0, 5000)
  t.equal(lag.seconds(0, 6000), 1)
  lag.note(null, 0, 7000)
  t.equal(lag.seconds(0, 8000), 0)
  t.end()
})
