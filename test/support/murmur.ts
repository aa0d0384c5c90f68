const M = 0xc6a4a7935bd1e995n
const U64 = (1n << 64n) - 1n

/** MurmurHash64A, as it is written down. */
export function murmur(bytes: Buffer, seed: bigint): bigint {
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
