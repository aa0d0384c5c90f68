/**
 * The dictionary: item id ↔ dense number. Number 0 is "no item" (a visit of no
 * item counts for the shop, and is never ranked). A name lies in the arena as
 *
 *   number u32 │ length u16 │ bytes
 *
 * and is known by the address of its length. It never changes: other threads
 * may read it once a board or an answer has named its address. The index holds
 * addresses of names, so that a look-up touches a slot and a name, no more.
 */
import {
  ARENA_NEXT,
  ITEM_COUNT,
  ITEM_INDEX_SIZE,
  LOSS_OTHER,
  LOSS_OTHER_SINCE,
  RECORD_ITEM,
  RECORD_ITEM_HASH,
  RECORD_ITEM_HINT,
  RECORD_ITEM_LENGTH,
  RECORD_TIME
} from './abi'
import { insert, sizeFor } from './index'
import { addLoss, loss, setLoss } from './losses'
import { arenaEnd, itemHashesAt, itemIndexAt, itemNamesAt, otherItem } from './regions'

/** Bytes that a name takes in the arena at most: MAX_ID_BYTES and 9. */
const LONGEST_NAME: usize = 256 + 9

/** The number of a record's item, 0 where it has none; a new one for a new name. */
// @ts-ignore: decorator
@inline
export function itemOf(record: usize): u32 {
  const hint = load<u32>(record, RECORD_ITEM_HINT)
  if (hint != 0) return hint
  const length = <u32>load<u16>(record, RECORD_ITEM_LENGTH)
  return length == 0 ? 0 : internNoting(record, length)
}

function internNoting(record: usize, length: u32): u32 {
  const item = intern(load<u32>(record, RECORD_ITEM), length, load<u64>(record, RECORD_ITEM_HASH))
  if (item == otherItem) {
    if (loss(LOSS_OTHER) == 0) setLoss(LOSS_OTHER_SINCE, load<f64>(record, RECORD_TIME))
    addLoss(LOSS_OTHER)
  }
  return item
}

/**
 * The item's number; a new one for a new name, which the index has room for
 * (`prepare`), or `(other)` when no further item can be known. That depends on
 * the items before alone: the number of them and the bytes of their names.
 */
export function intern(name: usize, length: u32, hash: u64): u32 {
  const size = load<u32>(ITEM_INDEX_SIZE)
  const mask = size - 1
  const tag = <u32>(hash >> 32)
  let slot = <u32>hash & mask
  while (true) {
    const entry = load<u64>(itemIndexAt + (<usize>slot << 3))
    if (entry == 0) return hasRoom() ? add(name, length, hash, size) : otherItem
    if (<u32>(entry >> 32) == tag && sameName(<usize>entry, name, length)) return numberOf(<usize>entry)
    slot = (slot + 1) & mask
  }
}

/**
 * Brings to the cache what `hintItem` begins with, in two steps with others
 * between them: the index (returns the address of the name there), then that name.
 */
// @ts-ignore: decorator
@inline
export function fetchItemEntry(hash: u64): u32 {
  return load<u32>(itemIndexAt + (<usize>(<u32>hash & (load<u32>(ITEM_INDEX_SIZE) - 1)) << 3))
}

/** The item's number; 0: there is none. For the turn's holder. */
export function findItem(name: usize, length: u32, hash: u64): u32 {
  const mask = load<u32>(ITEM_INDEX_SIZE) - 1
  const tag = <u32>(hash >> 32)
  let slot = <u32>hash & mask
  while (true) {
    const entry = load<u64>(itemIndexAt + (<usize>slot << 3))
    if (entry == 0) return 0
    if (<u32>(entry >> 32) == tag && sameName(<usize>entry, name, length)) return numberOf(<usize>entry)
    slot = (slot + 1) & mask
  }
}

/** Probes of `hintItem` before it gives up: the table may be rebuilt while it looks. */
const HINT_PROBES: u32 = 16

/**
 * The item's number, or 0 when it was not found; for threads that have not the
 * turn. Another thread may add items or rebuild the index meanwhile: then a
 * hint is missed, but none is wrong, since the address of a name only ever
 * stands for that name, and all of the name is compared.
 */
