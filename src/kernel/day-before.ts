/**
 * What is kept for comparing with the same stretch of the day before. Of each of
 * the last 1440 minutes that ended, how many customers were active then; of each of
 * the 1440 minutes before the live window, the sum of each metric, which late events
 * are added to. Both lie at the minute modulo 1440 and carry their minute:
 *
 *   ended × 1440: minute + 1 │ active in 5 minutes, 1 h, 24 h │ …, then
 *   left × 1440:  minute + 1 │ unused │ sum u64 by metric │ …
 */
import { ACTIVE_DAY, DAY_BEFORE_CHANGED, ENDED_1H, ENDED_24H, ENDED_5M, ENDED_BYTES, LEFT_SUMS } from './abi'
import { LIVE_MINUTES } from './cells'
import { seenUpTo } from './customers'
import { dayBeforeAt, metricCount } from './regions'

/** Notes the active customers of a minute that has ended, the last of the live window. */
export function noteEnded(minute: i32): void {
  const at = dayBeforeAt + <usize>(minute % LIVE_MINUTES) * ENDED_BYTES
  store<u32>(at, minute + 1)
  store<u32>(at, seenUpTo(minute, 5), ENDED_5M)
  store<u32>(at, seenUpTo(minute, 60), ENDED_1H)
  store<u32>(at, load<u32>(ACTIVE_DAY), ENDED_24H)
  store<u32>(DAY_BEFORE_CHANGED, 1)
}

/** Adds to the sum of a minute that has left the live window, by less than another 1440 minutes. */
export function addToLeft(minute: i32, metric: u32, amount: u64): void {
  if (minute < 0) return
  const at = leftAt(minute)
  if (load<u32>(at) != <u32>minute + 1) {
    store<u32>(at, minute + 1)
    memory.fill(at + LEFT_SUMS, 0, <usize>metricCount << 3)
  }
  const sum = at + LEFT_SUMS + (<usize>metric << 3)
  store<u64>(sum, load<u64>(sum) + amount)
  store<u32>(DAY_BEFORE_CHANGED, 1)
}

function leftAt(minute: i32): usize {
  const bytes = <usize>LEFT_SUMS + (<usize>metricCount << 3)
  return dayBeforeAt + <usize>LIVE_MINUTES * ENDED_BYTES + <usize>(minute % LIVE_MINUTES) * bytes
}
