import { Buffer } from 'node:buffer'
import {
  EVENT_TYPES,
  REJECTION_REASONS,
  eventsOf,
  type ShopEvent,
  type Verdict
} from '../../src/event/event.js'
import { IDENTITY_MAPPING, type FieldMapping } from '../../src/event/mapping.js'
import { createLineParser } from '../../src/event/parse-line.js'
import * as abi from '../../src/kernel/abi.js'
import { Kernel } from '../../src/store/kernel.js'
import type { SlotPlace } from '../../src/store/layout.js'
import { SlotRecords, slotBytes } from '../../src/store/slot.js'
import { createStore } from '../../src/store/store.js'

const LINE_FEED = 10
const WORDS = abi.RECORD_BYTES / 4
const ITEM_WORD = abi.RECORD_ITEM / 4
const LINE_WORD = abi.RECORD_LINE / 4
/** What lies behind a batch in its slot, from any of its bytes on: it must not matter. */
const NOISE = Buffer.from('\n"\\"},{"item_id":"x"}\n\xff\x80{\\\\"'.repeat(8), 'latin1')
const FEW = { items: 16, nameBytes: 4096, customers: 16, foldRows: 16, pending: 16, cells: 64 }

/** A line without its line feed, and what the reference parser makes of it. */
export interface JudgedLine {
  readonly bytes: Buffer
  readonly verdict: Verdict
  readonly records: readonly JudgedRecord[]
}

/** A record that a line must become, but for the two places that depend on where the line lies. */
interface JudgedRecord {
  readonly words: Uint32Array
  readonly item: Buffer
}

/** Where a batch lies. */
export interface Place {
  /** Of the two. */
  readonly slot?: 0 | 1
  /** Byte of the slot at which the batch begins. */
  readonly from?: number
  /** Whether the last line has its line feed. */
  readonly isEnded?: boolean
  /** Records that there is room for beyond those of the events; all of the slot's by default. */
  readonly spareRecords?: number
}

/** The first line that the scanner and the reference parser do not agree on, or -1 for the tally. */
export interface Mismatch {
  readonly line: number
  readonly what: string
}

export interface ScanResult {
  /** 1 for each line that was declined. */
  readonly declined: Uint8Array
  readonly mismatch: Mismatch | null
}

/** A store with two slots, into which batches are scanned and compared with the reference parser. */
export class ScanBench {
  readonly mapping: FieldMapping
  readonly minorDigits: number
  readonly kernel: Kernel
  readonly #store
  readonly #parse
  readonly #memory: Buffer
  readonly #words: Uint32Array

  constructor(
    options: { mapping?: FieldMapping; minorDigits?: number; chunkBytes?: number; seed?: Uint8Array } = {}
  ) {
    const { mapping = IDENTITY_MAPPING, minorDigits = 2, chunkBytes = 1 << 21, seed } = options
    this.mapping = mapping
    this.minorDigits = minorDigits
    const layout = { capacity: FEW, slots: 2, chunkBytes, wallClock: false, minorDigits, mapping }
    this.#store = createStore(layout, seed)
    this.kernel = new Kernel(this.#store)
    this.#parse = createLineParser({ minorDigits, mapping })
    this.#memory = Buffer.from(this.#store.memory.buffer)
    this.#words = new Uint32Array(this.#store.memory.buffer)
  }

  /** Cuts text at its line feeds and asks the reference parser; text behind the last one is a line too. */
  judge(text: Uint8Array): JudgedLine[] {
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.length)
    const lines: JudgedLine[] = []
    // Every line that is no JSON throws an error inside the parser; its stack costs more than all the rest.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    for (let at = 0; at < bytes.length;) {
      const found = bytes.indexOf(LINE_FEED, at)
      const end = found < 0 ? bytes.length : found
      lines.push(this.#judgeLine(bytes.subarray(at, end)))
      at = end + 1
    }
    Error.stackTraceLimit = stackTraceLimit
    return lines
  }

