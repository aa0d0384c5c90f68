import { existsSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { Worker } from 'node:worker_threads'
import { FootfallError } from '../base/errors.js'
import type { Commit } from '../store/commit.js'
import { Asked } from './asked.js'
import type { HistorianReport, HistorianRequest, HistoryQuestion, HistorySetup, Opened } from './messages.js'

type Unnumbered = HistorianRequest extends infer Each
  ? Each extends HistorianRequest
    ? Omit<Each, 'id'>
    : never
  : never

/** The historian thread as the reader sees it: requests are done one after the other, in their order. */
export class Historian {
  readonly #thread: Worker
  readonly #asked = new Asked()
  /** There was no database when it was started: what is opened is empty, and has the seed that was handed in. */
  readonly isNew: boolean
  readonly opened: Promise<Opened>
  /** Rejects when the thread ends before `close` was called: from then on nothing can be kept. */
  readonly ended: Promise<never>
  #isClosing = false

  /** `newSeed` (8 bytes): what hashes are seeded with if there is no database yet. */
  constructor({ url, ...setup }: HistorySetup, newSeed: Uint8Array) {
    const { path } = setup
    this.isNew = path === null || !existsSync(path)
    let announceEnd: (failure: FootfallError) => void = () => undefined
    this.ended = new Promise<never>((_, reject) => (announceEnd = reject))
    this.ended.catch(() => undefined)
    this.#thread = new Worker(new URL(url), { workerData: { ...setup, newSeed }, execArgv: [] })
    this.opened = new Promise((resolve, reject) => {
      const end = (failure: FootfallError) => {
        if (!this.#isClosing) announceEnd(failure)
        reject(failure)
        this.#asked.end(failure)
      }
      this.#thread.on('message', (report: HistorianReport) => {
        if (report.kind === 'opened') {
          const { seed, restored } = report.opened
          if (!this.isNew || (restored === null && isDeepStrictEqual(seed, newSeed))) resolve(report.opened)
          else end(new FootfallError('history', `another process has just made the history ${path ?? ''}`))
        } else if (report.kind === 'done') this.#asked.answer(report.id, report.answer)
        else if (report.id !== null) this.#asked.refuse(report.id, report.failure)
        else end(new FootfallError(report.failure.code, report.failure.message))
      })
      this.#thread.on('error', (error) => {
        end(new FootfallError('history', `the historian failed: ${error.message}`, { cause: error }))
      })
      this.#thread.on('exit', () => {
        end(new FootfallError('history', 'the historian has ended'))
      })
    })
    this.opened.catch(() => undefined)
  }

  /** Resolves with the commit's number. */
  async commit(commit: Commit): Promise<number> {
    const { commit: number } = (await this.#request({ kind: 'commit', commit })) as { commit: number }
    return number
  }

  ask(question: HistoryQuestion): Promise<unknown> {
    return this.#request({ kind: 'ask', question })
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#request({ kind: 'close' }).catch(() => undefined)
    await this.#thread.terminate()
  }

  #request(request: Unnumbered): Promise<unknown> {
    return this.#asked.ask((id) => {
      this.#thread.postMessage({ ...request, id } satisfies HistorianRequest)
    })
  }
}
