import { HEADLINES, ROWS, type HeadlineMember, type HeadlineRow } from '../headlines.js'
import type { StageCost, StageName, StagesAnswer } from '../stages.js'
import { median } from '../statistics.js'
import { DEFAULT_CHUNK_BYTES, DEFAULT_MEMORY_BYTES } from '../../src/base/limits.js'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { createBatchParser } from '../../src/ingest/batch.js'
import { LineCutter, type Cut } from '../../src/ingest/line-cutter.js'
import { openSource, type Source } from '../../src/ingest/source.js'
import * as abi from '../../src/kernel/abi.js'
import { HEADLINE_METRICS } from '../../src/metrics/metrics.js'
import { BoardReader, type Board } from '../../src/store/board.js'
import { capacityWithin } from '../../src/store/budget.js'
import { Kernel } from '../../src/store/kernel.js'
import { ParsedSlot, describeSlot, slotBytes } from '../../src/store/slot.js'
import { createStore } from '../../src/store/store.js'

/**
 * Measures the stages of a file's events: `measure-stages.js FILE`.
 *
 * One thread does what the reader and one thread of the pool do, over a store
 * of the product's own sizes: reads a chunk and cuts it into whole lines, scans
 * these into records, applies them. No board is published before the end. The
 * processor time is that of the whole process, in which nothing else runs but
 * the engine's own threads, while they compile: a median leaves that out.
 */

/** As many as the product has with one worker, so that as much memory is walked through. */
const SLOTS = 3

const PARSER = { minorDigits: 2, mapping: IDENTITY_MAPPING }

const [file = ''] = process.argv.slice(2)
const store = createStore({
  capacity: capacityWithin({
    memoryBytes: DEFAULT_MEMORY_BYTES,
    workers: 1,
    chunkBytes: DEFAULT_CHUNK_BYTES,
    mapping: IDENTITY_MAPPING,
    history: null
  }),
  slots: SLOTS,
  chunkBytes: DEFAULT_CHUNK_BYTES,
  wallClock: false,
  ...PARSER
})
const kernel = new Kernel(store)
const parseBatch = createBatchParser({ ...PARSER, store, faults: {}, deadLetters: false }, kernel)
const boards = new BoardReader(store)
const buffers = store.layout.slots.map((slot) => slotBytes(store, slot))

interface Sample {
  readonly events: number
  /** On all processors; µs. */
  readonly micros: Readonly<Record<StageName, number>>
}

const source = openSource(file)
if (source === null) throw new Error(`there is no ${file}`)
const samples = await measure(source)
source.close()
kernel.publish()
process.stdout.write(JSON.stringify(answerOf(samples, boards.read()!)))

async function measure(source: Source): Promise<Sample[]> {
  const cutter = new LineCutter()
  const samples: Sample[] = []
  let carriedMicros = 0
  for (let slot = 0; ; slot = (slot + 1) % SLOTS) {
    const begun = cpuMicros()
    const { cut, isEnd } = await readOnce(source, cutter, buffers[slot]!)
    const read = cpuMicros()
    if (cut === null) {
      if (isEnd) return samples
      carriedMicros += read - begun
      continue
    }
    const parsed = new ParsedSlot(store, store.layout.slots[slot]!)
    describeSlot(store, parsed.place, { ...cut, rejectedAs: null, wallMs: Date.now(), publish: false })
    parseBatch(parsed)
    const { place, count } = parsed
    const scanned = cpuMicros()
    const shortage = kernel.prepare(place, count)
    if (shortage !== null) throw new Error(`the store has no room left for ${shortage}`)
    kernel.apply(place, count, Date.now(), cut.end)
    const applied = cpuMicros()
    const micros = {
      read: read - begun + carriedMicros,
      scan: scanned - read,
      apply: applied - scanned,
      total: applied - begun + carriedMicros
    }
    carriedMicros = 0
    if (count > 0) samples.push({ events: count, micros })
  }
}

async function readOnce(
  source: Source,
  cutter: LineCutter,
  buffer: Buffer
): Promise<{ cut: Cut | null; isEnd: boolean }> {
  if (cutter.hasLines()) return { cut: cutter.takeLines(buffer), isEnd: false }
  const room = cutter.room()
  const count = await source.read(buffer, room, Math.min(DEFAULT_CHUNK_BYTES, buffer.length - room))
  if (count > 0) return { cut: cutter.push(buffer, count), isEnd: false }
  return { cut: cutter.finish(buffer), isEnd: true }
}

function answerOf(samples: readonly Sample[], board: Board): StagesAnswer {
  const costOf = (stage: StageName): StageCost => {
    const micros = samples.reduce((sum, sample) => sum + sample.micros[stage], 0)
    const events = samples.reduce((sum, sample) => sum + sample.events, 0)
    return {
      medianMicros: median(samples.map((sample) => sample.micros[stage] / sample.events)),
      meanMicros: micros / events
    }
  }
  const { lines, accepted, fallback } = board.counts
  return {
    batches: samples.length,
    cost: { read: costOf('read'), scan: costOf('scan'), apply: costOf('apply'), total: costOf('total') },
    memory: memoryOf(board),
    counts: { lines, accepted, fallback },
    headlines: Object.fromEntries(
      HEADLINES.map(({ member }) => [member, rowsOf(board, member)] as const)
    ) as Record<HeadlineMember, HeadlineRow[]>
  }
}

/** From what the store's header says of its regions when the file has been counted. */
function memoryOf(board: Board): StagesAnswer['memory'] {
  const view = new DataView(store.memory.buffer)
  const word = (at: number) => view.getUint32(at, true)
  const region = (number: number) => store.layout.regions[number]!
  const free = word(abi.CHUNKS_FREE_COUNT) * abi.CELL_CHUNK_BYTES
  const cellBytes = word(abi.CHUNKS_NEXT) - region(abi.REGION_CHUNKS) - free
  // Everything that the layout has an entry an item for lies between the index and the names.
  const dense = (region(abi.REGION_ARENA) - region(abi.REGION_ITEM_HASHES)) / region(abi.REGION_ITEM_CAPACITY)
  const names = word(abi.ARENA_NEXT) - region(abi.REGION_ARENA)
  const index = word(abi.ITEM_INDEX_SIZE) * 8
  return {
    cells: board.cells,
    bytesPerCell: cellBytes / board.cells,
    items: board.items,
    bytesPerItem: Math.round(dense) + (names + index) / board.items,
    storeBytes: board.storeBytes
  }
}

function rowsOf(board: Board, member: HeadlineMember): HeadlineRow[] {
  const metric = HEADLINE_METRICS.find(({ headline }) => headline.member === member)!
  const rows = board.headlines[metric.order]!.rows
  return rows.slice(0, ROWS).map(({ itemId, value }) => [itemId, Number(value)])
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
