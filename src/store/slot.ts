import { MAX_ID_BYTES } from '../event/limits.js'
import * as abi from '../kernel/abi.js'
import { REJECTION_REASONS, type RejectionReason, type ShopEvent } from '../event/event.js'
import { eventTypeNumber } from '../metrics/metrics.js'
import type { Kernel } from './kernel.js'
import type { SlotPlace } from './layout.js'
import type { Store } from './store.js'

const LINE_FEED = 10

/** The source bytes of a slot, as a view of the shared memory. Single writer: the reader thread, while it owns the slot. */
export function slotBytes(store: Store, slot: SlotPlace): Buffer {
  return Buffer.from(store.memory.buffer, slot.bytes, store.layout.slotBytes)
}

/** What a slot's batch stands for: written by the reader, read by whoever parses or applies it. */
export interface SlotBatch {
  /** Bytes of the slot. */
  readonly length: number
  /** Byte of the source at which it begins. */
  readonly offset: number
  /** Byte of the source behind it. */
  readonly end: number
  /** The machine's clock at dispatch, epoch ms. */
  readonly wallMs: number
  /** Whether to publish a board after it. */
  readonly publish: boolean
  /** Of one line that is rejected unread, or of its beginning, the reason; else null. */
  readonly rejectedAs: RejectionReason | null
}

/** Says what a slot's batch stands for; the reader's call only, while it owns the slot. */
export function describeSlot(store: Store, { counts }: SlotPlace, batch: SlotBatch): void {
  const view = new DataView(store.memory.buffer)
  view.setUint32(counts + abi.SLOT_LENGTH, batch.length, true)
  view.setUint32(counts + abi.SLOT_PUBLISH, batch.publish ? 1 : 0, true)
  const { rejectedAs } = batch
  const reason = rejectedAs === null ? 0 : 1 + REJECTION_REASONS.indexOf(rejectedAs)
  view.setUint32(counts + abi.SLOT_REJECTED_AS, reason, true)
  view.setFloat64(counts + abi.SLOT_OFFSET, batch.offset, true)
  view.setFloat64(counts + abi.SLOT_END, batch.end, true)
  view.setFloat64(counts + abi.SLOT_WALL, batch.wallMs, true)
}

/** A slot as whoever applies it sees it. */
export class ParsedSlot {
  readonly place: SlotPlace
  readonly #view: DataView

  constructor(store: Store, place: SlotPlace) {
    this.place = place
    this.#view = new DataView(store.memory.buffer)
  }

  /** Records in it. */
  get count(): number {
    return this.#view.getUint32(this.place.counts + abi.SLOT_RECORDS, true)
  }

  /** Bytes of their item ids. */
  get idBytes(): number {
    return this.#view.getUint32(this.place.counts + abi.SLOT_ID_BYTES, true)
  }

