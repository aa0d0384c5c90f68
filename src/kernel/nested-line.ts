/**
 * The scanner's way for mappings that are not flat: fields with several names,
 * names within objects, lines with items. As `line` does, it walks over the
 * entries of pass 1; objects that may hold something wanted are entered, all
 * others skipped. It proves or declines; see `scan`.
 *
 * Of a field's values that of the name with the lowest rank counts, null being
 * none. A name that has given the value and comes again, and an object that comes
 * again, take back what was there: such lines are declined.
 *
 * The line's own record is made first, at `record`; those of its items behind it,
 * where they are completed from it, and moved one place down.
 */
import {
  FIELD_ITEM,
  FIELD_TIMESTAMP,
  FLAG_CONTINUED,
  FLAG_CUSTOMER,
  FLAG_UNPRICED,
  MEANING_ITEMS,
  MEANING_NODE,
  MEANING_OBJECT,
  MEANING_RANK_SHIFT,
  NODE_BYTES,
  RECORD_BYTES,
  RECORD_CUSTOMER,
  RECORD_FLAGS,
  RECORD_ITEM_LENGTH,
  RECORD_KIND,
  RECORD_TIME,
  TIMES_MICROSECONDS
} from './abi'
import { BLANK, DECLINED, EVENT, NO_ROOM } from './line'
import { NO_MEANING, meaningOf } from './names'
import { NONE, OTHER, begin, complete, take } from './record'
import { nodesAt, times } from './regions'
import { anyNoted, indexBytes } from './structure'
import {
  CARRIAGE_RETURN,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  MAX_NESTING,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  isPlainText
} from './text'
import { NO_FIELD, readValue, valueBehind, valueForm, valueLength, valueText } from './value'
import { microsecondsOf } from './values'

/** A byte a field: the rank of the name that has given its value. */
const NO_RANKS: u64 = 0xffffffffffff
const BAD_ITEM: u32 = 1 << FIELD_ITEM

/** Records of the line that `scanNestedLine` last scanned. */
export let recordsMade: u32 = 0

let entry: usize = 0
let ranks: u64 = 0
/** A bit a field: its value is none that is certain. */
let bad: u32 = 0
/** A bit an object of the mapping that has come. */
let seen: u64 = 0
let items: u32 = 0
let roomEnd: usize = 0
let lacksRoom: bool = false
/** From where a text lies in the line to where it is decoded. */
let toTexts: usize = 0

/** As `scanLine`; `limit` is the end of the records' room. NO_ROOM when its items needed more. */
export function scanNestedLine(
  start: usize,
  end: usize,
  record: usize,
  limit: usize,
  entries: usize,
  texts: usize
): u32 {
  indexBytes(start, end + 1, entries)
  let at = skipSpaces(start)
  let byte = <u32>load<u8>(at)
  if (byte != OPEN_OBJECT) {
    if (byte == CARRIAGE_RETURN) at++
    return at == end ? BLANK : DECLINED
  }
  entry = entries
  ranks = NO_RANKS
  bad = 0
  seen = 0
  items = 0
  roomEnd = limit
  lacksRoom = false
  toTexts = texts - start
  begin(record)
  at = skipMembers(0, at + 1, record, 1)
  if (at == 0) return lacksRoom ? NO_ROOM : DECLINED
  const textEnd = skipSpaces(at)
  at = textEnd + <usize>(<u32>load<u8>(textEnd) == CARRIAGE_RETURN)
  if (at != end || (anyNoted && !isPlainText(start, textEnd))) return DECLINED
  if (items != 0) return completeItems(record) ? EVENT : DECLINED
  recordsMade = 1
  return bad == 0 && complete(record) ? EVENT : DECLINED
}

/**
 * Takes the members of an object of the mapping, from behind its opening brace;
 * returns the address behind its closing one, 0 when something is not certain.
 * `level`: how many objects and arrays it is in, itself included.
 */
function skipMembers(number: u32, at: usize, record: usize, level: u32): usize {
  if (level > MAX_NESTING) return 0
  const node = nodesAt + <usize>number * NODE_BYTES
  at = skipSpaces(at)
  if (<u32>load<u8>(at) == CLOSE_OBJECT) return at + 1
  while (true) {
    if (<u32>load<u8>(at) != QUOTE || <usize>load<u32>(entry) != at) return 0
    const key = at + 1
    at = <usize>load<u32>(entry, 4)
    if (<u32>load<u8>(at) != QUOTE) return 0
    entry += 8
    const meaning = meaningOf(node, key, <u32>(at - key))
    at = skipSpaces(at + 1)
    if (<u32>load<u8>(at) != COLON) return 0
    at = skipSpaces(at + 1)
    if (meaning == NO_MEANING || meaning < <u32>MEANING_OBJECT) {
      at = skipValue(at, record, meaning, level)
    } else {
      const inner = meaning & MEANING_NODE
      const bit = <u64>1 << <u64>inner
      if (seen & bit) return 0
      seen |= bit
      const byte = <u32>load<u8>(at)
      if (meaning & MEANING_ITEMS && byte == OPEN_ARRAY) at = skipItems(inner, at + 1, record, level + 1)
      else if (meaning & MEANING_OBJECT && byte == OPEN_OBJECT) at = skipMembers(inner, at + 1, record, level + 1)
      else at = skipValue(at, record, NO_MEANING, level)
    }
    if (at == 0) return 0
    at = skipSpaces(at)
    const byte = <u32>load<u8>(at)
    if (byte == CLOSE_OBJECT) return at + 1
    if (byte != COMMA) return 0
    at = skipSpaces(at + 1)
  }
}

