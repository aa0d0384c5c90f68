import { TICK_INTERVAL_MS } from '../base/limits.js'
import { LineCutter, type Cut } from './line-cutter.js'
import type { Dispatcher } from './dispatcher.js'
import type { Keeping } from './keeping.js'
import type { SourceOptions } from './messages.js'
import type { PacedLines } from './paced-lines.js'
import type { FreeSlot } from './slots.js'
import type { Source } from './source.js'
import { linesOf, type Suspicion } from './suspicion.js'

/** A timer of more than this would be over at once; ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** What is read at once of very short lines; bytes. */
const DENSE_CHUNK_BYTES = 64 * 1024
/** Lines of a sample that are on average shorter than this are very short: no event by common names is. */
const SHORT_LINE_BYTES = 32
const SAMPLE_BYTES = 2048
const LINE_FEED = 10

function isDense(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  let lines = 0
  for (let at = sample.indexOf(LINE_FEED); at >= 0; at = sample.indexOf(LINE_FEED, at + 1)) lines++
  return lines * SHORT_LINE_BYTES > sample.length
}

/** What a read has come to. */
export interface Taken {
  /** Size of the source; null for a stream. */
  readonly sizeBytes: number | null
  /** Whether there is nothing more to read for now. */
  readonly isAtEnd: boolean
}

/** What the intake needs to know of the reader's run. */
export interface Run {
  /** Called with each read before it is dispatched. */
  readonly took: (taken: Taken) => void
  readonly isStopping: () => boolean
  readonly pause: (ms: number) => Promise<void>
}

/** Reads one source after the other into slots, cuts what it reads into whole lines, and dispatches them. */
export class Intake {
  readonly #options: SourceOptions
  readonly #dispatcher: Dispatcher
  readonly #keeping: Keeping | null
  readonly #paced: PacedLines | null
  readonly #suspicion: Suspicion
  readonly #run: Run
  #cutter = new LineCutter()
  /** Whether lines may be very short, so that few bytes are many of them: what is rejected takes hundreds of times its bytes. */
  #isDense = true

  /** `paced`: plays lines in their rhythm; null: as fast as possible. */
  constructor(
    options: SourceOptions,
    dispatcher: Dispatcher,
    keeping: Keeping | null,
    paced: PacedLines | null,
    suspicion: Suspicion,
    run: Run
  ) {
    this.#options = options
    this.#dispatcher = dispatcher
    this.#keeping = keeping
    this.#paced = paced
    this.#suspicion = suspicion
    this.#run = run
  }

  /** A source begins, or goes on, at byte `offset`. */
  begin(offset: number): void {
    this.#cutter = new LineCutter(offset)
  }

  /** Byte of the source that is read next. */
  get readAt(): number {
    return this.#cutter.readAt
  }

  /** Reads and dispatches once; false at the end of the source. */
  async readOnce(source: Source): Promise<boolean> {
    await this.#makeRoom()
    const slot = await this.#dispatcher.takeSlot()
    const { buffer } = slot
    if (this.#cutter.hasLines()) {
      await this.#pass(slot, this.#cutter.takeLines(buffer), false)
      return true
    }
    const room = this.#cutter.room()
    const most = this.#isDense
      ? Math.min(DENSE_CHUNK_BYTES, this.#options.chunkBytes)
      : this.#options.chunkBytes
    const wanted = Math.min(most, buffer.length - room)
    const count = await source.read(buffer, room, wanted)
    if (count === 0) {
      this.#dispatcher.giveSlot(slot)
      return false
    }
    this.#isDense = isDense(buffer.subarray(room, room + count))
    const sizeBytes = source.size()
    const isAtEnd = sizeBytes !== null && this.#cutter.readAt + count >= sizeBytes
    this.#run.took({ sizeBytes, isAtEnd })
    const cut = this.#cutter.push(buffer, count)
    if (cut === null) this.#dispatcher.giveSlot(slot)
    else await this.#pass(slot, cut, isAtEnd)
    return true
  }

  /** Where too much waits for a commit, counting waits for it too; a server as long as nothing can be written. */
  async #makeRoom(): Promise<void> {
    while (this.#keeping?.isFull === true && !this.#run.isStopping()) {
      try {
        await this.#keeping.commit()
      } catch (error) {
        if (!this.#options.follow) throw error
        this.#dispatcher.rest()
        await this.#run.pause(TICK_INTERVAL_MS)
      }
    }
  }

  /** The end of a file that another one follows ends its last line. */
  async endLine(): Promise<void> {
    const slot = await this.#dispatcher.takeSlot()
    const cut = this.#cutter.finish(slot.buffer)
    if (cut === null) this.#dispatcher.giveSlot(slot)
    else await this.#pass(slot, cut, false)
  }

  /**
   * The end of a source ends its last line, and no event will contradict one that
   * is held. Of a file that may still grow, both count, but are not committed.
   */
  async finish(source: Source): Promise<void> {
    if (source.growing) await this.#keeping?.freeze()
    await this.endLine()
    this.#dispatcher.confirm()
  }

  /** Dispatches a cut: at once, line by line as the lines become due, or one line after the other. */
  async #pass(slot: FreeSlot, cut: Cut, isAtEnd: boolean): Promise<void> {
    if (this.#suspicion.isOn(cut)) {
      await this.#passOneByOne(slot, cut)
      return
    }
    if (this.#paced === null || cut.oversized || this.#suspicion.isOverdue(cut)) {
      if (!cut.oversized) this.#paced?.skip(slot.buffer.subarray(0, cut.length))
      this.#dispatcher.batch(slot, cut, isAtEnd)
      return
    }
    const bytes = Buffer.from(slot.buffer.subarray(0, cut.length))
    this.#dispatcher.giveSlot(slot)
    for (const part of this.#paced.parts(bytes)) {
      for (let leftMs = part.waitMs; leftMs > 0 && !this.#run.isStopping(); leftMs -= MAX_TIMER_MS) {
        await this.#run.pause(Math.min(leftMs, MAX_TIMER_MS))
      }
      // What is not played is not read: a stop ends between two lines.
      if (this.#run.isStopping()) return
      const target = await this.#dispatcher.takeSlot()
      bytes.copy(target.buffer, 0, part.start, part.end)
      const offset = cut.offset + part.start
      const end = cut.offset + part.end
      this.#dispatcher.batch(target, { length: part.end - part.start, offset, end, oversized: false }, true)
    }
  }

  /** Each line alone: where a thread fails once more, it is clear at which. */
  async #passOneByOne(slot: FreeSlot, cut: Cut): Promise<void> {
    const bytes = Buffer.from(slot.buffer.subarray(0, cut.length))
    this.#dispatcher.giveSlot(slot)
    for (const { line, start } of linesOf(cut, bytes)) {
      await this.#dispatcher.settled()
      if (this.#run.isStopping()) return
      const target = await this.#dispatcher.takeSlot()
      const of = bytes.subarray(start, start + line.length)
      of.copy(target.buffer)
      if (!line.oversized) this.#paced?.skip(of)
      this.#dispatcher.batch(target, line, false, this.#suspicion.isQuarantined(line, of))
    }
    await this.#dispatcher.settled()
  }
}