  #judgeLine(bytes: Buffer): JudgedLine {
    const verdict = this.#parse(bytes)
    const events = eventsOf(verdict)
    const isUnpriced = events.some(({ type, priceMinor }) => type === 'purchase' && priceMinor === null)
    const records = events.map((event, number) => {
      const item = Buffer.from(event.itemId ?? '')
      // Counted once a line: of what has no price, and of what has no customer.
      const flags = number > 0 ? abi.FLAG_CONTINUED : isUnpriced ? abi.FLAG_UNPRICED : 0
      return { words: this.#wordsOf(event, item, flags), item }
    })
    return { bytes, verdict, records }
  }

  #wordsOf(event: ShopEvent, item: Buffer, flags: number): Uint32Array {
    const { type, timestampMs, customerId, priceMinor, quantity } = event
    const words = new Uint32Array(WORDS)
    const view = new DataView(words.buffer)
    view.setFloat64(abi.RECORD_TIME, timestampMs, true)
    view.setUint16(abi.RECORD_ITEM_LENGTH, item.length, true)
    view.setUint8(abi.RECORD_KIND, EVENT_TYPES.indexOf(type))
    view.setUint8(abi.RECORD_FLAGS, flags | (customerId === null ? 0 : abi.FLAG_CUSTOMER))
    view.setBigInt64(abi.RECORD_ITEM_HASH, this.#hashOf(item), true)
    view.setBigInt64(abi.RECORD_CUSTOMER, this.#hashOf(Buffer.from(customerId ?? '')), true)
    view.setUint32(abi.RECORD_QUANTITY, quantity, true)
    view.setBigUint64(abi.RECORD_REVENUE, BigInt(priceMinor ?? 0) * BigInt(quantity), true)
    return words
  }

  /** The kernel's hash of an id, with `noise` in the bytes behind it. */
  hash(id: Uint8Array, noise = 0): bigint {
    const room = this.#slot(0).text
    this.#memory.set(id, room)
    this.#memory.fill(noise, room + id.length, room + id.length + 16)
    return this.kernel.hashBytes(room, id.length)
  }

  #hashOf(id: Buffer): bigint {
    return id.length === 0 ? 0n : this.hash(id)
  }

  /** Scans lines as one batch, declined ones by the verdict they have, and compares all that comes of it. */
  scan(lines: readonly JudgedLine[], place: Place = {}): ScanResult {
    const { slot: number = 0, from = 0, isEnded = true, spareRecords } = place
    const slot = this.#roomFor(this.#slot(number), lines, spareRecords)
    const { starts, end } = this.#write(slot, lines, from, isEnded)
    const declined = new Uint8Array(lines.length)
    const records = new SlotRecords(this.#store, this.kernel, slot)
    let next = 0
    const strays: Mismatch[] = []
    if (from < end)
      records.scan(from, end, (start, lineEnd) => {
        while (next < lines.length && starts[next]! < start) next++
        const line = lines[next]
        if (line === undefined || starts[next] !== start || lineEnd !== start + line.bytes.length) {
          strays.push({ line: Math.min(next, lines.length - 1), what: `declined as [${start}, ${lineEnd})` })
          return []
        }
        declined[next] = 1
        const { verdict } = line
        if (verdict.outcome === 'rejected') records.rejected(verdict.reason)
        else if (verdict.outcome === 'blank') records.blank()
        return eventsOf(verdict)
      })
    const mismatch = strays[0] ?? this.#compare(slot, lines, starts, records.idBytes, declined)
    return { declined, mismatch }
  }

  #slot(number: 0 | 1): SlotPlace {
    return this.#store.layout.slots[number]!
  }