/** Takes the items of a line, from behind the bracket that opens their array, each in a record of its own. */
function skipItems(number: u32, at: usize, record: usize, level: u32): usize {
  at = skipSpaces(at)
  if (<u32>load<u8>(at) == CLOSE_ARRAY) return at + 1
  const lineRanks = ranks
  const lineBad = bad
  const lineSeen = seen
  while (true) {
    if (<u32>load<u8>(at) != OPEN_OBJECT) return 0
    const item = record + <usize>(++items) * RECORD_BYTES
    if (item + RECORD_BYTES > roomEnd) {
      lacksRoom = true
      return 0
    }
    begin(item)
    ranks = NO_RANKS
    bad = 0
    seen = lineSeen
    at = skipMembers(number, at + 1, item, level + 1)
    // The item's id is its own; whatever else there is to say of it takes the kind of event.
    if (at == 0 || bad != 0 || load<u16>(item, RECORD_ITEM_LENGTH) == 0) return 0
    at = skipSpaces(at)
    const byte = <u32>load<u8>(at++)
    if (byte == CLOSE_ARRAY) break
    if (byte != COMMA) return 0
    at = skipSpaces(at)
  }
  ranks = lineRanks
  bad = lineBad
  seen = lineSeen
  return at
}

/** Takes a value, of a field unless `meaning` is NO_MEANING; returns its end. */
function skipValue(at: usize, record: usize, meaning: u32, level: u32): usize {
  const field = meaning == NO_MEANING ? NO_FIELD : <i32>(meaning & 0xff)
  at = readValue(at, entry, level, field, toTexts)
  if (at == 0) return 0
  entry = valueBehind
  return field == NO_FIELD || takeRanked(record, meaning, valueForm, valueText, valueLength) ? at : 0
}

/** Takes the value of a name unless there is a better one; false when the name has given the value already. */
function takeRanked(record: usize, meaning: u32, form: u32, at: usize, length: u32): bool {
  const field = meaning & 0xff
  const rank = <u64>(meaning >> MEANING_RANK_SHIFT)
  const shift = <u64>field << 3
  const best = (ranks >> shift) & 0xff
  if (rank == best) return false
  if (rank > best || form == NONE) return true
  ranks = (ranks & ~(<u64>0xff << shift)) | (rank << shift)
  let isCertain: bool
  if (field == <u32>FIELD_TIMESTAMP && times == <u32>TIMES_MICROSECONDS) {
    const time: f64 = form == OTHER ? -1 : microsecondsOf(at, length)
    store<f64>(record, time, RECORD_TIME)
    isCertain = time >= 0
  } else {
    isCertain = take(record, field, form, at, length)
  }
  bad = (bad & ~(1 << field)) | (<u32>!isCertain << field)
  return true
}

/** Completes the records of the line's items from its own, and moves them to their places. */
function completeItems(record: usize): bool {
  // An item, price or quantity of the line itself would only count without items.
  if ((bad & ~BAD_ITEM) != 0) return false
  const time = load<f64>(record, RECORD_TIME)
  const kind = load<u8>(record, RECORD_KIND)
  const customer = load<u64>(record, RECORD_CUSTOMER)
  const customerFlag = <u32>load<u8>(record, RECORD_FLAGS) & FLAG_CUSTOMER
  let unpriced: u32 = 0
  let place = record
  for (let left = items; left != 0; left--) {
    const item = place + RECORD_BYTES
    store<f64>(item, time, RECORD_TIME)
    store<u8>(item, kind, RECORD_KIND)
    store<u64>(item, customer, RECORD_CUSTOMER)
    store<u8>(item, 0, RECORD_FLAGS)
    if (!complete(item)) return false
    unpriced |= <u32>load<u8>(item, RECORD_FLAGS) & FLAG_UNPRICED
    store<u8>(item, customerFlag | (place == record ? 0 : FLAG_CONTINUED), RECORD_FLAGS)
    memory.copy(place, item, RECORD_BYTES)
    place = item
  }
  // Once a line, whichever of its items it was.
  store<u8>(record, load<u8>(record, RECORD_FLAGS) | unpriced, RECORD_FLAGS)
  recordsMade = items
  return true
}

// @ts-ignore: decorator
@inline
function skipSpaces(at: usize): usize {
  while (<u32>load<u8>(at) == SPACE) at++
  return at
}
