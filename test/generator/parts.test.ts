import t from 'tap'
import { AliasTable, zipfWeights } from '../../src/generator/alias-table.js'
import { PendingSessions, type Pending } from '../../src/generator/pending.js'
import { createRandom } from '../../src/generator/random.js'
import { createArrivals } from '../../src/generator/rhythm.js'
import { seeded } from '../support/random.js'

t.test('sfc32 gives the numbers of its reference', (t) => {
  const random = createRandom(0)
  const found = Array.from({ length: 4 }, () => random.next() * 2 ** 32)
  t.same(found, referenceSfc32(0n, 4))
  const wide = createRandom(2 ** 40 + 12345)
  t.same(
    Array.from({ length: 4 }, () => wide.next() * 2 ** 32),
    referenceSfc32(2n ** 40n + 12345n, 4)
  )
  t.end()
})

t.test('an alias table draws in proportion to the weights', (t) => {
  const random = createRandom(1)
  for (const weights of [[1], [1, 1], [1, 2, 3, 4], [1000, 1, 1, 1], [...zipfWeights(50)]]) {
    const table = new AliasTable(Float64Array.from(weights))
    const counts = weights.map(() => 0)
    const draws = 100_000
    for (let draw = 0; draw < draws; draw++) {
      const drawn = table.draw(random)
      counts[drawn] = counts[drawn]! + 1
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const errors = weights.map((weight, column) => {
      const expected = (weight / total) * draws
      return Math.abs(counts[column]! - expected) / Math.sqrt(expected + 1)
    })
    t.ok(Math.max(...errors) < 5, `${weights.length} weights, within five standard deviations`)
  }
  t.end()
})

t.test('sessions under way come by time, those of one time by arrival', (t) => {
  const random = seeded(t)
  const integer = (low: number, high: number) => low + random.int(high - low + 1)
  const heap = new PendingSessions()
  let model: Pending[] = []
  const sort = () => model.sort((left, right) => left.nextMs - right.nextMs || left.number - right.number)
  let wrong = 0
  for (let round = 0; round < 5000; round++) {
    const action = integer(0, 2)
    const first = model[0]
    if (action === 0 || first === undefined) {
      const session = { customer: 1, id: 's', steps: [] }
      const added = { session, number: round, scale: 1, step: 0, nextMs: integer(0, 100) }
      heap.add(added)
      model.push(added)
    } else if (action === 1) {
      heap.removeFirst()
      model = model.slice(1)
    } else {
      first.nextMs += integer(0, 50)
      heap.firstMoved()
    }
    sort()
    if (heap.first !== model[0] || heap.size !== model.length) wrong++
  }
  t.equal(wrong, 0)
  new PendingSessions().removeFirst()
  t.end()
})

t.test('arrivals rise over the whole span', (t) => {
  const day = 86_400_000
  for (const [startMs, endMs] of [
    [0, day],
    [123, 124],
    [299_999, 300_001],
    [1_000_000, 1_000_000 + 30 * day]
  ] as const) {
    const arrivalAt = createArrivals(startMs, endMs)
    const times = Array.from({ length: 1000 }, (_, part) => arrivalAt(part / 1000))
    t.equal(times[0], startMs)
    t.ok(times.at(-1)! < endMs && times.at(-1)! >= startMs + (endMs - startMs) * 0.98 - 1)
    t.same(
      times,
      times.toSorted((left, right) => left - right)
    )
  }
  t.end()
})

/** The same generator in big integers, from its definition. */
function referenceSfc32(seed: bigint, count: number): number[] {
  const mask = 0xffffffffn
  let [a, b, c, counter] = [0n, seed & mask, (seed >> 32n) & mask, 1n]
  const numbers: number[] = []
  for (let round = 0; round < 12 + count; round++) {
    const result = (a + b + counter) & mask
    counter = (counter + 1n) & mask
    a = b ^ (b >> 9n)
    b = (c + (c << 3n)) & mask
    c = ((((c << 21n) | (c >> 11n)) & mask) + result) & mask
    numbers.push(Number(result))
  }
  return numbers.slice(12)
}
