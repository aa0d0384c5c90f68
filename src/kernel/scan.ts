/**
 * The scanner: lines to records, in two passes over stretches that stay in the
 * cache. It proves or declines: what it makes a record of is what the reference
 * parser says of the line, bit for bit; any other line becomes a record with
 * FLAG_DECLINED for that parser, in its place. Whether a line is declined
 * depends on the line alone.
 */
import {
  COUNT_BLANK,
  COUNT_FALLBACK,
  COUNT_LINES,
  FIELD_CUSTOMER,
  FIELD_EVENT_TYPE,
  FIELD_ITEM,
  FIELD_PRICE,
  FIELD_QUANTITY,
  FIELD_TIMESTAMP,
  FLAG_CUSTOMER,
  FLAG_DECLINED,
  FLAG_UNPRICED,
  PREDICTIONS,
  PREDICTION_BYTES,
  RECORD_BYTES,
  RECORD_CUSTOMER,
  RECORD_CUSTOMER_HINT,
  RECORD_FLAGS,
  RECORD_ITEM,
  RECORD_ITEM_HASH,
  RECORD_ITEM_HINT,
  RECORD_ITEM_LENGTH,
  RECORD_KIND,
  RECORD_LINE,
  RECORD_LINE_LENGTH,
  RECORD_QUANTITY,
  RECORD_REVENUE,
  RECORD_TIME,
  SLOT_COUNTS_BYTES,
  SLOT_DECLINED,
  SLOT_ID_BYTES,
  SLOT_RECORDS
} from './abi'
import { hintCustomer } from './customers'
import { hashBytes } from './hash'
import { hintItem } from './items'
import { fieldNamed, firstBytes, lastBytes, typeNamed } from './names'
import { anyNoted, indexBytes } from './structure'
import { closingQuote, entryBehind, isDigit, isNull, isPlainText, literalEnd, numberEnd, skipNested } from './text'
import { epochOf, isIntegerId, priceOf, quantityOf, timeOf } from './values'

const QUOTE: u32 = 0x22
const COMMA: u32 = 0x2c
const COLON: u32 = 0x3a
const SPACE: u32 = 0x20
const MINUS: u32 = 0x2d
const LINE_FEED: u32 = 0x0a
const CARRIAGE_RETURN: u32 = 0x0d
const OPEN_OBJECT: u32 = 0x7b
const CLOSE_OBJECT: u32 = 0x7d
const OPEN_ARRAY: u32 = 0x5b
const MAX_LINE_BYTES: usize = 1048576
const MAX_ID_BYTES: u32 = 256
const PURCHASE: i32 = 2
const PAGE_VISIT: i32 = 0

/** Bytes that pass 1 indexes before pass 2 walks over them. */
const STRETCH: usize = 32768
/** Room for entries must be for this many bytes: a longer line is not indexed. */
export const LONGEST_STRETCH: usize = MAX_LINE_BYTES << 1

// What a value is.
const NONE: u32 = 0
const STRING: u32 = 1
const NUMBER: u32 = 2
const OTHER: u32 = 3

// Of the stretch under way.
let stretchAt: usize = 0
let notesAt: usize = 0
let batchAt: usize = 0
let predictionsAt: usize = 0
// Of the slot.
let recordAt: usize = 0
let idBytes: u32 = 0
let declined: u32 = 0
let lines: u64 = 0
let blanks: u64 = 0

/**
 * Scans the lines of [from, to), each ended by a line feed, until all are
 * records or `limit`, the end of the records' room, is near; returns the
 * address of the first line that was not scanned. `batch` is the address that
 * RECORD_LINE counts from. `counts` is the slot's tally, which is added to;
 * `entries` and `notes` are room for pass 1 (4 bytes a byte, and 1 a block of
 * 64).
 */
