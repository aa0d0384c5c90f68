/**
 * The shapes of the lines so far. Lines of one source come in few shapes: the
 * text between two values (`,"item_id":"`) is one of a few, and which one comes
 * next depends mostly on the one before. Each such text is a transition, and
 * knows those that have followed it, as hidden classes do (Chambers, Ungar and
 * Lee, "An Efficient Implementation of SELF", 1989).
 *
 * The event type is one of three texts itself, and more often than not followed
 * by the same key: then its name is where the next text begins, and is compared
 * with it (`page_visit","timestamp":"`).
 *
 *   transition, 128 bytes:
 *   text 32 │ mask 32 │ length u8 │ field i8 │ string? u8 │ type i8
 *   │ next u8 │ types u8 │ unused 2 │ 12 addresses u32 of what may follow
 *
 * The first transition, ROOT, has no text: it stands for the line's opening
 * brace. When there is room for no more, all are forgotten. Single writer: the
 * worker that has the slot.
 */
import { SLOT_COUNTS_BYTES, TRANSITIONS } from './abi'
import { isQuote } from './text'

const BYTES: usize = 128
const MAX_TEXT: usize = 32
const MASK: usize = 32
const LENGTH: usize = 64
const FIELD: usize = 65
const IS_STRING: usize = 66
const TYPE: usize = 67
const NEXT_COUNT: usize = 68
const TYPES: usize = 69
const NEXT: usize = 72
const MAX_NEXT: u32 = 12
/** Texts that begin with an event type and may follow one transition: three, each with three keys behind it. */
const MAX_TYPES: u32 = 9
/** Instead of their number: there were too many, and are none. */
const TOO_MANY: u32 = 0xff
/** No event type. */
export const NO_TYPE: i32 = -1
/** Number of transitions u32, then the transitions: text and mask in one cache line, as a slot's counts begin one. */
export const ROOT: usize = 256 - SLOT_COUNTS_BYTES

/** Bytes of the text. */
// @ts-ignore: decorator
@inline
export function textLength(transition: usize): usize {
  return <usize>load<u8>(transition, LENGTH)
}

/** The field whose value follows the text, or -1. */
// @ts-ignore: decorator
@inline
export function fieldOf(transition: usize): i32 {
  return <i32>load<i8>(transition, FIELD)
}

/** The event type whose name the text begins with, or NO_TYPE. */
// @ts-ignore: decorator
@inline
export function typeOf(transition: usize): i32 {
  return <i32>load<i8>(transition, TYPE)
}

/** Whether texts that begin with an event type have followed. */
// @ts-ignore: decorator
@inline
export function hasTypes(transition: usize): bool {
  // Neither none, nor TOO_MANY.
  return <u32>load<u8>(transition, TYPES) - 1 < MAX_TYPES
}

/** Whether the value is a string; its opening quote is part of the text. */
// @ts-ignore: decorator
@inline
export function isString(transition: usize): bool {
  return load<u8>(transition, IS_STRING) != 0
}

/** Which of the transitions that have followed `transition` is at `at`, among those with a type or without; 0 for none. */
// @ts-ignore: decorator
@inline
export function follow(transition: usize, at: usize, hasType: bool): usize {
  const first = v128.load(at)
  const second = v128.load(at, 16)
  let place = transition + NEXT
  for (const end = place + ((<usize>load<u8>(transition, NEXT_COUNT)) << 2); place < end; place += 4) {
    const next = <usize>load<u32>(place)
    const different = v128.or(
      v128.and(v128.xor(first, v128.load(next)), v128.load(next, MASK)),
      v128.and(v128.xor(second, v128.load(next, 16)), v128.load(next, MASK + 16))
    )
    if (!v128.any_true(different) && typeOf(next) != NO_TYPE == hasType) {
      if (isString(next) || !isQuote(at + textLength(next))) return next
    }
  }
  return 0
}

/** Whether the text from the name of an event type at `type` to the value at `value` can be learned to follow. */
export function canFollow(transition: usize, type: usize, value: usize, valueIsString: bool): bool {
  if (<u32>load<u8>(transition, TYPES) == TOO_MANY) return false
  return value - type + <usize>valueIsString <= MAX_TEXT && isPlain(type, value)
}

/**
 * Learns that `transition` is followed by the text from `from` to the value at
 * `value`, which begins with the name of `type` unless that is NO_TYPE; returns
 * the transition for that, or 0 when there was no room for it, or the text is
 * not one to be remembered.
 */
export function learn(
  shapes: usize,
  transition: usize,
  from: usize,
  value: usize,
  valueIsString: bool,
  field: i32,
  type: i32
): usize {
  const length = value - from + <usize>valueIsString
  if (length > MAX_TEXT || !isPlain(from, value)) return 0
  const count = load<u32>(shapes)
  const end = shapes + ROOT + BYTES * (<usize>count + 1)
  let next = shapes + ROOT + BYTES
  while (next < end && !isText(next, from, length, type)) next += BYTES
  if (next == end) {
    if (count == <u32>TRANSITIONS) {
      forget(shapes)
      return 0
    }
    store<u32>(shapes, count + 1)
    memory.fill(next, 0, BYTES)
    memory.copy(next, from, length)
    memory.fill(next + MASK, 0xff, length)
    store<u8>(next, <u8>length, LENGTH)
    store<i8>(next, <i8>field, FIELD)
    store<u8>(next, valueIsString ? 1 : 0, IS_STRING)
    store<i8>(next, <i8>type, TYPE)
  }
  return addNext(transition, next) ? next : 0
}

function isText(transition: usize, from: usize, length: usize, type: i32): bool {
  return textLength(transition) == length && typeOf(transition) == type && memory.compare(transition, from, length) == 0
}

/** Forgets everything: the lines that come now say what is worth knowing. */
function forget(shapes: usize): void {
  store<u32>(shapes, 0)
  store<u16>(shapes + ROOT, 0, NEXT_COUNT)
}

/**
 * Adds what may follow; false when nothing with a type may. Where too many texts
 * with types follow, as with keys in any order, comparing with all of them does
 * not pay: from then on only those without.
 */
function addNext(transition: usize, next: usize): bool {
  const count = <u32>load<u8>(transition, NEXT_COUNT)
  const end = transition + NEXT + (<usize>count << 2)
  for (let place = transition + NEXT; place < end; place += 4) if (<usize>load<u32>(place) == next) return true
  if (typeOf(next) != NO_TYPE) {
    const types = <u32>load<u8>(transition, TYPES)
    if (types == MAX_TYPES || count == MAX_NEXT) {
      store<u8>(transition, 0, NEXT_COUNT)
      store<u8>(transition, TOO_MANY, TYPES)
      return false
    }
    store<u8>(transition, <u8>(types + 1), TYPES)
  }
  if (count == MAX_NEXT) return true
  store<u32>(end, <u32>next)
  store<u8>(transition, <u8>(count + 1), NEXT_COUNT)
  return true
}

/** Whether all is printable ASCII without a backslash: such a text means the same wherever it stands. */
function isPlain(at: usize, end: usize): bool {
  for (; at < end; at++) {
    const byte = load<u8>(at)
    if (byte < 0x20 || byte > 0x7e || byte == 0x5c) return false
  }
  return true
}
