/**
 * MurmurHash64A by Austin Appleby (public domain, aappleby/smhasher), by steps
 * of 8 bytes; little-endian, as WebAssembly is. The seed differs from start to
 * start, so that nobody can prepare ids that collide.
 */
import { hashSeed } from './regions'

const M: u64 = 0xc6a4a7935bd1e995

/** Longer than most ids are. */
const SHORT: u32 = 16

/** Hash of `length` bytes; up to 15 bytes behind them are read, and do not matter. */
// @ts-ignore: decorator
@inline
export function hashBytes(at: usize, length: u32): u64 {
  return length < SHORT ? hashShort(at, length) : hashLong(at, length)
}

/** Without a branch: how long the next id is cannot be foreseen, and a wrong guess costs more than all of this. */
// @ts-ignore: decorator
@inline
function hashShort(at: usize, length: u32): u64 {
  const first = load<u64>(at)
  const isWord = length >= 8
  const rest = length & 7
  const last = select<u64>(load<u64>(at, 8), first, isWord) & lowBytes(rest)
  const begun = hashSeed ^ (<u64>length * M)
  const hash = select<u64>(step(begun, first), begun, isWord)
  return finish(select<u64>((hash ^ last) * M, hash, rest != 0))
}

function hashLong(at: usize, length: u32): u64 {
  let hash = hashSeed ^ (<u64>length * M)
  for (const end = at + (length & ~7); at < end; at += 8) hash = step(hash, load<u64>(at))
  const rest = length & 7
  if (rest != 0) hash = (hash ^ (load<u64>(at) & lowBytes(rest))) * M
  return finish(hash)
}

// @ts-ignore: decorator
@inline
function step(hash: u64, word: u64): u64 {
  const k = word * M
  return (hash ^ ((k ^ (k >> 47)) * M)) * M
}

/** A mask of the first `count` bytes of a word, fewer than 8. */
// @ts-ignore: decorator
@inline
function lowBytes(count: u32): u64 {
  return (<u64>1 << (<u64>count << 3)) - 1
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