export function scan(
  counts: usize,
  records: usize,
  limit: usize,
  entries: usize,
  notes: usize,
  batch: usize,
  from: usize,
  to: usize
): usize {
  batchAt = batch
  notesAt = notes
  predictionsAt = counts + SLOT_COUNTS_BYTES
  recordAt = records + <usize>load<u32>(counts, SLOT_RECORDS) * RECORD_BYTES
  idBytes = load<u32>(counts, SLOT_ID_BYTES)
  declined = 0
  lines = 0
  blanks = 0
  let length = STRETCH
  while (from < to && recordAt < limit) {
    const end = from + length < to ? from + length : to
    stretchAt = from
    const entriesEnd = indexBytes(from, end, entries, notes)
    const last = lastLineFeed(entries, entriesEnd)
    if (last == 0) {
      // The line is longer than the stretch.
      if (length <= MAX_LINE_BYTES) {
        length <<= 1
        continue
      }
      lines++
      from = declineUpTo(from, lineFeedFrom(end)) + 1
    }
    length = STRETCH
    if (last == 0) continue
    const firstRecord = recordAt
    for (let entry = entries; entry <= last && recordAt < limit; ) {
      entry = scanLine(from, entry)
      from = <usize>load<u32>(entry - 4) + 1
    }
    lookUp(firstRecord, recordAt)
  }
  store<u32>(counts, <u32>((recordAt - records) / RECORD_BYTES), SLOT_RECORDS)
  store<u32>(counts, idBytes, SLOT_ID_BYTES)
  store<u32>(counts, declined, SLOT_DECLINED)
  add(counts, COUNT_LINES, lines)
  add(counts, COUNT_BLANK, blanks)
  add(counts, COUNT_FALLBACK, declined)
  return from
}

/**
 * Looks ids up ahead of the turn: what `apply` would wait for, one cache miss
 * after the other, is waited for here, by all threads at once and for several
 * records at a time, as the records do not depend on each other.
 */
function lookUp(record: usize, end: usize): void {
  for (; record < end; record += RECORD_BYTES) {
    const flags = <u32>load<u8>(record, RECORD_FLAGS)
    if (flags & FLAG_DECLINED) continue
    const length = <u32>load<u16>(record, RECORD_ITEM_LENGTH)
    const item = length == 0 ? 0 : hintItem(load<u32>(record, RECORD_ITEM), length, load<u64>(record, RECORD_ITEM_HASH))
    store<u32>(record, item, RECORD_ITEM_HINT)
    const customer = flags & FLAG_CUSTOMER ? hintCustomer(load<u64>(record, RECORD_CUSTOMER)) : 0
    store<u32>(record, customer, RECORD_CUSTOMER_HINT)
  }
}

function add(counts: usize, counter: u32, more: u64): void {
  const at = counts + (<usize>counter << 3)
  store<u64>(at, load<u64>(at) + more)
}

/** The last entry that is a line feed; 0 when there is none. */
function lastLineFeed(entries: usize, end: usize): usize {
  while (end > entries) {
    end -= 4
    if (<u32>load<u8>(<usize>load<u32>(end)) == LINE_FEED) return end
  }
  return 0
}

