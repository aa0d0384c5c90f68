/**
 * The shapes of the lines so far. Lines of one source come in few shapes: the
 * text between two values (`,"item_id":"`) is one of a few, and which one comes
 * next depends mostly on the one before. Each such text is a transition, and
 * knows those that have followed it, as hidden classes do (Chambers, Ungar and
 * Lee, "An Efficient Implementation of SELF", 1989).
 *
 *   transition, 128 bytes:
 *   text 32 │ mask 32 │ length u32 │ field i32 │ string? u32 │ next u32 │ 12 addresses u32 of what may follow
 *
 * The first transition, ROOT, has no text: it stands for the line's opening
 * brace. When there is room for no more, all are forgotten. Single writer: the
 * worker that has the slot.
 */
import { TRANSITIONS } from './abi'
import { isQuote } from './text'

const BYTES: usize = 128
const MAX_TEXT: usize = 32
const MASK: usize = 32
const LENGTH: usize = 64
const FIELD: usize = 68
const IS_STRING: usize = 72
const NEXT_COUNT: usize = 76
const NEXT: usize = 80
const MAX_NEXT: u32 = 12
/** Number of transitions u32, then the transitions. */
export const ROOT: usize = 16

/** Bytes of the text. */
// @ts-ignore: decorator
@inline
export function textLength(transition: usize): usize {
  return <usize>load<u32>(transition, LENGTH)
}

/** The field whose value follows the text, or -1. */
// @ts-ignore: decorator
@inline
export function fieldOf(transition: usize): i32 {
  return load<i32>(transition, FIELD)
}

/** Whether the value is a string; its opening quote is part of the text. */
// @ts-ignore: decorator
@inline
export function isString(transition: usize): bool {
  return load<u32>(transition, IS_STRING) != 0
}

/** Which of the transitions that have followed `transition` is at `at`; 0 for none. */
// @ts-ignore: decorator
@inline
export function follow(transition: usize, at: usize): usize {
  const first = v128.load(at)
  let place = transition + NEXT
  for (const end = place + ((<usize>load<u32>(transition, NEXT_COUNT)) << 2); place < end; place += 4) {
    const next = <usize>load<u32>(place)
    const different = v128.and(v128.xor(first, v128.load(next)), v128.load(next, MASK))
    if (!v128.any_true(different) && (textLength(next) <= 16 || isRestAt(next, at))) {
      if (isString(next) || !isQuote(at + textLength(next))) return next
    }
  }
  return 0
}

/** Whether a text of more than 16 bytes goes on as it must. */
function isRestAt(transition: usize, at: usize): bool {
  const different = v128.xor(v128.load(at, 16), v128.load(transition, 16))
  return !v128.any_true(v128.and(different, v128.load(transition, MASK + 16)))
}

/**
 * Learns that `transition` is followed by the text from `from` to the value at
 * `value`; returns the transition for that, or 0 when there was no room for it, or
 * the text is not one to be remembered.
 */
export function learn(shapes: usize, transition: usize, from: usize, value: usize, valueIsString: bool, field: i32): usize {
  const length = value - from + <usize>valueIsString
  if (length > MAX_TEXT || !isPlain(from, value)) return 0
  const count = load<u32>(shapes)
  const end = shapes + ROOT + BYTES * (<usize>count + 1)
  let next = shapes + ROOT + BYTES
  while (next < end && !(textLength(next) == length && memory.compare(next, from, length) == 0)) next += BYTES
  if (next == end) {
    if (count == <u32>TRANSITIONS) {
      forget(shapes)
      return 0
    }
    store<u32>(shapes, count + 1)
    memory.fill(next, 0, BYTES)
    memory.copy(next, from, length)
    memory.fill(next + MASK, 0xff, length)
    store<u32>(next, <u32>length, LENGTH)
    store<i32>(next, field, FIELD)
    store<u32>(next, valueIsString ? 1 : 0, IS_STRING)
  }
  addNext(transition, next)
  return next
}

/** Forgets everything: the lines that come now say what is worth knowing. */
function forget(shapes: usize): void {
  store<u32>(shapes, 0)
  store<u32>(shapes + ROOT, 0, NEXT_COUNT)
}

function addNext(transition: usize, next: usize): void {
  const count = load<u32>(transition, NEXT_COUNT)
  const end = transition + NEXT + (<usize>count << 2)
  for (let place = transition + NEXT; place < end; place += 4) if (<usize>load<u32>(place) == next) return
  if (count == MAX_NEXT) return
  store<u32>(end, <u32>next)
  store<u32>(transition, count + 1, NEXT_COUNT)
}

/** Whether all is printable ASCII without a backslash: such a text means the same wherever it stands. */
function isPlain(at: usize, end: usize): bool {
  for (; at < end; at++) {
    const byte = load<u8>(at)
    if (byte < 0x20 || byte > 0x7e || byte == 0x5c) return false
  }
  return true
}