  batch(): SlotBatch {
    const { counts } = this.place
    return {
      length: this.#view.getUint32(counts + abi.SLOT_LENGTH, true),
      offset: this.#view.getFloat64(counts + abi.SLOT_OFFSET, true),
      end: this.#view.getFloat64(counts + abi.SLOT_END, true),
      wallMs: this.#view.getFloat64(counts + abi.SLOT_WALL, true),
      publish: this.#view.getUint32(counts + abi.SLOT_PUBLISH, true) !== 0,
      rejectedAs: REJECTION_REASONS[this.#view.getUint32(counts + abi.SLOT_REJECTED_AS, true) - 1] ?? null
    }
  }

  /** Whether the reader is told of lines that were rejected as the batch was parsed. */
  get hasRejections(): boolean {
    return this.#view.getUint32(this.place.counts + abi.SLOT_REJECTIONS, true) !== 0
  }

  /** Says so; the call of whoever parses it. */
  set hasRejections(has: boolean) {
    this.#view.setUint32(this.place.counts + abi.SLOT_REJECTIONS, has ? 1 : 0, true)
  }

  /** Where the lines began, each once, whose events `apply` found ahead of the clock, from the batch, in order. */
  futureLines(): number[] {
    const lines: number[] = []
    for (let record = 0; record < this.count; record++) {
      const at = this.place.records + record * abi.RECORD_BYTES
      const flags = this.#view.getUint8(at + abi.RECORD_FLAGS)
      if ((flags & abi.FLAG_FUTURE) === 0 || (flags & abi.FLAG_CONTINUED) !== 0) continue
      lines.push(this.#view.getUint32(at + abi.RECORD_LINE, true))
    }
    return lines
  }
}

/**
 * A slot's records and counts, as the worker that has the slot's task fills
 * them: it is their single writer.
 */
export class SlotRecords {
  readonly #memory: Buffer
  readonly #view: DataView
  readonly #kernel: Kernel
  readonly #slot: SlotPlace
  /** Records before this one are events. */
  #resolved = 0

  constructor(store: Store, kernel: Kernel, slot: SlotPlace) {
    this.#memory = Buffer.from(store.memory.buffer)
    this.#view = new DataView(store.memory.buffer)
    this.#kernel = kernel
    this.#slot = slot
    this.#memory.fill(0, slot.counts, slot.counts + abi.SLOT_TALLY_BYTES)
  }

  /** Records written. */
  get count(): number {
    return this.#view.getUint32(this.#slot.counts + abi.SLOT_RECORDS, true)
  }

  /** Bytes of their item ids. */
  get idBytes(): number {
    return this.#view.getUint32(this.#slot.counts + abi.SLOT_ID_BYTES, true)
  }

  line(): void {
    this.#add(abi.COUNT_LINES)
  }

  blank(): void {
    this.#add(abi.COUNT_BLANK)
  }

  rejected(reason: RejectionReason): void {
    this.#add(abi.COUNT_REJECTED + REJECTION_REASONS.indexOf(reason))
  }

  /**
   * Scans the slot's bytes [from, to). For each line that the scanner declined
   * `parse` is called, in order, with its half-open range: it says the line's
   * events, one an item; none when it has been counted otherwise.
   */
  scan(from: number, to: number, parse: (start: number, end: number) => readonly ShopEvent[]): void {
    // The scanner wants a line feed behind each line; what lies behind the batch is nobody's.
    if (this.#memory[this.#slot.bytes + to - 1] !== LINE_FEED) this.#memory[this.#slot.bytes + to] = LINE_FEED
    const end = this.#memory[this.#slot.bytes + to - 1] === LINE_FEED ? to : to + 1
    for (let at = from; at < end;) {
      const stopped = this.#kernel.scan(this.#slot, at, end)
      if (stopped <= at) throw new Error(`the scanner made no way at byte ${at} of ${end}`)
      at = stopped
      this.#resolve(parse)
    }
  }

  /** Adds the record of a line's only event; the line begins `lineAt` bytes into the batch, and holds its ids. */
  event(event: ShopEvent, lineAt: number): void {
    const { count } = this
    this.#write(count, event, lineAt, this.#slot.text + lineAt)
    this.#setCount(count + 1)
  }

  /** Replaces the records of declined lines by their events, and closes up where there is none. */
  #resolve(parse: (start: number, end: number) => readonly ShopEvent[]): void {
    const count = this.count
    if (this.#view.getUint32(this.#slot.counts + abi.SLOT_DECLINED, true) === 0) {
      this.#resolved = count
      return
    }
    const several: Several[] = []
    let kept = this.#resolved
    for (let record = this.#resolved; record < count; record++) {
      const at = this.#recordAt(record)
      if ((this.#view.getUint8(at + abi.RECORD_FLAGS) & abi.FLAG_DECLINED) === 0) {
        if (kept < record) this.#memory.copyWithin(this.#recordAt(kept), at, at + abi.RECORD_BYTES)
        kept++
        continue
      }
      const start = this.#view.getUint32(at + abi.RECORD_LINE, true)
      const events = parse(start, start + this.#view.getUint32(at + abi.RECORD_LINE_LENGTH, true))
      if (events.length === 0) continue
      if (events.length > 1) several.push({ record: kept, events, start })
      else this.#write(kept, events[0], start, this.#slot.text + start)
      kept++
    }
    kept = this.#spread(several, kept)
    this.#setCount(kept)
    this.#resolved = kept
  }

  /**
   * Gives each line of several events, which has one record yet, the others too:
   * from the last such line to the first, so that what is behind it moves once.
   * There is room: a slot has a record for each item that it can hold. The number
   * of records then.
   */
  #spread(several: readonly Several[], count: number): number {
    const more = several.reduce((sum, { events }) => sum + events.length - 1, 0)
    let end = count
    let shift = more
    for (const { record, events, start } of several.toReversed()) {
      const from = this.#recordAt(record + 1)
      this.#memory.copyWithin(this.#recordAt(record + 1 + shift), from, this.#recordAt(end))
      end = record
      shift -= events.length - 1
      this.#writeAll(record + shift, events, start)
    }
    const continued = this.#slot.counts + abi.SLOT_CONTINUED
    this.#view.setUint32(continued, this.#view.getUint32(continued, true) + more, true)
    return count + more
  }

  /** Writes the records of a line's events. It is unpriced once, whichever of them is. */
  #writeAll(first: number, events: readonly ShopEvent[], start: number): void {
    let text = this.#slot.text + start
    let unpriced = 0
    events.forEach((event, number) => {
      text = this.#write(first + number, event, start, text)
      const at = this.#recordAt(first + number) + abi.RECORD_FLAGS
      const flags = this.#view.getUint8(at)
      unpriced |= flags & abi.FLAG_UNPRICED
      this.#view.setUint8(at, (flags & ~abi.FLAG_UNPRICED) | (number > 0 ? abi.FLAG_CONTINUED : 0))
    })
    const at = this.#recordAt(first) + abi.RECORD_FLAGS
    this.#view.setUint8(at, this.#view.getUint8(at) | unpriced)
  }

  /** Writes a record, and its ids to `text`: where its line is among the bytes, in no other line's way. The end of the ids. */
  #write(record: number, event: ShopEvent | undefined, lineAt: number, text: number): number {
    if (event === undefined) throw new RangeError('a record needs an event')
    const view = this.#view
    const at = this.#recordAt(record)
    const item = this.#writeId(event.itemId, text)
    const customer = this.#writeId(event.customerId, text + item.length)
    const unpriced = event.type === 'purchase' && event.priceMinor === null
    view.setFloat64(at + abi.RECORD_TIME, event.timestampMs, true)
    view.setUint32(at + abi.RECORD_ITEM, item.at, true)
    view.setUint16(at + abi.RECORD_ITEM_LENGTH, item.length, true)
    view.setUint8(at + abi.RECORD_KIND, eventTypeNumber(event.type))
    view.setUint8(
      at + abi.RECORD_FLAGS,
      (customer.length > 0 ? abi.FLAG_CUSTOMER : 0) | (unpriced ? abi.FLAG_UNPRICED : 0)
    )
    view.setBigInt64(at + abi.RECORD_ITEM_HASH, item.hash, true)
    view.setBigInt64(at + abi.RECORD_CUSTOMER, customer.hash, true)
    view.setUint32(at + abi.RECORD_ITEM_HINT, 0, true)
    view.setUint32(at + abi.RECORD_QUANTITY, event.quantity, true)
    view.setUint32(at + abi.RECORD_LINE, lineAt, true)
    view.setBigUint64(at + abi.RECORD_REVENUE, BigInt(event.priceMinor ?? 0) * BigInt(event.quantity), true)
    view.setUint32(this.#slot.counts + abi.SLOT_ID_BYTES, this.idBytes + item.length, true)
    // The customer's id is only hashed: what comes next may take its place.
    return text + item.length
  }

  #writeId(id: string | null, at: number): { at: number; length: number; hash: bigint } {
    if (id === null) return { at: 0, length: 0, hash: 0n }
    // With a bound: where 2 GiB or more lie behind it, `write` without one writes nothing.
    const length = this.#memory.write(id, at, MAX_ID_BYTES)
    return { at, length, hash: this.#kernel.hashBytes(at, length) }
  }

  #recordAt(record: number): number {
    return this.#slot.records + record * abi.RECORD_BYTES
  }

  #setCount(count: number): void {
    this.#view.setUint32(this.#slot.counts + abi.SLOT_RECORDS, count, true)
  }

  #add(counter: number): void {
    const at = this.#slot.counts + counter * 8
    this.#view.setBigUint64(at, this.#view.getBigUint64(at, true) + 1n, true)
  }
}

/** A line of several events, before all of them have records. */
interface Several {
  readonly record: number
  readonly events: readonly ShopEvent[]
  /** Where the line begins in the batch. */
  readonly start: number
}
