import { randomInt } from 'node:crypto'
import type { Test } from 'tap'

/** Random choices that a printed seed makes again (mulberry32, Tommy Ettinger, public domain). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 inclusive to `below` exclusive. */
  int(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.int(times) === 0
  }

  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.int(choices.length)]
    if (chosen === undefined) throw new RangeError('nothing to choose from')
    return chosen
  }
}

/** A new seed, or the one in FOOTFALL_TEST_SEED; printed, so that a failure can be repeated. */
export function seeded(t: Test): Random {
  const seed = Number(process.env['FOOTFALL_TEST_SEED'] ?? randomInt(2 ** 31))
  t.comment(`FOOTFALL_TEST_SEED=${seed}`)
  return new Random(seed)
}
