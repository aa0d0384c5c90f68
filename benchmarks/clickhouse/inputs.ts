import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { generateEvents } from '../../src/generator/generate.js'
import { lineText, type ShopLine } from '../../src/generator/line.js'
import { START_MS } from '../inputs/shop-file.js'
import type { ClickHouseOptions } from './options.js'

export const COLLECTORS = 4
/** The live window: nothing of it has left when the file has been read. */
const HOURS = 24
const HOUR_MS = 3_600_000
const CUSTOMERS = 100_000
const PIECE_LENGTH = 1 << 20
/** Events a second, by their own time, of a file whose events come as they happen. */
const RUSH_RATE = 20_000

export interface Input {
  readonly path: string
  readonly lines: number
  readonly sizeBytes: number
  /** `page_visit` lines. */
  readonly views: number
}

/** A shop's file, and the same lines dealt out to the collectors. */
export interface Inputs {
  readonly whole: Input
  readonly parts: readonly Input[]
  /** After the last event; epoch ms. */
  readonly endMs: number
}

/** A file that is written in large pieces. */
class Writer {
  readonly path: string
  readonly #descriptor: number
  #text = ''
  #lines = 0
  #views = 0

  constructor(path: string) {
    this.path = path
    this.#descriptor = openSync(path, 'w')
  }

  add(text: string, isView: boolean): void {
    this.#text += text
    this.#lines++
    if (isView) this.#views++
    if (this.#text.length >= PIECE_LENGTH) this.#flush()
  }

  close(): Input {
    this.#flush()
    closeSync(this.#descriptor)
    return { path: this.path, lines: this.#lines, sizeBytes: statSync(this.path).size, views: this.#views }
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text)
    for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done)
    this.#text = ''
  }
}

/**
 * A day of a shop in which every item is seen, and its lines dealt out by their
 * number: each collector has the whole day, and most items are of several of them.
 */
export function writeInputs(folder: string, options: ClickHouseOptions): Inputs {
  const whole = new Writer(join(folder, 'all.jsonl'))
  const parts = Array.from(
    { length: COLLECTORS },
    (_, part) => new Writer(join(folder, `part-${part}.jsonl`))
  )
  let number = 0
  for (const line of linesOf(options)) {
    const text = `${lineText(line)}\n`
    const isView = line.event_type === 'page_visit'
    whole.add(text, isView)
    parts[number++ % COLLECTORS]!.add(text, isView)
  }
  return {
    whole: whole.close(),
    parts: parts.map((part) => part.close()),
    endMs: START_MS + HOURS * HOUR_MS
  }
}

/**
 * A file whose events are all of a few minutes: each commit brings the cells of
 * the present minute once more, as it does where events come as they happen.
 */
export function writeRush(path: string, { items, events, seed }: ClickHouseOptions): Input {
  const writer = new Writer(path)
  const hours = events / RUSH_RATE / 3600
  const shop = { events, items, customers: CUSTOMERS, seed, startMs: START_MS, hours }
  for (const line of generateEvents(shop)) writer.add(`${lineText(line)}\n`, line.event_type === 'page_visit')
  return writer.close()
}

/** Popularity leaves most of a large catalogue unseen: of so many lines in a row one is a visit of the next item. */
function* linesOf({ items, events, seed }: ClickHouseOptions): Generator<ShopLine, void, undefined> {
  const every = Math.floor(events / items)
  const shop = { events, items, customers: CUSTOMERS, seed, startMs: START_MS, hours: HOURS }
  let number = 0
  for (const line of generateEvents(shop)) {
    const item = Math.floor(number / every)
    // A line further each time: in one and the same place all of them would be one collector's.
    yield number % every === item % every && item < items ? visitOf(item, line) : line
    number++
  }
}

function visitOf(item: number, { timestamp, customer_id }: ShopLine): ShopLine {
  return { event_type: 'page_visit', timestamp, customer_id, item_id: `sku_${item}` }
}
