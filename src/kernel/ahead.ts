/**
 * Events of minutes that have not begun wait for their minute.
 *
 * With the wall clock those are the events that are up to 5 minutes ahead of it.
 * With the event clock an event would move the clock on itself; only one that is
 * over a day ahead of it must not do so alone, since a single wrong timestamp
 * would empty all windows. It is held, and the next accepted event decides:
 *
 *            over a day ahead of the clock
 *   ┌──────┐ ─────────────────────────────► ┌───────────┐
 *   │ none │                                │ undecided │
 *   └──────┘ ◄───────────────────────────── └───────────┘
 *     confirmed: the next one is over a day ahead of the clock too, and at most a
 *     day before the one that is held; the clock moves on to the latter.
 *     Contradicted: any other; what was held waits for its minute.
 *
 * Decided in file order, by accepted events alone. Waiting, PENDING_BYTES each:
 *
 *   customer u64 │ revenue u64 │ minute i32 │ item u32 │ quantity u32 │ kind u8 │ flags u8 │ ms of the minute u16
 *
 * The undecided one is the last of them, or the last ones where its line has several
 * items, and has FLAG_UNDECIDED; there is
 * always room for it. Another one that finds no room is counted at once, in its day
 * alone as late ones are.
 */
import {
  COUNT_ANONYMOUS,
  COUNT_LATE,
  COUNT_UNPRICED,
  CURRENT_MINUTE,
  FLAG_CONTINUED,
  FLAG_CUSTOMER,
  FLAG_UNDECIDED,
  FLAG_UNPRICED,
  ITEM_COUNT,
  LOSS_CUSTOMERS,
  LOSS_EARLY,
  LOSS_EARLY_FIRST,
  LOSS_EARLY_LAST,
  NOW,
  OTHER_NUMBER,
  PENDING_BYTES,
  PENDING_COUNT,
  PENDING_FIRST,
  RECORD_CUSTOMER,
  RECORD_FLAGS,
  RECORD_KIND,
  RECORD_QUANTITY,
  RECORD_REVENUE,
  RECORD_TIME,
  UNDECIDED
} from './abi'
import { MINUTE_MS, countEvent } from './count'
import { addCount } from './counters'
import { itemOf } from './items'
import { addLoss, noteFirst, noteLast } from './losses'
import { keepsHistory, otherItem, pendingAt, pendingCapacity, wallClock } from './regions'
import { addToSketch } from './sketch'
import { advance, countLate } from './window'
import { dayOf } from './zone'

const DAY_MS: f64 = 86400000
const MINUTE: usize = 16
const ITEM: usize = 20
const QUANTITY: usize = 24
const KIND: usize = 28
const FLAGS: usize = 29
const MS: usize = 30

/** Whether an event would move the clock on by over a day. */
export function isFarAhead(time: f64): bool {
  return load<i32>(CURRENT_MINUTE) >= 0 && time - load<f64>(NOW) > DAY_MS
}

/** An event of a minute that has not begun waits; `mark` is 0 or FLAG_UNDECIDED. */
export function hold(record: usize, mark: u32): void {
  const count = load<u32>(PENDING_COUNT)
  const at = entry(count)
  const flags = <u32>load<u8>(record, RECORD_FLAGS)
  const item = itemOf(record)
  const time = load<f64>(record, RECORD_TIME)
  const minute = <i32>(time / MINUTE_MS)
  store<u64>(at, load<u64>(record, RECORD_CUSTOMER))
  store<u64>(at, load<u64>(record, RECORD_REVENUE), 8)
  store<i32>(at, minute, MINUTE)
  store<u32>(at, item == otherItem ? OTHER_NUMBER : item, ITEM)
  store<u32>(at, load<u32>(record, RECORD_QUANTITY), QUANTITY)
  store<u8>(at, load<u8>(record, RECORD_KIND), KIND)
  store<u8>(at, <u8>(flags | mark), FLAGS)
  store<u16>(at, <u16>(time - <f64>minute * MINUTE_MS), MS)
  begin(count, minute)
  if (!(flags & (FLAG_CUSTOMER | FLAG_CONTINUED))) addCount(COUNT_ANONYMOUS, 1)
  if (flags & FLAG_UNPRICED) addCount(COUNT_UNPRICED, 1)
  if (mark == 0) limit()
}

/** Of events that wait, the last ones are counted at once where there is no room for them. */
function limit(): void {
  while (load<u32>(PENDING_COUNT) > pendingCapacity) countEarly(load<u32>(PENDING_COUNT) - 1)
}

