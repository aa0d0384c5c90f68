/**
 * Counts distinct customers of a day, week or month in 4096 bytes, by a
 * sketch that merges: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007).
 *
 * ```
 * spread hash:  63 ───────── 52 51 ───────────────────────────── 0
 *               register number  rank = leading zeros + 1, 1 to 53
 * ```
 *
 * A register keeps the greatest rank seen; 0 says that nothing was.
 */

const PRECISION = 12

/** Registers of a sketch, one byte each. */
export const REGISTERS = 1 << PRECISION

/** Bits of a hash that its rank is taken from. */
const RANK_BITS = 64 - PRECISION

/** As in the kernel (`src/kernel/sketch.ts`). */
const SPREAD = 0x9e3779b97f4a7c15n

/** Standard deviation of `estimate`, as a share of the true count. */
export const RELATIVE_ERROR = 1.04 / Math.sqrt(REGISTERS)

/** Adds a customer's hash to a sketch. The kernel does the same; this is the reference. */
export function addHash(registers: Uint8Array, hash: bigint): void {
  const spread = BigInt.asUintN(64, (hash ^ (hash >> 32n)) * SPREAD)
  const register = Number(spread >> BigInt(RANK_BITS))
  const rest = BigInt.asUintN(RANK_BITS, spread)
  const rank = RANK_BITS + 1 - (rest === 0n ? 0 : rest.toString(2).length)
  if (rank > (registers[register] ?? 0)) registers[register] = rank
}

/** Adds what one sketch has seen to another: the greater rank of each register counts. */
export function mergeRegisters(into: Uint8Array, from: Uint8Array): void {
  for (let register = 0; register < REGISTERS; register++) {
    const rank = from[register] ?? 0
    if (rank > (into[register] ?? 0)) into[register] = rank
  }
}

/**
 * About how many distinct hashes a sketch has seen; 0 only for none.
 *
 * The improved raw estimator of Otmar Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches" (2017, arXiv:1702.01284), algorithm 6:
 * one formula for all counts, without the bias of the original between its
 * ranges and without tables of corrections.
 */
export function estimate(registers: Uint8Array): number {
  const counts = new Float64Array(RANK_BITS + 2)
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1
  let sum = REGISTERS * tau(1 - (counts[RANK_BITS + 1] ?? 0) / REGISTERS)
  for (let rank = RANK_BITS; rank >= 1; rank--) sum = 0.5 * (sum + (counts[rank] ?? 0))
  sum += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS)
  return REGISTERS ** 2 / (2 * Math.LN2 * sum)
}

/** Correction for registers that have seen nothing: `x + Σ x^(2^k) 2^(k-1)`, infinite for 1. */
function sigma(share: number): number {
  if (share === 1) return Infinity
  let sum = share
  let power = share
  for (let weight = 1; ; weight *= 2) {
    power *= power
    const next = sum + power * weight
    if (next === sum) return sum
    sum = next
  }
}

/** Correction for registers at the greatest rank: `(1 - x - Σ (1 - x^(2^-k))² 2^-k) / 3`. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let sum = 1 - share
  let root = share
  for (let weight = 0.5; ; weight /= 2) {
    root = Math.sqrt(root)
    const next = sum - (1 - root) ** 2 * weight
    if (next === sum) return sum / 3
    sum = next
  }
}
