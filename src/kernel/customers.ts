/**
 * Active customers: hash of the id → the last minute seen, and a histogram of
 * those minutes, so that the customers active in any trailing window are the
 * sum of a suffix. Customers that left the live window are dropped when room
 * is needed: memory follows the customers of a day. Where that is not enough,
 * those who have not been seen for the longest are dropped, and the minute up to
 * which is noted; so is that of whom there is no room for all the same.
 */
import {
  ACTIVE_DAY,
  CURRENT_MINUTE,
  CUSTOMERS_MOST,
  CUSTOMER_COUNT,
  CUSTOMER_EPOCH,
  CUSTOMER_INDEX_SIZE,
  CUSTOMER_MINUTE,
  EPOCH,
  LOSS_CUSTOMERS
} from './abi'
import { LIVE_MINUTES } from './cells'
import { find, insert, rebuild, sizeFor } from './index'
import { noteLast } from './losses'
import { customerRoom, noteMost } from './pool'
import { customerIndexAt, customersAt, histogramAt } from './regions'

const SHIFT: usize = 4
/** The last minute of a customer who has not been counted yet. */
const NEVER: i32 = i32.MIN_VALUE
/** Number of whom there is no room for. */
const NOBODY: u32 = u32.MAX_VALUE
/** How many customers there may be, since `reserveCustomers`. */
let room: u32 = 0

// @ts-ignore: decorator
@inline
function customer(number: u32): usize {
  return customersAt + (<usize>number << SHIFT)
}

// @ts-ignore: decorator
@inline
function histogram(minute: i32): usize {
  return histogramAt + (<usize>(minute % LIVE_MINUTES) << 2)
}

/** Where a customer is likely to be found, for `numberOf`: what is asked for many together comes from memory together. */
// @ts-ignore: decorator
@inline
export function likelyNumber(hash: u64): u32 {
  return load<u32>(customerIndexAt + (<usize>(<u32>hash & (load<u32>(CUSTOMER_INDEX_SIZE) - 1)) << 3)) - 1
}

/** Counts a customer in a minute of the live window. */
export function seen(hash: u64, minute: i32): void {
  seenIn(findOrAdd(hash), minute)
}

/** A customer's number, which may be `likely`; a new one, seen in no minute so far, for a new customer. */
// @ts-ignore: decorator
@inline
export function numberOf(hash: u64, likely: u32): u32 {
  return likely < load<u32>(CUSTOMER_COUNT) && load<u64>(customer(likely)) == hash ? likely : findOrAdd(hash)
}

function findOrAdd(hash: u64): u32 {
  const size = load<u32>(CUSTOMER_INDEX_SIZE)
  const found = find(customerIndexAt, size, customersAt, SHIFT, hash)
  if (found >= 0) return found
  const number = load<u32>(CUSTOMER_COUNT)
  if (number >= room) return NOBODY
  store<u32>(CUSTOMER_COUNT, number + 1)
  store<u64>(customer(number), hash)
  store<i32>(customer(number), NEVER, CUSTOMER_MINUTE)
  insert(customerIndexAt, size, hash, number + 1)
  return number
}

/** Counts the customer of a number in a minute of the live window. */
// @ts-ignore: decorator
@inline
export function seenIn(number: u32, minute: i32): void {
  if (number == NOBODY) {
    noteLast(LOSS_CUSTOMERS, minute)
    return
  }
  const last = load<i32>(customer(number), CUSTOMER_MINUTE)
  if (last >= minute) return
  if (last > load<i32>(CURRENT_MINUTE) - LIVE_MINUTES) {
    store<u32>(histogram(last), load<u32>(histogram(last)) - 1)
  } else {
    store<u32>(ACTIVE_DAY, load<u32>(ACTIVE_DAY) + 1)
  }
  store<i32>(customer(number), minute, CUSTOMER_MINUTE)
  store<u32>(customer(number), load<u32>(EPOCH), CUSTOMER_EPOCH)
  store<u32>(histogram(minute), load<u32>(histogram(minute)) + 1)
}

/** A minute leaves the live window, and with it whoever was last seen in it. */
export function forget(minute: i32): void {
  store<u32>(ACTIVE_DAY, load<u32>(ACTIVE_DAY) - load<u32>(histogram(minute)))
  store<u32>(histogram(minute), 0)
}

/** Customers seen in the last `minutes` minutes, 1 to 1440. */
export function active(minutes: i32): u32 {
  return minutes == LIVE_MINUTES ? load<u32>(ACTIVE_DAY) : seenUpTo(load<i32>(CURRENT_MINUTE), minutes)
}

/** Customers last seen in the `minutes` minutes up to a live one. */
export function seenUpTo(last: i32, minutes: i32): u32 {
  let sum: u32 = 0
  for (let minute = max(0, last - minutes + 1); minute <= last; minute++) sum += load<u32>(histogram(minute))
  return sum
}

/**
 * Makes room for `more` customers, as far as there is some. Where too many are
 * active, those who have not been seen for the longest are dropped, a quarter of
 * all at a time: shorter windows stay exact.
 */
export function reserveCustomers(more: u32): void {
  const size = load<u32>(CUSTOMER_INDEX_SIZE)
  const count = load<u32>(CUSTOMER_COUNT)
  room = customerRoom()
  const fits = min(count + more, room) << 1 <= size
  if (fits && count + more <= room) return
  // An eighth: to drop a few at each batch would not pay, and a batch seldom has as many new ones.
  const eighth = room >> 3
  const active = load<u32>(ACTIVE_DAY)
  const current = load<i32>(CURRENT_MINUTE)
  const isFull = count + min(more, eighth) > room && count - active < eighth
  const last = isFull ? lastToDrop(room - 2 * eighth) : current - LIVE_MINUTES
  const left = isFull ? seenUpTo(current, current - last) : active
  if (fits && count - left < eighth) return
  noteMost(CUSTOMERS_MOST, count)
  dropUpTo(last, count)
  const wanted = left + more
  // A quarter more than needed, so that dropping pays for many batches before the next time.
  const grown = sizeFor(size, min(room, wanted + (wanted >> 2)))
  store<u32>(CUSTOMER_INDEX_SIZE, grown)
  rebuild(customerIndexAt, grown, customersAt, SHIFT, load<u32>(CUSTOMER_COUNT))
}

/** The minute up to which all have to be dropped so that no more than `most` are left; never the current one. */
function lastToDrop(most: u32): i32 {
  const current = load<i32>(CURRENT_MINUTE)
  let last = current - LIVE_MINUTES
  for (let left = load<u32>(ACTIVE_DAY); left > most && last < current - 1; ) {
    last++
    if (last >= 0) left -= load<u32>(histogram(last))
  }
  return last
}

/** Drops whoever was last seen up to a minute; active ones are told as lost. */
function dropUpTo(last: i32, count: u32): void {
  for (let minute = max(0, load<i32>(CURRENT_MINUTE) - LIVE_MINUTES + 1); minute <= last; minute++) {
    if (load<u32>(histogram(minute)) == 0) continue
    noteLast(LOSS_CUSTOMERS, minute)
    forget(minute)
  }
  let kept: u32 = 0
  for (let number: u32 = 0; number < count; number++) {
    if (load<i32>(customer(number), CUSTOMER_MINUTE) <= last) continue
    store<u64>(customer(kept), load<u64>(customer(number)))
    store<u64>(customer(kept), load<u64>(customer(number), CUSTOMER_MINUTE), CUSTOMER_MINUTE)
    kept++
  }
  store<u32>(CUSTOMER_COUNT, kept)
}
