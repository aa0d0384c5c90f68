import { Random } from '../../support/random.js'
import { ShopModel } from '../shop-model.js'

export const EVENTS_PER_COMMIT = 60

/** A shop that is the same every time. */
export function shopOf(seed: number): { model: ShopModel; random: Random } {
  const options = { timeZone: 'UTC', startMs: Date.UTC(2026, 10, 20), items: 40, maxStepMinutes: 60 }
  return { model: new ShopModel(options), random: new Random(seed) }
}
