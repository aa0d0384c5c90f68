import t from 'tap'
import { murmur } from '../support/murmur.js'
import { ScanBench } from '../support/scan-bench.js'

const SEED = Buffer.from('8 bytes.')

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
