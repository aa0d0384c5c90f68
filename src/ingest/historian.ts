import { Worker } from 'node:worker_threads'
import { FootfallError } from '../base/errors.js'
import type {
  Commit,
  HistorianReport,
  HistorianRequest,
  HistoryOptions,
  HistoryQuestion,
  Opened
} from './messages.js'

type Unnumbered = HistorianRequest extends infer Each
  ? Each extends HistorianRequest
    ? Omit<Each, 'id'>
    : never
  : never

/** The historian thread as the reader sees it: requests are done one after the other, in their order. */
export class Historian {
  readonly #thread: Worker
  readonly #asked = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>()
  readonly opened: Promise<Opened>
  /** Rejects when the thread ends before `close` was called: from then on nothing can be kept. */
  readonly ended: Promise<never>
  #nextId = 0
  #ended: FootfallError | null = null
  #isClosing = false

  constructor({ url, ...setup }: HistoryOptions) {
    let announceEnd: (failure: FootfallError) => void = () => undefined
    this.ended = new Promise<never>((_, reject) => (announceEnd = reject))
    this.ended.catch(() => undefined)
    this.#thread = new Worker(new URL(url), { workerData: setup, execArgv: [] })
    this.opened = new Promise((resolve, reject) => {
      const end = (failure: FootfallError) => {
        if (this.#ended === null && !this.#isClosing) announceEnd(failure)
        this.#ended ??= failure
        reject(failure)
        for (const asked of this.#asked.values()) asked.reject(failure)
        this.#asked.clear()
      }
      this.#thread.on('message', (report: HistorianReport) => {
        if (report.kind === 'opened') resolve(report.opened)
        else if (report.kind === 'failed' && report.id === null)
          end(new FootfallError(report.failure.code, report.failure.message))
        else this.#take(report)
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
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended)
        return
      }
      const id = this.#nextId++
      this.#asked.set(id, { resolve, reject })
      this.#thread.postMessage({ ...request, id } satisfies HistorianRequest)
    })
  }

  #take(report: Exclude<HistorianReport, { kind: 'opened' }>): void {
    const id = report.id ?? -1
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if (report.kind === 'failed')
      asked?.reject(new FootfallError(report.failure.code, report.failure.message))
    else asked?.resolve(report.answer)
  }
}
