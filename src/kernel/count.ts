/**
 * Events are counted: one by one, or as a block of records between which no
 * minute begins. What a block has in the current minute, which is nearly all
 * of most sources, is counted in passes over the block, each of a few
 * instructions a record: so a processor has the cache misses of many records
 * under way at a time, where an event after the other would wait for each.
 */
import {
  COUNT_ANONYMOUS,
  COUNT_LATE,
  COUNT_UNPRICED,
  CURRENT_MINUTE,
  FLAG_CONTINUED,
  FLAG_CUSTOMER,
  FLAG_UNPRICED,
  RECORD_BYTES,
  RECORD_CUSTOMER,
  RECORD_CUSTOMER_NUMBER,
  RECORD_FLAGS,
  RECORD_ITEM_HINT,
  RECORD_KIND,
  RECORD_QUANTITY,
  RECORD_REVENUE,
  RECORD_TIME
} from './abi'
import { LIVE_MINUTES } from './cells'
import { addCount } from './counters'
import { likelyNumber, numberOf, seen, seenIn } from './customers'
import { itemOf } from './items'
import { keepsHistory } from './regions'
import { addToSketch } from './sketch'
import { appendLive, beginBlock, countLate, countLive, endBlock } from './window'
import { dayOf } from './zone'

export const MINUTE_MS: f64 = 60000

/** Counts an event whose minute has begun; false when it is older than the live window. */
export function countEvent(
  minute: i32,
  kind: u32,
  item: u32,
  flags: u32,
  customer: u64,
  quantity: u32,
  revenue: u64
): bool {
  if (keepsHistory && flags & FLAG_CUSTOMER) addToSketch(dayOf(minute), customer)
  if (minute <= load<i32>(CURRENT_MINUTE) - LIVE_MINUTES) {
    countLate(minute, kind, item, quantity, revenue)
    return false
  }
  countLive(minute, kind, item, quantity, revenue)
  if (flags & FLAG_CUSTOMER) seen(customer, minute)
  return true
}

/** Counts the records of [from, to): all of them accepted, none of a minute that has not begun. */
export function countBlock(from: usize, to: usize): void {
  const minute = load<i32>(CURRENT_MINUTE)
  const begun = <f64>minute * MINUTE_MS
  let late: u64 = 0
  let anonymous: u64 = 0
  let unpriced: u64 = 0
  beginBlock(minute)
  for (let at = from; at < to; at += RECORD_BYTES) {
    const flags = <u32>load<u8>(at, RECORD_FLAGS)
    if (!(flags & (FLAG_CUSTOMER | FLAG_CONTINUED))) anonymous++
    if (flags & FLAG_UNPRICED) unpriced++
    if (load<f64>(at, RECORD_TIME) < begun) {
      if (!countOlder(at, flags) && !(flags & FLAG_CONTINUED)) late++
      continue
    }
    const item = itemOf(at)
    appendLive(minute, <u32>load<u8>(at, RECORD_KIND), item, load<u32>(at, RECORD_QUANTITY), load<u64>(at, RECORD_REVENUE))
  }
  endBlock(minute)
  countCustomers(from, to, minute, begun)
  addCount(COUNT_LATE, late)
  addCount(COUNT_ANONYMOUS, anonymous)
  addCount(COUNT_UNPRICED, unpriced)
}

/** Counts a record of a minute before the current one. */
function countOlder(at: usize, flags: u32): bool {
  return countEvent(
    <i32>(load<f64>(at, RECORD_TIME) / MINUTE_MS),
    <u32>load<u8>(at, RECORD_KIND),
    itemOf(at),
    flags,
    load<u64>(at, RECORD_CUSTOMER),
    load<u32>(at, RECORD_QUANTITY),
    load<u64>(at, RECORD_REVENUE)
  )
}

/** Counts the customers of a block's records of the current minute: finds where they are likely to be, then their numbers, then counts. */
function countCustomers(from: usize, to: usize, minute: i32, begun: f64): void {
  const day = keepsHistory ? dayOf(minute) : 0
  for (let at = from; at < to; at += RECORD_BYTES) {
    store<u32>(at, likelyNumber(load<u64>(at, RECORD_CUSTOMER)), RECORD_CUSTOMER_NUMBER)
  }
  for (let at = from; at < to; at += RECORD_BYTES) {
    if (!(load<u8>(at, RECORD_FLAGS) & FLAG_CUSTOMER) || load<f64>(at, RECORD_TIME) < begun) continue
    const hash = load<u64>(at, RECORD_CUSTOMER)
    store<u32>(at, numberOf(hash, load<u32>(at, RECORD_CUSTOMER_NUMBER)), RECORD_CUSTOMER_NUMBER)
    if (keepsHistory) addToSketch(day, hash)
  }
  for (let at = from; at < to; at += RECORD_BYTES) {
    if (!(load<u8>(at, RECORD_FLAGS) & FLAG_CUSTOMER) || load<f64>(at, RECORD_TIME) < begun) continue
    seenIn(load<u32>(at, RECORD_CUSTOMER_NUMBER), minute)
  }
}
