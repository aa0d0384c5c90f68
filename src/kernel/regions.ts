/**
 * Where the store's regions are: read once from the header into this thread's
 * own globals, since they never move.
 */
import {
  REGIONS,
  REGION_ANSWER,
  REGION_ARENA_END,
  REGION_BOARDS,
  REGION_BOARD_BYTES,
  REGION_CHUNKS,
  REGION_CHUNKS_END,
  REGION_CUSTOMER_CAPACITY,
  REGION_CUSTOMERS,
  REGION_CUSTOMER_INDEX,
  REGION_KINDS,
  REGION_DAY_BEFORE,
  REGION_FOLD_CAPACITY,
  REGION_FOLD_HASHES,
  REGION_FOLD_INDEX,
  REGION_FOLD_ROWS,
  REGION_HEADLINE_COUNT,
  REGION_HISTOGRAM,
  REGION_ITEM_BEFORE,
  REGION_ITEM_CAPACITY,
  REGION_ITEM_HASHES,
  REGION_ITEM_INDEX,
  REGION_ITEM_MARKS,
  REGION_ITEM_NAMES,
  REGION_FOLD_LAST,
  REGION_ITEM_SUMS,
  REGION_KEEP_MINUTE,
  REGION_LISTS,
  REGION_METRICS,
  REGION_METRIC_COUNT,
  REGION_MINOR_DIGITS,
  REGION_NAMES,
  HASH_SEED,
  REGION_PENDING,
  REGION_PENDING_CAPACITY,
  REGION_RANKING,
  REGION_TOTALS,
  REGION_WALL_CLOCK,
  REGION_ZONE,
  REGION_ZONE_COUNT,
  REGION_KEEPS_HISTORY,
  REGION_CHANGED_MINUTES,
  REGION_SKETCHES,
  REGION_SKETCH_EPOCHS,
  REGION_CHANGED_SKETCHES,
  REGION_SKETCH_DAYS,
  REGION_TYPES,
  REGION_NODES,
  REGION_TIMES,
  FOLD_AMOUNTS
} from './abi'

export let metricsAt: usize = 0
export let boardsAt: usize = 0
export let boardBytes: usize = 0
export let listsAt: usize = 0
export let histogramAt: usize = 0
export let itemIndexAt: usize = 0
export let itemHashesAt: usize = 0
export let itemNamesAt: usize = 0
export let itemMarksAt: usize = 0
export let foldLastAt: usize = 0
export let itemSumsAt: usize = 0
export let itemBeforeAt: usize = 0
export let answerAt: usize = 0
export let dayBeforeAt: usize = 0
export let totalsAt: usize = 0
export let itemCapacity: u32 = 0
/** The last number that there is room for: `(other)`, all items beyond those that are known. */
export let otherItem: u32 = 0
export let arenaEnd: usize = 0
export let customerIndexAt: usize = 0
export let customersAt: usize = 0
export let kindsAt: usize = 0
export let customerCapacity: u32 = 0
export let foldIndexAt: usize = 0
export let foldHashesAt: usize = 0
export let foldRowsAt: usize = 0
export let foldRowBytes: usize = 0
export let foldCapacity: u32 = 0
export let pendingAt: usize = 0
export let pendingCapacity: u32 = 0
export let chunksAt: usize = 0
export let chunksEnd: usize = 0
export let rankingAt: usize = 0
export let metricCount: u32 = 0
export let namesAt: usize = 0
export let typesAt: usize = 0
/** The nodes of a mapping that is not flat, or 0. */
export let nodesAt: usize = 0
export let times: u32 = 0
export let minorDigits: u32 = 0
export let hashSeed: u64 = 0
export let headlineCount: u32 = 0
export let zoneAt: usize = 0
export let zoneCount: u32 = 0
export let keepsHistory: bool = false
export let changedMinutesAt: usize = 0
export let sketchesAt: usize = 0
export let sketchEpochsAt: usize = 0
export let changedSketchesAt: usize = 0
export let sketchDays: u32 = 0
export let wallClock: bool = false
/** Test only: a minute that leaves a headline window is not subtracted from its totals. */
export let keepMinute: bool = false

// @ts-ignore: decorator
@inline
function region(number: i32): u32 {
  return load<u32>(<usize>(REGIONS + (number << 2)))
}

/** Call once in each thread, before anything else. */
export function bind(): void {
  metricsAt = region(REGION_METRICS)
  boardsAt = region(REGION_BOARDS)
  boardBytes = region(REGION_BOARD_BYTES)
  listsAt = region(REGION_LISTS)
  histogramAt = region(REGION_HISTOGRAM)
  itemIndexAt = region(REGION_ITEM_INDEX)
  itemHashesAt = region(REGION_ITEM_HASHES)
  itemNamesAt = region(REGION_ITEM_NAMES)
  itemMarksAt = region(REGION_ITEM_MARKS)
  foldLastAt = region(REGION_FOLD_LAST)
  itemSumsAt = region(REGION_ITEM_SUMS)
  itemBeforeAt = region(REGION_ITEM_BEFORE)
  answerAt = region(REGION_ANSWER)
  dayBeforeAt = region(REGION_DAY_BEFORE)
  totalsAt = region(REGION_TOTALS)
  itemCapacity = region(REGION_ITEM_CAPACITY)
  otherItem = itemCapacity - 1
  arenaEnd = region(REGION_ARENA_END)
  customerIndexAt = region(REGION_CUSTOMER_INDEX)
  customersAt = region(REGION_CUSTOMERS)
  kindsAt = region(REGION_KINDS)
  customerCapacity = region(REGION_CUSTOMER_CAPACITY)
  foldIndexAt = region(REGION_FOLD_INDEX)
  foldHashesAt = region(REGION_FOLD_HASHES)
  foldRowsAt = region(REGION_FOLD_ROWS)
  foldCapacity = region(REGION_FOLD_CAPACITY)
  pendingAt = region(REGION_PENDING)
  pendingCapacity = region(REGION_PENDING_CAPACITY)
  chunksAt = region(REGION_CHUNKS)
  chunksEnd = region(REGION_CHUNKS_END)
  rankingAt = region(REGION_RANKING)
  metricCount = region(REGION_METRIC_COUNT)
  headlineCount = region(REGION_HEADLINE_COUNT)
  wallClock = region(REGION_WALL_CLOCK) != 0
  keepMinute = region(REGION_KEEP_MINUTE) != 0
  zoneAt = region(REGION_ZONE)
  zoneCount = region(REGION_ZONE_COUNT)
  keepsHistory = region(REGION_KEEPS_HISTORY) != 0
  changedMinutesAt = region(REGION_CHANGED_MINUTES)
  sketchesAt = region(REGION_SKETCHES)
  sketchEpochsAt = region(REGION_SKETCH_EPOCHS)
  changedSketchesAt = region(REGION_CHANGED_SKETCHES)
  sketchDays = region(REGION_SKETCH_DAYS)
  typesAt = region(REGION_TYPES)
  nodesAt = region(REGION_NODES)
  times = region(REGION_TIMES)
  namesAt = region(REGION_NAMES)
  minorDigits = region(REGION_MINOR_DIGITS)
  hashSeed = load<u64>(HASH_SEED)
  foldRowBytes = FOLD_AMOUNTS + (metricCount << 3)
}
