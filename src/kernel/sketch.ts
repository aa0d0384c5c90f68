/**
 * Unique customers of each local day, by a sketch that can be merged with that
 * of any other time or place: HyperLogLog (Flajolet, Fusy, Gandouet and Meunier
 * 2007) with 4096 registers. A register is chosen by the top 12 bits of a
 * customer's hash, spread, and is the greatest number of leading zeros, plus 1, of
 * the other 52. The estimate is made in `src/history/distinct-count.ts`.
 */
import { CHANGED_SKETCHES, EPOCH, FIRST_SKETCH_DAY, SKETCH_BYTES } from './abi'
import { changedSketchesAt, sketchDays, sketchEpochsAt, sketchesAt } from './regions'

/**
 * Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): 2^64 divided by
 * the golden ratio. Hashes of short ids that differ in a digit or two are told apart,
 * but their top bits are not independent.
 */
const SPREAD: u64 = 0x9e3779b97f4a7c15

/** Adds a customer to a day. */
export function addToSketch(day: i32, customer: u64): void {
  const number = <u32>(day - FIRST_SKETCH_DAY)
  if (number >= sketchDays) return
  const spread = (customer ^ (customer >> 32)) * SPREAD
  const register = sketchesAt + <usize>number * SKETCH_BYTES + <usize>(spread >> 52)
  const rank = <u32>clz((spread << 12) | 0x800) + 1
  if (<u32>load<u8>(register) >= rank) return
  store<u8>(register, <u8>rank)
  const epoch = load<u32>(EPOCH)
  const changed = sketchEpochsAt + (<usize>number << 2)
  if (load<u32>(changed) == epoch) return
  store<u32>(changed, epoch)
  const count = load<u32>(CHANGED_SKETCHES)
  store<i32>(changedSketchesAt + (<usize>count << 2), day)
  store<u32>(CHANGED_SKETCHES, count + 1)
}
