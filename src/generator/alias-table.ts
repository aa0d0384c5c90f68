import type { Random } from './random.js'

/**
 * Draws numbers in [0, weights.length) in proportion to their weights, in
 * constant time. Sources: A. J. Walker (1977), built in linear time as by
 * M. D. Vose, "A Linear Algorithm for Generating Random Numbers with a Given
 * Distribution" (1991).
 *
 * A column is a number; it keeps a draw with its `share`, and else passes it
 * on to its `alias`.
 */
export class AliasTable {
  readonly #share: Float64Array
  readonly #alias: Uint32Array

  /** @param weights positive, at least one */
  constructor(weights: Float64Array) {
    const count = weights.length
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / count
    const share = weights.map((weight) => weight / mean)
    const alias = Uint32Array.from({ length: count }, (_, column) => column)
    // Both stacks in one array: columns below the mean from the left, those above it from the right.
    const stacks = new Uint32Array(count)
    let small = 0
    let large = count
    for (let column = 0; column < count; column++) {
      if (at(share, column) < 1) stacks[small++] = column
      else stacks[--large] = column
    }
    while (small > 0 && large < count) {
      const poor = at(stacks, --small)
      const rich = at(stacks, large)
      alias[poor] = rich
      const left = at(share, rich) - (1 - at(share, poor))
      share[rich] = left
      if (left >= 1) continue
      large++
      stacks[small++] = rich
    }
    // What rounding left over is full.
    while (small > 0) share[at(stacks, --small)] = 1
    this.#share = share
    this.#alias = alias
  }

  draw(random: Random): number {
    const column = random.below(this.#share.length)
    return random.next() < at(this.#share, column) ? column : at(this.#alias, column)
  }
}

/**
 * Zipf's law: number k has the weight 1 / (k + 1). Its exponent is 1, so that
 * only divisions are needed, which are exact to the last bit on every machine;
 * `Math.pow` is not.
 */
export function zipfWeights(count: number): Float64Array {
  return new Float64Array(count).map((_, rank) => 1 / (rank + 1))
}

/** Weights 1 / √(k + 1): some come more often than others, none dominates. */
export function mildWeights(count: number): Float64Array {
  return new Float64Array(count).map((_, rank) => 1 / Math.sqrt(rank + 1))
}

/** The caller knows that the index is within the array. */
function at(numbers: Float64Array | Uint32Array, index: number): number {
  return numbers[index] as number
}
