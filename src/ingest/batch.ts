import { FIRST_LINES, MAX_EXCERPT_BYTES, MAX_ROWS } from '../base/limits.js'
import { OVERSIZED_DETAIL, createLineParser } from '../event/parse-line.js'
import { eventsOf, type RejectionReason, type Verdict } from '../event/event.js'
import type { Kernel } from '../store/kernel.js'
import { ParsedSlot, SlotRecords, slotBytes } from '../store/slot.js'
import type { PoolSetup, Rejection } from './messages.js'

const LINE_FEED = 10
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Makes the parallel half of a batch: bytes of a slot into its records and
 * counts. What it returns are the lines that were rejected, in the order of
 * their offsets; where no dead letters are wanted, those that are shown.
 */
export function createBatchParser(setup: PoolSetup, kernel: Kernel): (slot: ParsedSlot) => Rejection[] {
  const parseLine = createLineParser(setup)
  const shown = createSelection(setup)
  return (slot) => {
    const batch = slot.batch()
    const bytes = slotBytes(setup.store, slot.place).subarray(0, batch.length)
    const records = new SlotRecords(setup.store, kernel, slot.place)
    const found: Found[] = []
    const reject = (start: number, end: number, verdict: Rejected) => {
      records.rejected(verdict.reason)
      found.push({ start, end, verdict })
    }
    const parse = (start: number, end: number) => {
      const verdict = parseLine(bytes.subarray(start, end))
      if (verdict.outcome === 'rejected') reject(start, end, verdict)
      else if (verdict.outcome === 'blank') records.blank()
      return eventsOf(verdict)
    }
    if (batch.rejectedAs !== null) {
      records.line()
      reject(0, lineEnd(bytes, 0), unread(batch.rejectedAs))
    } else {
      const from = batch.offset === 0 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
      if (from < batch.length) records.scan(from, batch.length, parse)
    }
    return shown(found, records.count).map((one) => rejectionOf(batch.offset, bytes, one))
  }
}

/**
 * Makes what finds the lines of an applied slot that were ahead of the clock; where
 * no dead letters are wanted, those that are shown.
 */
export function createFutureFinder(setup: PoolSetup): (slot: ParsedSlot) => Rejection[] {
  const shown = createSelection(setup)
  return (slot) => {
    const { offset, length } = slot.batch()
    const bytes = slotBytes(setup.store, slot.place).subarray(0, length)
    const found = slot.futureLines().map((start) => ({ start, end: lineEnd(bytes, start), verdict: FUTURE }))
    return shown(found, 0).map((one) => rejectionOf(offset, bytes, one))
  }
}

/**
 * Makes what picks a batch's rejected lines that somebody wants to see: all for
 * the dead letters; else the last, and those that may be among the first lines of
 * the run. A thread takes batches in their order: once it has seen FIRST_LINES
 * lines, none of those is to come. `others`: lines of the batch besides.
 */
function createSelection({ deadLetters }: PoolSetup): (found: Found[], others: number) => Found[] {
  let seen = 0
  return (found, others) => {
    const first = deadLetters ? found.length : FIRST_LINES - seen
    seen = Math.min(FIRST_LINES, seen + found.length + others)
    if (found.length <= first) return found
    const last = Math.max(first, found.length - MAX_ROWS)
    return [...found.slice(0, first), ...found.slice(last)]
  }
}

interface Found {
  /** Bytes of the slot. */
  readonly start: number
  readonly end: number
  readonly verdict: Rejected
}

type Rejected = Verdict & { outcome: 'rejected' }

/** The verdict on a line that is not looked at. */
function unread(reason: RejectionReason): Rejected {
  const detail = reason === 'oversized_line' ? OVERSIZED_DETAIL : QUARANTINED_DETAIL
  return { outcome: 'rejected', reason, detail }
}

const QUARANTINED_DETAIL = 'ingest failed at this line whenever it was counted'
const FUTURE: Rejected = {
  outcome: 'rejected',
  reason: 'future_timestamp',
  detail: 'timestamp is more than 5 minutes ahead of the machine’s clock'
}

function lineEnd(bytes: Buffer, start: number): number {
  const at = bytes.indexOf(LINE_FEED, start)
  return at < 0 ? bytes.length : at
}

function rejectionOf(offset: number, bytes: Buffer, { start, end, verdict }: Found): Rejection {
  return {
    offset: offset + start,
    reason: verdict.reason,
    detail: verdict.detail,
    excerpt: excerptOf(bytes.subarray(start, end))
  }
}

/** At most MAX_EXCERPT_BYTES of a line, cut between characters. */
function excerptOf(line: Buffer): string {
  let end = Math.min(line.length, MAX_EXCERPT_BYTES)
  const isContinuation = (at: number) => at < line.length && ((line[at] ?? 0) & 0xc0) === 0x80
  if (end < line.length) for (let back = 0; back < 3 && isContinuation(end); back++) end--
  return line.toString('utf8', 0, end)
}
