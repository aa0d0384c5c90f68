/**
 * The scanner: lines to records. It proves or declines: what it makes a record
 * of is what the reference parser says of the line, bit for bit; any other line
 * becomes a record with FLAG_DECLINED for that parser, in its place. Whether a
 * line is declined depends on the line alone.
 *
 * A line of a known shape is scanned in one pass (`known-shape`), any other in
 * two (`structure` and `line`), which also learns its shape. Where the mapping is
 * not flat, all are scanned in two (`structure` and `nested-line`).
 */
import {
  COUNT_BLANK,
  COUNT_FALLBACK,
  COUNT_LINES,
  FLAG_DECLINED,
  LONGEST_LINE,
  RECORD_BYTES,
  RECORD_FLAGS,
  RECORD_ITEM,
  RECORD_ITEM_HASH,
  RECORD_ITEM_HINT,
  RECORD_ITEM_LENGTH,
  RECORD_LINE,
  RECORD_LINE_LENGTH,
  SLOT_CONTINUED,
  SLOT_COUNTS_BYTES,
  SLOT_DECLINED,
  SLOT_ID_BYTES,
  SLOT_RECORDS
} from './abi'
import { fetchItemEntry, hintItem } from './items'
import { isNewShape, scanKnownShape } from './known-shape'
import { BLANK, DECLINED, NO_ROOM, scanLine } from './line'
import { recordsMade, scanNestedLine } from './nested-line'
import { nodesAt } from './regions'
import { lineFeedFrom } from './structure'

const CARRIAGE_RETURN: u32 = 0x0d
/** Records whose ids are looked up together. */
const LOOK_UP_BYTES: usize = 64 * RECORD_BYTES

/**
 * Scans the lines of [from, to), each ended by a line feed, until all are
 * records or `limit`, the end of the records' room, is reached; returns the
 * address of the first line that was not scanned. `batch` is the address that
 * RECORD_LINE counts from. `counts` is the slot's tally, which is added to;
 * `entries` is room for the entries of a line, 4 bytes a byte; `texts` for decoded
 * ids, each as far from its beginning as its line is from the batch's.
 */
export function scan(
  counts: usize,
  records: usize,
  limit: usize,
  entries: usize,
  texts: usize,
  batch: usize,
  from: usize,
  to: usize
): usize {
  const shapes = counts + SLOT_COUNTS_BYTES
  let record = records + <usize>load<u32>(counts, SLOT_RECORDS) * RECORD_BYTES
  let lookedUp = record
  let idBytes = load<u32>(counts, SLOT_ID_BYTES)
  let continued = load<u32>(counts, SLOT_CONTINUED)
  let declined: u32 = 0
  let oversized: u32 = 0
  let lines: u64 = 0
  let blanks: u64 = 0
  const isFlat = nodesAt == 0
  for (; from < to && record < limit; lines++) {
    const start = from
    from = isFlat ? scanKnownShape(start, record, shapes) : 0
    if (from == 0) {
      const end = lineFeedFrom(start)
      const isOversized = end - start > <usize>LONGEST_LINE + <usize>(<u32>load<u8>(end - 1) == CARRIAGE_RETURN)
      from = end + 1
      // Such a line is no affair of a parser: whether it is cut before or here depends on the chunks.
      if (isOversized) oversized++
      const text = texts + (start - batch)
      const found = isOversized
        ? DECLINED
        : isFlat
          ? scanLine(start, end, record, entries, text, isNewShape ? shapes : 0)
          : scanNestedLine(start, end, record, limit, entries, text)
      if (found == NO_ROOM && declined != 0) {
        // There will be, once the declined lines have become what they are.
        from = start
        break
      }
      if (found == DECLINED || found == NO_ROOM) {
        decline(record, start - batch, end - start)
        declined++
        record += RECORD_BYTES
        continue
      }
      if (found == BLANK) {
        blanks++
        continue
      }
      if (!isFlat) {
        for (const last = record + <usize>(recordsMade - 1) * RECORD_BYTES; record < last; record += RECORD_BYTES) {
          store<u32>(record, <u32>(start - batch), RECORD_LINE)
          idBytes += <u32>load<u16>(record, RECORD_ITEM_LENGTH)
          continued++
        }
      }
    }
    store<u32>(record, <u32>(start - batch), RECORD_LINE)
    idBytes += <u32>load<u16>(record, RECORD_ITEM_LENGTH)
    record += RECORD_BYTES
    if (record - lookedUp >= LOOK_UP_BYTES) {
      lookUp(lookedUp, record)
      lookedUp = record
    }
  }
  lookUp(lookedUp, record)
  store<u32>(counts, <u32>((record - records) / RECORD_BYTES), SLOT_RECORDS)
  store<u32>(counts, idBytes, SLOT_ID_BYTES)
  store<u32>(counts, declined, SLOT_DECLINED)
  store<u32>(counts, continued, SLOT_CONTINUED)
  add(counts, COUNT_LINES, lines)
  add(counts, COUNT_BLANK, blanks)
  add(counts, COUNT_FALLBACK, declined - oversized)
  return from
}

/** Leaves a line to the reference parser. */
function decline(record: usize, at: usize, length: usize): void {
  store<u8>(record, FLAG_DECLINED, RECORD_FLAGS)
  store<u32>(record, <u32>at, RECORD_LINE)
  store<u32>(record, <u32>length, RECORD_LINE_LENGTH)
}

/**
 * Looks items up ahead of the turn: what `apply` would wait for, one cache miss
 * after the other, is waited for here, by all threads at once. Memory is asked
 * for in rounds over the records, first all slots of the index, then all names,
 * so that many misses are under way at a time; no look-up has to wait when at
 * last it branches on what it finds. Customers are left to `apply`: it writes to
 * each of them, and what one processor has written another waits for longest.
 */
function lookUp(from: usize, end: usize): void {
  for (let record = from; record < end; record += RECORD_BYTES) {
    store<u32>(record, fetchItemEntry(load<u64>(record, RECORD_ITEM_HASH)), RECORD_ITEM_HINT)
  }
  for (let record = from; record < end; record += RECORD_BYTES) {
    store<u32>(record, load<u32>(<usize>load<u32>(record, RECORD_ITEM_HINT)), RECORD_ITEM_HINT)
  }
  for (let record = from; record < end; record += RECORD_BYTES) {
    if (<u32>load<u8>(record, RECORD_FLAGS) & FLAG_DECLINED) continue
    const length = <u32>load<u16>(record, RECORD_ITEM_LENGTH)
    const item = length == 0 ? 0 : hintItem(load<u32>(record, RECORD_ITEM), length, load<u64>(record, RECORD_ITEM_HASH))
    store<u32>(record, item, RECORD_ITEM_HINT)
  }
}

function add(counts: usize, counter: u32, more: u64): void {
  const at = counts + (<usize>counter << 3)
  store<u64>(at, load<u64>(at) + more)
}
