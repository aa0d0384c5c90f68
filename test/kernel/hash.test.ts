import t from 'tap'
import { ScanBench } from '../support/scan-bench.js'

const M = 0xc6a4a7935bd1e995n
const U64 = (1n << 64n) - 1n
const SEED = Buffer.from('8 bytes.')

/** MurmurHash64A, as it is written down. */
function murmur(bytes: Buffer, seed: bigint): bigint {
  let hash = seed ^ ((BigInt(bytes.length) * M) & U64)
  const whole = bytes.length & ~7
  for (let at = 0; at < whole; at += 8) {
    let word = (bytes.readBigUInt64LE(at) * M) & U64
    word = ((word ^ (word >> 47n)) * M) & U64
    hash = ((hash ^ word) * M) & U64
  }
  if (whole < bytes.length) {
    const rest = Buffer.alloc(8)
    bytes.copy(rest, 0, whole)
    hash = ((hash ^ rest.readBigUInt64LE()) * M) & U64
  }
  hash = ((hash ^ (hash >> 47n)) * M) & U64
  return hash ^ (hash >> 47n)
}

t.test('ids of all lengths are hashed by MurmurHash64A, whatever lies behind them', (t) => {
  const bench = new ScanBench({ seed: SEED })
  const text = Buffer.from('abcdefgh\u00ffsku_0123456789-éèüß-the end of a longer id than most are')
  for (let length = 0; length <= text.length; length++) {
    for (const noise of [0, 0x7a, 0xff]) {
      const found = bench.hash(text.subarray(0, length), noise)
      t.equal(
        BigInt.asUintN(64, found),
        murmur(text.subarray(0, length), SEED.readBigUInt64LE()),
        `${length} bytes`
      )
    }
  }
  t.end()
})
