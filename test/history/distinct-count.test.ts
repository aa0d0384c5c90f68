import t from 'tap'
import {
  addHash,
  estimate,
  mergeRegisters,
  REGISTERS,
  RELATIVE_ERROR
} from '../../src/history/distinct-count.js'
import { murmur } from '../support/murmur.js'
import { seeded, type Random } from '../support/random.js'

const MASK = (1n << 64n) - 1n

/** The step of splitmix64 (Sebastiano Vigna, public domain): distinct numbers have distinct hashes. */
function splitmix(value: bigint): bigint {
  let mixed = (value * 0x9e3779b97f4a7c15n) & MASK
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK
  return mixed ^ (mixed >> 31n)
}

/** 2^64 by the golden ratio, and its inverse among 64-bit numbers. */
const GOLDEN = 0x9e3779b97f4a7c15n
const GOLDEN_INVERSE = 0xf1de83e19937733dn

/** The hash that is spread to some bits. */
function hashOf(spread: bigint): bigint {
  const folded = (spread * GOLDEN_INVERSE) & MASK
  return folded ^ (folded >> 32n)
}

/** A sketch of `count` hashes that no other seed has, filled by halves of hashes: a million bigints take long. */
function sketchOf(count: number, random: Random): Uint8Array {
  const registers = new Uint8Array(REGISTERS)
  for (let added = 0; added < count; added++) {
    const high = random.int(2 ** 32)
    const rest = high & 0xfffff
    const rank = rest === 0 ? 21 + Math.clz32(random.int(2 ** 32)) : Math.clz32(rest) - 11
    const register = high >>> 20
    if (rank > registers[register]!) registers[register] = rank
  }
  return registers
}

t.test('register and rank are those that the bits of a spread hash say', (t) => {
  t.equal((GOLDEN * GOLDEN_INVERSE) & MASK, 1n)
  const cases: [bigint, number, number][] = [
    [0n, 0, 53],
    [1n, 0, 52],
    [2n, 0, 51],
    [(1n << 52n) - 1n, 0, 1],
    [1n << 51n, 0, 1],
    [1n << 50n, 0, 2],
    [1n << 52n, 1, 53],
    [MASK, 4095, 1],
    [0xfff0000000000000n, 4095, 53],
    [0xabc0000000000100n, 0xabc, 44]
  ]
  for (const [spread, register, rank] of cases) {
    const registers = new Uint8Array(REGISTERS)
    addHash(registers, hashOf(spread))
    t.equal(registers[register], rank, spread.toString(16))
    t.equal(
      registers.reduce((sum, value) => sum + value, 0),
      rank
    )
  }
  t.end()
})

t.test('a rank is that of a naive reading of the bits', (t) => {
  const random = seeded(t)
  for (let round = 0; round < 2_000; round++) {
    const zeros = random.int(60)
    const spread = splitmix(BigInt(random.int(2 ** 32))) >> BigInt(zeros)
    const bits = spread.toString(2).padStart(64, '0')
    const tail = bits.slice(12)
    const registers = new Uint8Array(REGISTERS)
    addHash(registers, hashOf(spread))
    const first = tail.indexOf('1')
    t.equal(registers[parseInt(bits.slice(0, 12), 2)], first < 0 ? 53 : first + 1)
  }
  t.end()
})

t.test('nothing is counted as 0, and a few almost exactly', (t) => {
  t.equal(estimate(new Uint8Array(REGISTERS)), 0)
  const registers = new Uint8Array(REGISTERS)
  for (let count = 1; count <= 20; count++) {
    addHash(registers, splitmix(BigInt(count)))
    addHash(registers, splitmix(BigInt(count)))
    t.equal(Math.round(estimate(registers)), count)
  }
  t.end()
})

t.test('a handful is off by as many as share a register', (t) => {
  const random = seeded(t)
  for (const count of [0, 1, 10]) {
    for (let round = 0; round < 100; round++) {
      const error = Math.abs(estimate(sketchOf(count, random)) - count)
      t.ok(error < 0.1 || (count === 10 && error < 3.1), `${count}: ${error}`)
    }
  }
  t.end()
})

t.test('full registers are still a number', (t) => {
  t.ok(Number.isFinite(estimate(new Uint8Array(REGISTERS).fill(52))))
  t.ok(estimate(new Uint8Array(REGISTERS).fill(53)) > 2 ** 60)
  t.end()
})

t.test('the error is the one that is stated, without a bias, for every count', (t) => {
  const random = seeded(t)
  for (const count of [100, 1_000, 5_000, 10_000, 20_000, 100_000, 1_000_000]) {
    const sketches = count > 100_000 ? 8 : 32
    let sum = 0
    let squares = 0
    for (let round = 0; round < sketches; round++) {
      const error = estimate(sketchOf(count, random)) / count - 1
      sum += error
      squares += error ** 2
      t.ok(Math.abs(error) < 6 * RELATIVE_ERROR, `${count}: ${error}`)
    }
    t.ok(Math.sqrt(squares / sketches) < 2.2 * RELATIVE_ERROR, `${count}: spread`)
    t.ok(Math.abs(sum / sketches) < (5 * RELATIVE_ERROR) / Math.sqrt(sketches), `${count}: bias`)
  }
  t.end()
})

t.test('it is so for short ids in sequence, too', (t) => {
  const random = seeded(t)
  const sketches = 40
  const count = 5_000
  for (const idOf of [(n: number) => `c${n}`, (n: number) => String(100_000 + n)]) {
    let squares = 0
    for (let round = 0; round < sketches; round++) {
      const seed = splitmix(BigInt(random.int(2 ** 32)))
      const registers = new Uint8Array(REGISTERS)
      for (let n = 0; n < count; n++) addHash(registers, murmur(Buffer.from(idOf(n)), seed))
      squares += (estimate(registers) / count - 1) ** 2
    }
    const spread = Math.sqrt(squares / sketches)
    t.ok(spread < 1.3 * RELATIVE_ERROR, `${idOf(0)}: spread ${spread}`)
  }
  t.end()
})

t.test('a merged sketch is the one that has seen both, in any order and however often', (t) => {
  const parts = [0, 1, 2].map(() => new Uint8Array(REGISTERS))
  const whole = new Uint8Array(REGISTERS)
  for (let value = 0; value < 30_000; value++) {
    const hash = splitmix(BigInt(value))
    addHash(parts[value % 3]!, hash)
    addHash(parts[value % 2]!, hash)
    addHash(whole, hash)
  }
  for (const order of [
    [0, 1, 2],
    [2, 0, 1, 2, 0]
  ]) {
    const merged = new Uint8Array(REGISTERS)
    for (const part of order) mergeRegisters(merged, parts[part]!)
    t.same(merged, whole)
  }
  t.end()
})
