import * as abi from '../kernel/abi.js'
import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { METRICS } from '../metrics/metrics.js'
import { countsBy, type Counts } from './board.js'
import { readLosses, type Losses } from './losses.js'

/** What the counters of a commit say of its lines. */
export function countsOf(counters: Float64Array): Counts {
  return countsBy((counter) => counters[counter] ?? 0)
}

/** What they say of what the memory budget has cost; an older footfall told nothing of it. */
export function lossesOf(counters: Float64Array): Losses {
  const losses = new Float64Array(abi.LOSS_COUNT)
  if (counters.length > abi.COUNTER_COUNT + 1) losses.set(counters.subarray(abi.COUNTER_COUNT, -1))
  return readLosses(new DataView(losses.buffer), 0)
}

/** How many events of a commit wait for their minute. */
export function waitingIn(pending: Uint8Array): number {
  return pending.length / abi.PENDING_BYTES
}

/** The sums of a minute that has left the live window, by metric. */
export interface LeftMinute {
  readonly minute: number
  readonly sums: readonly bigint[]
}

/** The minutes that what is kept of the day before has; in no order. */
export function leftMinutes(dayBefore: Uint8Array): readonly LeftMinute[] {
  const view = new DataView(dayBefore.buffer, dayBefore.byteOffset, dayBefore.byteLength)
  const bytes = abi.LEFT_SUMS + METRICS.length * 8
  const found: LeftMinute[] = []
  for (let at = LIVE_WINDOW_MINUTES * abi.ENDED_BYTES; at + bytes <= dayBefore.length; at += bytes) {
    const minute = view.getUint32(at, true) - 1
    if (minute < 0) continue
    found.push({
      minute,
      sums: METRICS.map((_, metric) => view.getBigUint64(at + abi.LEFT_SUMS + metric * 8, true))
    })
  }
  return found
}