export function hintItem(name: usize, length: u32, hash: u64): u32 {
  const mask = load<u32>(ITEM_INDEX_SIZE) - 1
  const tag = <u32>(hash >> 32)
  let slot = <u32>hash & mask
  for (let probe: u32 = 0; probe < HINT_PROBES; probe++) {
    const entry = load<u64>(itemIndexAt + (<usize>slot << 3))
    if (entry == 0) return 0
    if (<u32>(entry >> 32) == tag && sameName(<usize>entry, name, length)) return numberOf(<usize>entry)
    slot = (slot + 1) & mask
  }
  return 0
}

/**
 * Makes the index large enough for `count` items: half full, or up to 5/8 where
 * all of its region is in use. That is 1/4 less memory for a few probes more.
 */
export function reserveItems(count: u32): void {
  const size = load<u32>(ITEM_INDEX_SIZE)
  if (count << 1 <= size) return
  const grown = min(sizeFor(size, count), <u32>((itemHashesAt - itemIndexAt) >> 3))
  if (grown > size) rebuildItems(grown)
}

function rebuildItems(size: u32): void {
  store<u32>(ITEM_INDEX_SIZE, size)
  memory.fill(itemIndexAt, 0, <usize>size << 3)
  const count = load<u32>(ITEM_COUNT)
  for (let number: u32 = 1; number < count; number++) {
    insert(itemIndexAt, size, load<u64>(itemHashesAt + (<usize>number << 3)), <u32>nameOf(number))
  }
}

/** Whether one more item can be known, whatever its name. */
export function hasRoom(): bool {
  return load<u32>(ITEM_COUNT) < otherItem && <usize>load<u32>(ARENA_NEXT) + LONGEST_NAME <= arenaEnd
}

function add(name: usize, length: u32, hash: u64, size: u32): u32 {
  const number = load<u32>(ITEM_COUNT)
  const record = <usize>load<u32>(ARENA_NEXT)
  const at = record + 4
  store<u32>(record, number)
  store<u16>(at, <u16>length)
  memory.copy(at + 2, name, length)
  store<u32>(ARENA_NEXT, <u32>((at + 2 + length + 3) & ~3))
  store<u64>(itemHashesAt + (<usize>number << 3), hash)
  store<u32>(itemNamesAt + (<usize>number << 2), <u32>at)
  insert(itemIndexAt, size, hash, <u32>at)
  store<u32>(ITEM_COUNT, number + 1)
  return number
}

// @ts-ignore: decorator
@inline
function numberOf(at: usize): u32 {
  return load<u32>(at - 4)
}

// @ts-ignore: decorator
@inline
function sameName(at: usize, name: usize, length: u32): bool {
  if (<u32>load<u16>(at) != length) return false
  let left = at + 2
  const end = left + (length & ~7)
  for (; left < end; left += 8, name += 8) if (load<u64>(left) != load<u64>(name)) return false
  const rest = length & 7
  // Up to 7 bytes behind both are read, and shifted out.
  return rest == 0 || (load<u64>(left) ^ load<u64>(name)) << ((8 - rest) << 3) == 0
}

// @ts-ignore: decorator
@inline
export function nameOf(number: u32): usize {
  return <usize>load<u32>(itemNamesAt + (<usize>number << 2))
}

/** Whether item `a` stands before item `b` of the same value: by UTF-8 bytes, a prefix first. */
export function nameBefore(a: u32, b: u32): bool {
  const left = nameOf(a)
  const right = nameOf(b)
  const leftLength = <u32>load<u16>(left)
  const rightLength = <u32>load<u16>(right)
  const shared = min(leftLength, rightLength)
  if (shared >= 8) {
    // Eight bytes as one number, the first the greatest; the last eight may be looked at in part twice.
    const last = shared - 8
    for (let i: u32 = 0; ; i = min(i + 8, last)) {
      const x = bswap(load<u64>(left + 2 + i))
      const y = bswap(load<u64>(right + 2 + i))
      if (x != y) return x < y
      if (i == last) return leftLength < rightLength
    }
  }
  for (let i: u32 = 0; i < shared; i++) {
    const x = load<u8>(left + 2 + i)
    const y = load<u8>(right + 2 + i)
    if (x != y) return x < y
  }
  return leftLength < rightLength
}
