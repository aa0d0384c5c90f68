import { appendFileSync } from 'node:fs'
import { lineText, type ShopLine } from '../../src/generator/line.js'
import { liveEvents } from '../../src/generator/live.js'
import type { Inputs } from './inputs.js'
import type { ClickHouseOptions } from './options.js'

const TICK_MS = 100
const CUSTOMERS = 10_000

/**
 * Lets every collector's file grow slowly, so that each commit of each has
 * something to ship; the undivided file gets the same lines. Time goes on in the
 * files from their end as it does outside.
 */
export class LiveAppend {
  readonly #inputs: Inputs
  readonly #rate: number
  readonly #next: (timestampMs: number) => ShopLine
  readonly #begun = performance.now()
  readonly #timer: NodeJS.Timeout
  /** Bytes and lines of all files of collectors. */
  sizeBytes: number
  lines: number
  /** Lines of each collector. */
  #written = 0
  #failure: unknown = null

  constructor(inputs: Inputs, { items, seed, liveRate }: ClickHouseOptions) {
    this.#inputs = inputs
    this.#rate = liveRate
    this.#next = liveEvents({ seed: seed + 1, items, customers: CUSTOMERS, rate: liveRate })
    this.sizeBytes = inputs.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.lines = inputs.whole.lines
    this.#timer = setInterval(() => {
      this.#write()
    }, TICK_MS)
  }

  /** The present, by the files' clock; epoch ms. */
  get nowMs(): number {
    return this.#inputs.endMs + Math.floor(performance.now() - this.#begun)
  }

  /** Writes lines at once to a collector's file. */
  append(collector: number, lines: readonly ShopLine[]): void {
    const text = lines.map((line) => `${lineText(line)}\n`).join('')
    const { whole, parts } = this.#inputs
    appendFileSync(whole.path, text)
    appendFileSync(parts[collector]!.path, text)
    this.sizeBytes += Buffer.byteLength(text)
    this.lines += lines.length
  }

  /** Nothing is written any more; throws where something could not be. */
  end(): void {
    clearInterval(this.#timer)
    if (this.#failure !== null) throw new Error('a line could not be appended', { cause: this.#failure })
  }

  #write(): void {
    const due = Math.floor(((performance.now() - this.#begun) / 1000) * this.#rate) - this.#written
    if (due <= 0 || this.#failure !== null) return
    this.#written += due
    try {
      for (const collector of this.#inputs.parts.keys()) {
        this.append(
          collector,
          Array.from({ length: due }, () => this.#next(this.nowMs))
        )
      }
    } catch (error) {
      this.#failure = error
    }
  }
}
