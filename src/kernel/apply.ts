/**
 * Records become state, in file order. Lateness, the clock and the guards
 * against timestamps ahead of it are decided here and in `ahead`, nowhere else.
 */
import {
  COUNTER_COUNT,
  COUNT_ACCEPTED,
  COUNT_REJECTED,
  CURRENT_MINUTE,
  COUNT_CONTINUED,
  FLAG_CONTINUED,
  FLAG_FUTURE,
  FULL_CELLS,
  FULL_REVENUE,
  ITEM_COUNT,
  NOW,
  OFFSET,
  PENDING_COUNT,
  READY,
  REASON_FUTURE,
  RECORD_BYTES,
  RECORD_FLAGS,
  RECORD_REVENUE,
  RECORD_TIME,
  REVENUE,
  SLOT_CONTINUED
} from './abi'
import { contradict, decide, hold, holdUndecided, isFarAhead, isHeldWith, moveTo } from './ahead'
import { reserveCells } from './coarsen'
import { MINUTE_MS, countBlock } from './count'
import { addCount } from './counters'
import { reserveCustomers } from './customers'
import { reserveFold } from './fold'
import { reserveItems } from './items'
import { keepsHistory, otherItem, wallClock } from './regions'

/** Metrics that one event can have a part in: `createStore` makes sure of it. */
const METRICS_A_KIND: u32 = 3
/** Money is counted in u64: below this sum of all there was, nothing can overflow. */
const MOST_REVENUE: f64 = 9000000000000000000
const MAX_AHEAD_MS: f64 = 300000
/** Records that are counted together: so many fit into a processor's first cache. */
const BLOCK_BYTES: usize = 256 * RECORD_BYTES

/**
 * Makes sure that `apply` of the `records` records at `at` cannot run out of
 * room, be it by telling coarser what was counted before; READY, or what there
 * is no room for.
 */
export function prepare(at: usize, records: u32): u32 {
  let revenue = load<f64>(REVENUE)
  for (const end = at + <usize>records * RECORD_BYTES; at < end; at += RECORD_BYTES) {
    revenue += <f64>load<u64>(at, RECORD_REVENUE)
  }
  if (revenue > MOST_REVENUE) return FULL_REVENUE
  const events = records + load<u32>(PENDING_COUNT)
  if (!reserveCells(events * METRICS_A_KIND)) return FULL_CELLS
  reserveItems(min(load<u32>(ITEM_COUNT) + records, otherItem))
  reserveCustomers(events)
  if (keepsHistory) reserveFold()
  store<f64>(REVENUE, revenue)
  return READY
}

/**
 * Applies `count` records from `records`, and the counts of lines at `tally`
 * (u64 in the order of COUNT_*). `wallMs` is the machine's clock, `offset` the
 * byte of the source behind the batch. Returns how many lines were rejected as
 * being ahead of the clock; their records carry FLAG_FUTURE.
 */
export function apply(tally: usize, records: usize, count: u32, wallMs: f64, offset: f64): u32 {
  if (wallClock) tick(wallMs)
  const future = applyRecords(records, count, load<u32>(tally, SLOT_CONTINUED), wallMs + MAX_AHEAD_MS)
  for (let counter: usize = 0; counter < <usize>COUNTER_COUNT; counter++) {
    addCount(<u32>counter, load<u64>(tally + (counter << 3)))
  }
  addCount(COUNT_REJECTED + REASON_FUTURE, future)
  store<f64>(OFFSET, offset)
  return future
}

/** Of `count` records `continued` are not the first of their line. */
function applyRecords(at: usize, count: u32, continued: u32, latest: f64): u32 {
  let future: u32 = 0
  let futureContinued: u32 = 0
  const end = at + <usize>count * RECORD_BYTES
  while (at < end) {
    const stop = blockEnd(at, min(end, at + BLOCK_BYTES), latest)
    if (stop > at) {
      contradict()
      countBlock(at, stop)
      at = stop
      continue
    }
    const time = load<f64>(at, RECORD_TIME)
    if (time > latest) {
      const flags = <u32>load<u8>(at, RECORD_FLAGS)
      store<u8>(at, <u8>(flags | FLAG_FUTURE), RECORD_FLAGS)
      if (flags & FLAG_CONTINUED) futureContinued++
      else future++
      at += RECORD_BYTES
      continue
    }
    if (wallClock) {
      hold(at, 0)
      at += RECORD_BYTES
      continue
    }
    if (!isHeldWith(at) && decide(time)) continue
    if (isFarAhead(time)) {
      holdUndecided(at)
      at += RECORD_BYTES
      continue
    }
    // The record begins the next block, in its own minute.
    moveTo(<i32>(time / MINUTE_MS))
  }
  addCount(COUNT_ACCEPTED, count - continued - future)
  addCount(COUNT_CONTINUED, continued - futureContinued)
  return future
}

/** End of the records, from `at` on, that can be counted without the clock's minute moving on; the clock moves within it. */
function blockEnd(at: usize, end: usize, latest: f64): usize {
  const next = <f64>(load<i32>(CURRENT_MINUTE) + 1) * MINUTE_MS
  let now = load<f64>(NOW)
  for (; at < end; at += RECORD_BYTES) {
    const time = load<f64>(at, RECORD_TIME)
    if (time >= next || time > latest) break
    now = max(now, time)
  }
  if (!wallClock) store<f64>(NOW, now)
  return at
}

/** The wall clock moves on to `wallMs`, never back; events that waited for their minute are counted. */
export function tick(wallMs: f64): void {
  if (wallMs <= load<f64>(NOW)) return
  store<f64>(NOW, wallMs)
  const minute = <i32>(wallMs / MINUTE_MS)
  if (minute > load<i32>(CURRENT_MINUTE)) moveTo(minute)
}
