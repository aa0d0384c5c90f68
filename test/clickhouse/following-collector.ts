import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startServe, statusWhen, type Served } from '../support/command.js'
import type { SplitLine } from '../support/split-stream.js'

/** A process that follows a file of its own and ships. */
export class FollowingCollector {
  readonly #t: Test
  readonly #file: string
  readonly dataDir: string
  readonly name: string
  readonly #args: readonly string[]
  lines = 0
  #served: Served | null = null

  constructor(t: Test, folder: string, number: number, url: string, timeZone: string) {
    this.#t = t
    this.#file = join(folder, `${number}.jsonl`)
    this.dataDir = join(folder, `data-${number}`)
    this.name = `shop-${number}`
    writeFileSync(this.#file, '')
    this.#args = [
      this.#file,
      '--data-dir',
      this.dataDir,
      '--clickhouse',
      url,
      '--collector',
      this.name,
      '--commit-interval',
      '0.1',
      '--time-zone',
      timeZone,
      '--workers',
      '1'
    ]
  }

  async start(): Promise<void> {
    this.#served = await startServe(this.#t, this.#args)
  }

  append(line: SplitLine): void {
    appendFileSync(this.#file, line.text)
    this.lines++
  }

  /** Ends it, wherever it is, and starts it again. */
  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.end(signal)
    await this.start()
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const code = await this.#served?.end(signal)
    if (signal === 'SIGTERM') this.#t.equal(code, 0, this.#served?.stderr() ?? '')
  }

  /** Waits until it has counted and shipped all of its lines. */
  async settled(): Promise<void> {
    const status = await statusWhen(
      this.#served!,
      ({ accounting, shipping }) => accounting.lines === this.lines && shipping?.lag_seconds === 0
    )
    this.#t.equal(status.shipping?.error, null)
    this.#t.equal(status.history?.conservation?.difference, 0)
  }
}