function countEarly(last: u32): void {
  store<u32>(PENDING_COUNT, last)
  const at = entry(last)
  const minute = load<i32>(at, MINUTE)
  const flags = <u32>load<u8>(at, FLAGS)
  if (flags & FLAG_CUSTOMER) noteLast(LOSS_CUSTOMERS, minute)
  if (keepsHistory && flags & FLAG_CUSTOMER) addToSketch(dayOf(minute), load<u64>(at))
  countLate(minute, <u32>load<u8>(at, KIND), itemAt(at), load<u32>(at, QUANTITY), load<u64>(at, 8))
  if (!(flags & FLAG_CONTINUED)) addCount(COUNT_LATE, 1)
  addLoss(LOSS_EARLY)
  noteFirst(LOSS_EARLY_FIRST, minute)
  noteLast(LOSS_EARLY_LAST, minute)
}

/** An event over a day ahead of the clock waits for the next one to decide on it. */
export function holdUndecided(record: usize): void {
  hold(record, FLAG_UNDECIDED)
  store<f64>(UNDECIDED, load<f64>(record, RECORD_TIME))
}

/** Whether a record is of the line whose first one is held until the next line. */
export function isHeldWith(record: usize): bool {
  return load<f64>(UNDECIDED) != 0 && (load<u8>(record, RECORD_FLAGS) & <u8>FLAG_CONTINUED) != 0
}

/** Decides, by the time of the next accepted event, on one that is held; false when there is none. */
export function decide(time: f64): bool {
  const held = load<f64>(UNDECIDED)
  if (held == 0) return false
  if (isFarAhead(time) && time >= held - DAY_MS) confirm()
  else contradict()
  return true
}

/** The event that is held, if any, is right: the clock moves on to it. */
export function confirm(): void {
  const held = load<f64>(UNDECIDED)
  if (held == 0) return
  store<f64>(UNDECIDED, 0)
  store<f64>(NOW, held)
  moveTo(<i32>(held / MINUTE_MS))
}

/** The event that is held, if any, is out of its time: it waits for it. */
// @ts-ignore: decorator
@inline
export function contradict(): void {
  if (load<f64>(UNDECIDED) == 0) return
  store<f64>(UNDECIDED, 0)
  for (let index = load<u32>(PENDING_COUNT); index > 0; index--) {
    const at = entry(index - 1)
    const flags = load<u8>(at, FLAGS)
    if (!(flags & <u8>FLAG_UNDECIDED)) break
    store<u8>(at, flags & ~(<u8>FLAG_UNDECIDED), FLAGS)
  }
  limit()
}

/** The current minute moves on, and events that waited for it are counted. */
export function moveTo(minute: i32): void {
  // Each when its minute has come: what is noted at the end of a minute has them.
  while (load<u32>(PENDING_COUNT) != 0 && load<i32>(PENDING_FIRST) <= minute) {
    const first = load<i32>(PENDING_FIRST)
    advance(first)
    release(first)
  }
  advance(minute)
}

function release(current: i32): void {
  const count = load<u32>(PENDING_COUNT)
  store<u32>(PENDING_COUNT, 0)
  for (let index: u32 = 0; index < count; index++) {
    const at = entry(index)
    const minute = load<i32>(at, MINUTE)
    if (minute > current) {
      const kept = load<u32>(PENDING_COUNT)
      memory.copy(entry(kept), at, PENDING_BYTES)
      begin(kept, minute)
      continue
    }
    const kind = <u32>load<u8>(at, KIND)
    const flags = <u32>load<u8>(at, FLAGS)
    countEvent(minute, kind, itemAt(at), flags, load<u64>(at), load<u32>(at, QUANTITY), load<u64>(at, 8))
  }
}

/** Takes over `count` events that waited in an earlier run, from where they wait. */
export function restorePending(count: u32): void {
  for (let index: u32 = 0; index < count; index++) {
    const at = entry(index)
    const minute = load<i32>(at, MINUTE)
    begin(index, minute)
    const flags = load<u8>(at, FLAGS)
    if (!(flags & <u8>FLAG_UNDECIDED)) continue
    // The wall clock decides by itself.
    if (wallClock) store<u8>(at, flags & ~(<u8>FLAG_UNDECIDED), FLAGS)
    else store<f64>(UNDECIDED, <f64>minute * MINUTE_MS + <f64>load<u16>(at, MS))
  }
}

/** The item of an event that waits: `(other)` where it is not known, or not any more. */
function itemAt(at: usize): u32 {
  const item = load<u32>(at, ITEM)
  return item < load<u32>(ITEM_COUNT) ? item : otherItem
}

// @ts-ignore: decorator
@inline
function entry(index: u32): usize {
  return pendingAt + <usize>index * PENDING_BYTES
}

/** The event at `index`, the last place, waits from now on. */
function begin(index: u32, minute: i32): void {
  store<u32>(PENDING_COUNT, index + 1)
  if (index == 0 || minute < load<i32>(PENDING_FIRST)) store<i32>(PENDING_FIRST, minute)
}
