import t from 'tap'
import { latenciesOf, median, slopeOf } from '../../benchmarks/statistics.js'

t.test('the median is the middle value, or the mean of two', (t) => {
  t.equal(median([10, 1, 9]), 9)
  t.equal(median([4, 1, 2, 10]), 3)
  t.throws(() => median([]), RangeError)
  t.end()
})

t.test('percentiles are values that were measured', (t) => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index)
  t.same(latenciesOf(values), { count: 200, p50Ms: 100, p99Ms: 198, maxMs: 200 })
  t.same(latenciesOf([7]), { count: 1, p50Ms: 7, p99Ms: 7, maxMs: 7 })
  t.same(latenciesOf([]), { count: 0, p50Ms: null, p99Ms: null, maxMs: null })
  t.end()
})

t.test('a slope is not moved by an outlier', (t) => {
  t.equal(
    slopeOf([
      [0, 5],
      [1, 7],
      [2, 9],
      [3, 1000],
      [4, 13]
    ]),
    2
  )
  t.equal(slopeOf([[1, 1]]), 0)
  t.end()
})
