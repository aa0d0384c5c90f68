/**
 * The day of a minute in the shop's time zone. The table of offsets is made by
 * `src/base/time-zone.ts`; whichever stretch of it was needed last is kept.
 */
import { zoneAt, zoneCount } from './regions'

const MINUTES_A_DAY: i32 = 1440
const ENTRY_BYTES: usize = 8

let from: i32 = 0
let to: i32 = 0
let offset: i32 = 0

/** Local day of a minute since the epoch: days since 1970-01-01, which can be below 0. */
export function dayOf(minute: i32): i32 {
  if (minute < from || minute >= to) seek(minute)
  const local = minute + offset
  return (local >= 0 ? local : local - MINUTES_A_DAY + 1) / MINUTES_A_DAY
}

function seek(minute: i32): void {
  let low: u32 = 0
  let high = zoneCount
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (load<i32>(entry(middle)) <= minute) low = middle
    else high = middle
  }
  from = low == 0 ? i32.MIN_VALUE : load<i32>(entry(low))
  to = high == zoneCount ? i32.MAX_VALUE : load<i32>(entry(high))
  offset = load<i32>(entry(low), 4)
}

// @ts-ignore: decorator
@inline
function entry(number: u32): usize {
  return zoneAt + <usize>number * ENTRY_BYTES
}
