/**
 * The names that the scanner looks for, as data: keys of fields, values of
 * event types. A name is found by its length, its first and its last 8 bytes;
 * beyond 16 bytes all of it is compared.
 */
import {
  FIELD_COUNT,
  NAME_BYTES,
  NAME_FIRST,
  NAME_LAST,
  NAME_LENGTH,
  NAME_MEANING,
  NAME_TEXT,
  NODE_LENGTHS
} from './abi'
import { namesAt, typesAt } from './regions'

/** The first 8 bytes of a text, or all of a shorter one. */
// @ts-ignore: decorator
@inline
export function firstBytes(at: usize, length: u32): u64 {
  const word = load<u64>(at)
  return length >= 8 ? word : word & ((<u64>1 << (<u64>length << 3)) - 1)
}

/** The last 8 bytes of a text of more than 8. */
// @ts-ignore: decorator
@inline
export function lastBytes(at: usize, length: u32): u64 {
  return length > 8 ? load<u64>(at + length - 8) : 0
}

/** The field that a key names, or -1. */
export function fieldNamed(at: usize, length: u32, first: u64, last: u64): i32 {
  return indexOf(namesAt, FIELD_COUNT, at, length, first, last)
}

/** The event type that a value means, or -1. */
export function typeNamed(at: usize, length: u32): i32 {
  return <i32>meaningOf(typesAt, at, length)
}

/** The meaning of a name among those of a node, or NO_MEANING. */
export function meaningOf(node: usize, at: usize, length: u32): u32 {
  const place = node + (<usize>min(length, <u32>NODE_LENGTHS) << 2)
  const names = <usize>load<u32>(place)
  const count = <i32>((<usize>load<u32>(place, 4) - names) / NAME_BYTES)
  if (count == 0) return NO_MEANING
  const number = indexOf(names, count, at, length, firstBytes(at, length), lastBytes(at, length))
  return number < 0 ? NO_MEANING : load<u32>(names + <usize>number * NAME_BYTES, NAME_MEANING)
}

/** As a number of an event type: -1. */
export const NO_MEANING: u32 = 0xffffffff

function indexOf(names: usize, count: i32, at: usize, length: u32, first: u64, last: u64): i32 {
  for (let number = 0; number < count; number++, names += NAME_BYTES) {
    if (load<u32>(names, NAME_LENGTH) != length) continue
    if (load<u64>(names, NAME_FIRST) != first || load<u64>(names, NAME_LAST) != last) continue
    if (length <= 16 || memory.compare(<usize>load<u32>(names, NAME_TEXT), at, length) == 0) return number
  }
  return -1
}