  #roomFor(slot: SlotPlace, lines: readonly JudgedLine[], spareRecords: number | undefined): SlotPlace {
    if (spareRecords === undefined) return slot
    const accepted = lines.reduce((sum, { records }) => sum + records.length, 0)
    // The items of a line take room before it is known whether the line is accepted.
    const items = Math.max(0, ...lines.map(({ bytes }) => Math.ceil(bytes.length / 2)))
    const spare = this.mapping.items === null ? spareRecords : spareRecords + items
    return {
      ...slot,
      recordsEnd: Math.min(slot.recordsEnd, slot.records + (accepted + spare) * abi.RECORD_BYTES)
    }
  }

  #write(slot: SlotPlace, lines: readonly JudgedLine[], from: number, isEnded: boolean) {
    const bytes = slotBytes(this.#store, slot)
    const starts: number[] = []
    let at = from
    for (const { bytes: line } of lines) {
      starts.push(at)
      bytes.set(line, at)
      at += line.length
      bytes[at++] = LINE_FEED
    }
    // An empty line without its line feed is none.
    if (!isEnded && lines.length > 0 && lines.at(-1)!.bytes.length > 0) at--
    bytes.set(NOISE.subarray(at % 26).subarray(0, bytes.length - at), at)
    return { starts, end: at }
  }

  #compare(
    slot: SlotPlace,
    lines: readonly JudgedLine[],
    starts: readonly number[],
    idBytes: number,
    declined: Uint8Array
  ): Mismatch | null {
    const words = this.#words
    const count = words[(slot.counts + abi.SLOT_RECORDS) / 4]!
    let record = slot.records / 4
    const end = record + count * WORDS
    let itemBytes = 0
    for (const [number, line] of lines.entries()) {
      for (const { words: wanted, item } of line.records) {
        const found = record < end ? words[record + LINE_WORD]! : Infinity
        if (found < starts[number]!) return { line: starts.indexOf(found), what: 'a record that must not be' }
        if (found > starts[number]!) return { line: number, what: 'no record' }
        for (let word = 0; word < WORDS; word++) {
          if (word === ITEM_WORD || word === LINE_WORD || words[record + word] === wanted[word]) continue
          return { line: number, what: `word ${word} is ${words[record + word]}, not ${wanted[word]}` }
        }
        const at = words[record + ITEM_WORD]!
        if (item.compare(this.#memory, at, at + item.length) !== 0) return { line: number, what: 'item id' }
        itemBytes += item.length
        record += WORDS
      }
    }
    if (record !== end) {
      return { line: starts.indexOf(words[record + LINE_WORD]!), what: 'a record that must not be' }
    }
    if (itemBytes !== idBytes) return { line: -1, what: `${idBytes} bytes of ids, not ${itemBytes}` }
    const continued = lines.reduce((sum, { records }) => sum + Math.max(0, records.length - 1), 0)
    const counted = words[(slot.counts + abi.SLOT_CONTINUED) / 4]
    if (continued !== counted) return { line: -1, what: `${counted} continued records, not ${continued}` }
    return this.#compareTally(slot, lines, declined)
  }

  #compareTally(slot: SlotPlace, lines: readonly JudgedLine[], declined: Uint8Array): Mismatch | null {
    const wanted = new Array<number>(abi.COUNTER_COUNT).fill(0)
    wanted[abi.COUNT_LINES] = lines.length
    wanted[abi.COUNT_FALLBACK] = lines.filter(
      ({ verdict }, number) =>
        declined[number] === 1 && !(verdict.outcome === 'rejected' && verdict.reason === 'oversized_line')
    ).length
    for (const { verdict } of lines) {
      if (verdict.outcome === 'blank') wanted[abi.COUNT_BLANK]!++
      if (verdict.outcome !== 'rejected') continue
      wanted[abi.COUNT_REJECTED + REJECTION_REASONS.indexOf(verdict.reason)]!++
    }
    for (const [counter, expected] of wanted.entries()) {
      const found = this.#words[slot.counts / 4 + counter * 2]!
      if (found !== expected) return { line: -1, what: `counter ${counter} is ${found}, not ${expected}` }
    }
    return null
  }
}
