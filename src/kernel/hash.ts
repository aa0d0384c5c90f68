/**
 * MurmurHash64A by Austin Appleby (public domain, aappleby/smhasher), by steps
 * of 8 bytes; little-endian, as WebAssembly is. The seed differs from start to
 * start, so that nobody can prepare ids that collide.
 */
import { hashSeed } from './regions'

const M: u64 = 0xc6a4a7935bd1e995

/** Hash of `length` bytes; up to 7 bytes behind them are read, and do not matter. */
export function hashBytes(at: usize, length: u32): u64 {
  let hash: u64 = hashSeed ^ (<u64>length * M)
  const end = at + (length & ~7)
  while (at < end) {
    let k = load<u64>(at) * M
    k ^= k >> 47
    hash = (hash ^ (k * M)) * M
    at += 8
  }
  const rest = length & 7
  if (rest != 0) hash = (hash ^ (load<u64>(at) & (((<u64>1) << (rest << 3)) - 1))) * M
  return finish(hash)
}

/** A bijection of 64 bits: equal results mean equal keys. */
export function hashKey(key: u64): u64 {
  return finish((key ^ (key >> 32)) * M)
}

// @ts-ignore: decorator
@inline
function finish(hash: u64): u64 {
  hash ^= hash >> 47
  hash *= M
  return hash ^ (hash >> 47)
}
