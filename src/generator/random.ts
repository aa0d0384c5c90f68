/** A stream of pseudo-random numbers: the same seed gives the same numbers on every machine. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  readonly next: () => number
  /** A uniform integer in [0, count), count up to 2^32. */
  readonly below: (count: number) => number
  /** True with the given probability. */
  readonly chance: (probability: number) => boolean
}

/** Numbers that PractRand throws away after seeding, so that near seeds give unlike streams. */
const WARM_UP = 12

/**
 * sfc32, with its seeding from 64 bits. Source: Chris Doty-Humphrey,
 * PractRand 0.95, `RNGs::Raw::sfc32`, http://pracrand.sourceforge.net
 *
 * @param seed an integer from 0 to 2^53 - 1
 */
export function createRandom(seed: number): Random {
  let a = 0
  let b = seed | 0
  let c = Math.floor(seed / 2 ** 32) | 0
  let counter = 1
  const next32 = () => {
    const result = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  for (let round = 0; round < WARM_UP; round++) next32()
  const next = () => next32() / 2 ** 32
  return {
    next,
    below: (count) => Math.floor(next() * count),
    chance: (probability) => next() < probability
  }
}
