import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { Worker } from 'node:worker_threads'
import { FootfallError } from '../base/errors.js'
import type { OmitEach } from '../base/omit-each.js'
import type { Commit } from '../store/commit.js'
import { Asked } from './asked.js'
import type { HistorianReport, HistorianRequest, HistoryQuestion, HistorySetup, Opened } from './messages.js'

/** What the thread tells unasked: it is a part of what the reader tells. */
type HistorianNews = Extract<HistorianReport, { kind: 'shipping' | 'notice' }>

/** How long a new database may wait for what came before it to be counted; ms. */
const START_AFTER_MS = 1000

/**
 * The historian thread as the reader sees it: requests are done one after the
 * other, in their order. Where there is no database yet the thread starts with
 * the first request, by `start`, or after a second: loading an engine would take
 * a processor from the threads that count.
 */
export class Historian {
  readonly #setup: HistorySetup
  readonly #newSeed: Uint8Array
  #thread: Worker | null = null
  #startLater: NodeJS.Timeout | undefined
  readonly #asked = new Asked()
  /** There was no database when it was started: what is opened is empty, and has the seed that was handed in. */
  readonly isNew: boolean
  readonly opened: Promise<Opened>
  /** Rejects when the thread ends before `close` was called: from then on nothing can be kept. */
  readonly ended: Promise<never>
  #isClosing = false

  #open: (opened: Opened) => void = () => undefined
  #end: (failure: FootfallError) => void = () => undefined

  /** What it tells of itself, besides answers; set before anything is requested. */
  report: (report: HistorianNews) => void = () => undefined

  /** `newSeed` (8 bytes): what hashes are seeded with if there is no database yet. */
  constructor(setup: HistorySetup, newSeed: Uint8Array) {
    this.#setup = setup
    this.#newSeed = newSeed
    this.isNew = setup.path === null || !existsSync(setup.path)
    let announceEnd: (failure: FootfallError) => void = () => undefined
    this.ended = new Promise<never>((_, reject) => (announceEnd = reject))
    this.opened = new Promise((resolve, reject) => {
      this.#open = resolve
      this.#end = (failure) => {
        if (!this.#isClosing) announceEnd(failure)
        reject(failure)
        this.#asked.end(failure)
      }
    })
    this.ended.catch(() => undefined)
    this.opened.catch(() => undefined)
    if (!this.isNew) this.start()
    else {
      this.#startLater = setTimeout(() => {
        this.start()
      }, START_AFTER_MS)
    }
  }

  /** Starts the thread, unless it has been started. */
  start(): void {
    this.#started()
  }

  #started(): Worker {
    if (this.#thread !== null) return this.#thread
    clearTimeout(this.#startLater)
    const { url, ...setup } = this.#setup
    const thread = new Worker(new URL(url), {
      workerData: { ...setup, newSeed: this.#newSeed },
      execArgv: []
    })
    this.#thread = thread
    thread.on('message', (report: HistorianReport) => {
      this.#take(report)
    })
    thread.on('error', (error) => {
      this.#end(new FootfallError('ingest', `the historian failed: ${error.message}`, { cause: error }))
    })
    thread.on('exit', () => {
      this.#end(new FootfallError('ingest', 'the historian has ended'))
    })
    return thread
  }

  /** Resolves with the commit's number. */
  async commit(commit: Commit): Promise<number> {
    const { commit: number } = (await this.#request({ kind: 'commit', commit })) as { commit: number }
    return number
  }

  ask(question: HistoryQuestion): Promise<unknown> {
    return this.#request({ kind: 'ask', question })
  }

  /** Gives up what has been requested; after it, only `close`. */
  async interrupt(): Promise<void> {
    if (this.#thread !== null) await this.#request({ kind: 'interrupt' }).catch(() => undefined)
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#startLater)
    if (this.#thread === null) return
    await this.#request({ kind: 'close' }).catch(() => undefined)
    await this.#thread.terminate()
  }

  #take(report: HistorianReport): void {
    switch (report.kind) {
      case 'opened': {
        const { seed, restored } = report.opened
        const isMine = restored === null && isDeepStrictEqual(seed, this.#newSeed)
        if (!this.isNew || isMine) this.#open(report.opened)
        else {
          const path = this.#setup.path ?? ''
          this.#end(new FootfallError('history', `another process has just made the history ${path}`))
        }
        break
      }
      case 'done':
        this.#asked.answer(report.id, report.answer)
        break
      case 'shipping':
      case 'notice':
        this.report(report)
        break
      case 'failed':
        if (report.id !== null) this.#asked.refuse(report.id, report.failure)
        else this.#end(new FootfallError(report.failure.code, report.failure.message))
    }
  }

  #request(request: OmitEach<HistorianRequest, 'id'>): Promise<unknown> {
    const thread = this.#started()
    return this.#asked.ask((id) => {
      thread.postMessage({ ...request, id } satisfies HistorianRequest)
    })
  }
}
