import { closeSync, openSync, readSync } from 'node:fs'
import { DEFAULT_CHUNK_BYTES, DEFAULT_MEMORY_BYTES } from '../../src/base/limits.js'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { createLineParser } from '../../src/event/parse-line.js'
import { createBatchParser } from '../../src/ingest/batch.js'
import { capacityWithin } from '../../src/store/budget.js'
import { Kernel } from '../../src/store/kernel.js'
import { ParsedSlot, SlotRecords, describeSlot, slotBytes } from '../../src/store/slot.js'
import { createStore } from '../../src/store/store.js'
import { median } from '../statistics.js'
import type { DeclinedAnswer } from '../stages.js'

/**
 * Measures lines that the scanner declines: `measure-declined.js FILE`.
 *
 * Of the file's first lines the key of the event type is escaped. In one thread,
 * in turns: records made by the reference parser alone, line after line, and by
 * the scanner, which leaves all lines to that parser.
 */

const MEASURED_BYTES = 24 * 1024 * 1024
const ROUNDS = 7
const LINE_FEED = 10
const PARSER = { minorDigits: 2, mapping: IDENTITY_MAPPING }

const store = createStore({
  capacity: capacityWithin({
    memoryBytes: DEFAULT_MEMORY_BYTES,
    workers: 1,
    chunkBytes: DEFAULT_CHUNK_BYTES,
    mapping: IDENTITY_MAPPING,
    history: null
  }),
  slots: 1,
  chunkBytes: DEFAULT_CHUNK_BYTES,
  wallClock: false,
  ...PARSER
})
const slot = store.layout.slots[0]!
const kernel = new Kernel(store)
const parseBatch = createBatchParser({ ...PARSER, store, faults: {}, deadLetters: false }, kernel)
const parseLine = createLineParser(PARSER)
const batches = batchesOf(declinedLines(process.argv[2] ?? ''))

// Once without a clock: both are compiled then.
const lines = parseAlone()
if (parseAsProduct() !== lines) throw new Error('the reference parser accepts others')
const micros = { reference: [] as number[], product: [] as number[] }
for (let round = 0; round < ROUNDS; round++) {
  micros.reference.push(timed(parseAlone))
  micros.product.push(timed(parseAsProduct))
}
const [reference, product] = [median(micros.reference), median(micros.product)]
const answer: DeclinedAnswer = {
  lines,
  referenceMicros: reference / lines,
  productMicros: product / lines,
  ratio: median(micros.product.map((spent, round) => spent / (micros.reference[round] ?? 0)))
}
process.stdout.write(JSON.stringify(answer))

/** Accepted lines. */
function parseAlone(): number {
  let accepted = 0
  for (const batch of batches) {
    const bytes = slotBytes(store, slot).subarray(0, batch.length)
    bytes.set(batch)
    const records = new SlotRecords(store, kernel, slot)
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(LINE_FEED, at)
      const verdict = parseLine(bytes.subarray(at, end))
      if (verdict.outcome === 'accepted') records.event(verdict.event, at)
      at = end + 1
    }
    accepted += records.count
  }
  return accepted
}

function parseAsProduct(): number {
  let accepted = 0
  for (const batch of batches) {
    slotBytes(store, slot).set(batch)
    const parsed = new ParsedSlot(store, slot)
    const place = { length: batch.length, offset: 1, end: 1 + batch.length, rejectedAs: null }
    describeSlot(store, slot, { ...place, wallMs: Date.now(), publish: false })
    parseBatch(parsed)
    accepted += parsed.count
  }
  return accepted
}

/** µs of processor time. */
function timed(parse: () => number): number {
  const begun = process.cpuUsage()
  const found = parse()
  const { user, system } = process.cpuUsage(begun)
  if (found !== lines) throw new Error(`${found} of ${lines} lines are accepted`)
  return user + system
}

function declinedLines(file: string): string {
  const bytes = Buffer.alloc(MEASURED_BYTES)
  const descriptor = openSync(file, 'r')
  const text = bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, MEASURED_BYTES, 0))
  closeSync(descriptor)
  return text.slice(0, text.lastIndexOf('\n') + 1).replaceAll('"event_type"', '"event\\u005ftype"')
}

/** Whole lines, up to a chunk of them at a time. */
function batchesOf(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.lastIndexOf(LINE_FEED, at + DEFAULT_CHUNK_BYTES - 1) + 1
    found.push(bytes.subarray(at, end))
    at = end
  }
  return found
}