/** Scans the line at `start`, whose first entry is `entry`; returns the entry behind its line feed. */
function scanLine(start: usize, entry: usize): usize {
  lines++
  let at = start
  let byte = <u32>load<u8>(at)
  while (byte == SPACE) byte = <u32>load<u8>(++at)
  if (byte != OPEN_OBJECT) return scanBlank(start, at, entry)
  at++
  let type = -1
  let time: f64 = -1
  let item: usize = 0
  let itemLength: u32 = 0
  let customer: usize = 0
  let customerLength: u32 = 0
  let price: usize = 0
  let priceLength: u32 = 0
  let priceForm = NONE
  let quantity: usize = 0
  let quantityLength: u32 = 0
  let quantityForm = NONE
  let prediction = predictionsAt
  const predictionsEnd = predictionsAt + (PREDICTIONS - 1) * PREDICTION_BYTES
  while (true) {
    // The key.
    byte = <u32>load<u8>(at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    if (byte != QUOTE || <usize>load<u32>(entry) != at) return decline(start, entry)
    const key = at + 1
    at = <usize>load<u32>(entry, 4)
    if (<u32>load<u8>(at) != QUOTE) return decline(start, entry)
    entry += 8
    const field = fieldOf(key, <u32>(at - key), prediction)
    if (prediction < predictionsEnd) prediction += PREDICTION_BYTES
    byte = <u32>load<u8>(++at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    if (byte != COLON) return decline(start, entry)
    byte = <u32>load<u8>(++at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    // The value.
    let value = at
    let length: u32 = 0
    let form: u32
    if (byte == QUOTE) {
      let closing = entry + 4
      at = <usize>load<u32>(closing)
      if (<u32>load<u8>(at) != QUOTE) {
        if (field >= 0) return decline(start, entry)
        closing = closingQuote(closing)
        if (closing == 0) return decline(start, entry)
        at = <usize>load<u32>(closing)
      }
      value++
      length = <u32>(at - value)
      entry = closing + 4
      at++
      form = STRING
    } else if (isDigit(byte) || byte == MINUS) {
      at = numberEnd(at)
      length = <u32>(at - value)
      form = NUMBER
    } else if (byte == OPEN_OBJECT || byte == OPEN_ARRAY) {
      at = skipNested(at, entry)
      entry = at == 0 ? entry : entryBehind
      form = OTHER
    } else {
      form = isNull(at) ? NONE : OTHER
      at = literalEnd(at)
    }
    if (at == 0) return decline(start, entry)
    switch (field) {
      case FIELD_EVENT_TYPE: {
        type = form == STRING ? typeNamed(value, length) : -1
        if (type < 0) return decline(start, entry)
        break
      }
      case FIELD_TIMESTAMP: {
        time = form == STRING ? timeOf(value, length) : form == NUMBER ? epochOf(value, length) : -1
        if (time < 0) return decline(start, entry)
        break
      }
      case FIELD_ITEM: {
        if (!isId(form, value, length)) return decline(start, entry)
        item = value
        itemLength = length
        break
      }
      case FIELD_CUSTOMER: {
        if (!isId(form, value, length)) return decline(start, entry)
        customer = value
        customerLength = length
        break
      }
      case FIELD_PRICE: {
        price = value
        priceLength = length
        priceForm = form
        break
      }
      case FIELD_QUANTITY: {
        quantity = value
        quantityLength = length
        quantityForm = form
        break
      }
      default:
    }
    byte = <u32>load<u8>(at)
    while (byte == SPACE) byte = <u32>load<u8>(++at)
    if (byte == COMMA) {
      at++
      continue
    }
    if (byte != CLOSE_OBJECT) return decline(start, entry)
    break
  }
  // The end of the line.
  byte = <u32>load<u8>(++at)
  while (byte == SPACE) byte = <u32>load<u8>(++at)
  const end = at
  if (byte == CARRIAGE_RETURN) byte = <u32>load<u8>(++at)
  if (byte != LINE_FEED || <usize>load<u32>(entry) != at) return decline(start, entry)
  // What it says.
  if (type < 0 || time < 0 || (type != PAGE_VISIT && itemLength == 0)) return decline(start, entry)
  if (end - start > MAX_LINE_BYTES || (anyNoted && isNoted(start, end) && !isPlainText(start, end))) {
    return decline(start, entry)
  }
  let count = 1
  let revenue: u64 = 0
  let flags: u32 = customerLength != 0 ? FLAG_CUSTOMER : 0
  if (type != PAGE_VISIT && quantityForm != NONE) {
    count = quantityForm == OTHER ? -1 : quantityOf(quantity, quantityLength)
    if (count < 0) return decline(start, entry)
  }
  if (type == PURCHASE) {
    if (priceForm == NONE) {
      flags |= FLAG_UNPRICED
    } else {
      const minor = priceForm == OTHER ? -1 : priceOf(price, priceLength)
      if (minor < 0) return decline(start, entry)
      revenue = <u64>minor * <u64>count
    }
  }
  const record = recordAt
  store<f64>(record, time, RECORD_TIME)
  store<u32>(record, <u32>item, RECORD_ITEM)
  store<u16>(record, <u16>itemLength, RECORD_ITEM_LENGTH)
  store<u8>(record, <u8>type, RECORD_KIND)
  store<u8>(record, <u8>flags, RECORD_FLAGS)
  store<u64>(record, itemLength != 0 ? hashBytes(item, itemLength) : 0, RECORD_ITEM_HASH)
  store<u64>(record, customerLength != 0 ? hashBytes(customer, customerLength) : 0, RECORD_CUSTOMER)
  store<u32>(record, count, RECORD_QUANTITY)
  store<u32>(record, <u32>(start - batchAt), RECORD_LINE)
  store<u64>(record, revenue, RECORD_REVENUE)
  recordAt = record + RECORD_BYTES
  idBytes += itemLength
  return entry + 4
}

/** The field of a key. Keys mostly come in the order of the line before: each place remembers its last one. */
// @ts-ignore: decorator
@inline
function fieldOf(key: usize, length: u32, prediction: usize): i32 {
  const first = firstBytes(key, length)
  const last = lastBytes(key, length)
  if (load<u32>(prediction) == length && load<u64>(prediction, 8) == first && load<u64>(prediction, 16) == last) {
    return load<i32>(prediction, 4) - 1
  }
  const field = fieldNamed(key, length, first, last)
  // Of longer keys the first and last bytes do not say everything.
  if (length <= 16) {
    store<u32>(prediction, length)
    // One more than the field: zeros say of the empty key that it is none.
    store<i32>(prediction, field + 1, 4)
    store<u64>(prediction, first, 8)
    store<u64>(prediction, last, 16)
  }
  return field
}

/** Whether a value is an id, or no value; the length of none is 0. */
// @ts-ignore: decorator
@inline
function isId(form: u32, value: usize, length: u32): bool {
  if (form == STRING) return length - 1 < MAX_ID_BYTES
  if (form == NUMBER) return length <= MAX_ID_BYTES && isIntegerId(value, length)
  return form == NONE
}

/** Whether a block of the line holds anything but plain ASCII. */
function isNoted(start: usize, end: usize): bool {
  const last = notesAt + ((end - stretchAt) >> 6)
  for (let note = notesAt + ((start - stretchAt) >> 6); note <= last; note++) if (load<u8>(note) != 0) return true
  return false
}

/** A line that does not begin with an object: blank, or for the reference parser. `at` is behind its blanks. */
function scanBlank(start: usize, at: usize, entry: usize): usize {
  const end = at
  if (<u32>load<u8>(at) == CARRIAGE_RETURN) at++
  if (<usize>load<u32>(entry) != at || <u32>load<u8>(at) != LINE_FEED || end - start > MAX_LINE_BYTES) {
    return decline(start, entry)
  }
  blanks++
  return entry + 4
}

/** Leaves the line to the reference parser; `entry` is any of its entries. */
function decline(start: usize, entry: usize): usize {
  let at = <usize>load<u32>(entry)
  while (<u32>load<u8>(at) != LINE_FEED) {
    entry += 4
    at = <usize>load<u32>(entry)
  }
  declineUpTo(start, at)
  return entry + 4
}

/** Leaves the line [start, at) to the reference parser; returns `at`. */
function declineUpTo(start: usize, at: usize): usize {
  const record = recordAt
  store<u8>(record, FLAG_DECLINED, RECORD_FLAGS)
  store<u32>(record, <u32>(start - batchAt), RECORD_LINE)
  store<u32>(record, <u32>(at - start), RECORD_LINE_LENGTH)
  recordAt = record + RECORD_BYTES
  declined++
  return at
}

function lineFeedFrom(at: usize): usize {
  while (<u32>load<u8>(at) != LINE_FEED) at++
  return at
}
