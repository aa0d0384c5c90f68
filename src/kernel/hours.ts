/**
 * Minutes that were merged by the hour. All of a block, which is an hour or what
 * of it is of one local day, lies in the list of its last minute: it leaves
 * windows with that minute, as a whole, and goes to the day of each of its minutes.
 */
import { BLURRED_EARLY, BLURRED_EDGE, CURRENT_MINUTE, LOSS_EARLY_FIRST, LOSS_EARLY_LAST, LOSS_MERGED } from './abi'
import { LIVE_MINUTES, cellCount, listOf } from './cells'
import { loss } from './losses'
import { changedMinutesAt, keepsHistory } from './regions'
import { dayOf } from './zone'

const MINUTES_AN_HOUR: i32 = 60

/** The minute before which a metric's minutes are merged; 0: none is. */
// @ts-ignore: decorator
@inline
export function mergedTo(metric: u32): i32 {
  return <i32>loss(LOSS_MERGED + <i32>metric)
}

/** The minute in whose list a minute's amounts are. */
// @ts-ignore: decorator
@inline
export function placeOf(metric: u32, minute: i32): i32 {
  return minute < mergedTo(metric) ? blockEnd(minute) - 1 : minute
}

/** The minute behind the last one of a minute's block. */
export function blockEnd(minute: i32): i32 {
  const end = minute - (minute % MINUTES_AN_HOUR) + MINUTES_AN_HOUR
  const day = dayOf(minute)
  let to = minute + 1
  while (to < end && dayOf(to) == day) to++
  return to
}

/** What a minute has goes to the next commit. */
export function noteChanged(minute: i32): void {
  if (keepsHistory) store<u8>(changedMinutesAt + <usize>(minute % LIVE_MINUTES), 1)
}

/** What makes a metric's window that begins with the minute `first` inexact: BLURRED_*, 0 for nothing. */
export function blurredFrom(metric: u32, first: i32): u32 {
  let blurred: u32 = 0
  if (first < mergedTo(metric) && isWithinBlock(first) && cellCount(listOf(metric, blockEnd(first) - 1)) > 0) {
    blurred = BLURRED_EDGE
  }
  // Both are one more than the minute.
  const isBegun = loss(LOSS_EARLY_FIRST) != 0 && loss(LOSS_EARLY_FIRST) <= <f64>load<i32>(CURRENT_MINUTE) + 1
  if (isBegun && loss(LOSS_EARLY_LAST) > <f64>first) blurred |= BLURRED_EARLY
  return blurred
}

/** Whether a block has begun before a minute of it. */
function isWithinBlock(minute: i32): bool {
  return minute > 0 && minute % MINUTES_AN_HOUR != 0 && dayOf(minute - 1) == dayOf(minute)
}
