/**
 * The one hash table of the store: open addressing with linear probing, at most
 * half full (the dictionary's: 5/8, see `reserveItems`), over a dense array of hashes. A slot is 8 bytes:
 *
 *   ┌──────────────────────────┬────────────────────┐
 *   │ upper half of the hash   │ value u32; 0 free  │
 *   └──────────────────────────┴────────────────────┘
 *
 * The value is number + 1, but for the dictionary, where it is a name's address.
 * Since the dense array holds every hash, growing is clearing and inserting
 * anew in place: no second table, no tombstones.
 */

/**
 * The number whose dense hash is `hash`, or -1; hashes stand every `1 << shift`
 * bytes. For tables in which equal hashes mean equal keys.
 */
export function find(index: usize, size: u32, hashes: usize, shift: usize, hash: u64): i32 {
  const mask = size - 1
  const tag = <u32>(hash >> 32)
  let slot = <u32>hash & mask
  while (true) {
    const entry = load<u64>(index + (<usize>slot << 3))
    if (entry == 0) return -1
    if (<u32>(entry >> 32) == tag) {
      const number = <u32>entry - 1
      if (load<u64>(hashes + (<usize>number << shift)) == hash) return <i32>number
    }
    slot = (slot + 1) & mask
  }
}

/** Adds a value, not 0, whose hash is not in the table yet. */
export function insert(index: usize, size: u32, hash: u64, value: u32): void {
  const mask = size - 1
  let slot = <u32>hash & mask
  while (load<u64>(index + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask
  store<u64>(index + (<usize>slot << 3), (hash & 0xffffffff00000000) | <u64>value)
}

/** Makes the table anew with `size` slots (a power of two) from the numbers below `count`. */
export function rebuild(index: usize, size: u32, hashes: usize, shift: usize, count: u32): void {
  memory.fill(index, 0, <usize>size << 3)
  for (let number: u32 = 0; number < count; number++) {
    insert(index, size, load<u64>(hashes + (<usize>number << shift)), number + 1)
  }
}

/** The least power of two, at least `size`, that `count` entries fill by half at most. */
export function sizeFor(size: u32, count: u32): u32 {
  while (size < count << 1) size <<= 1
  return size
}
