import { FootfallError, describeError } from '../base/errors.js'
import type { Dispatcher } from './dispatcher.js'
import type { Keeping } from './keeping.js'
import type { Report, Request } from './messages.js'

/** A request that wants an answer. */
export type Question = Extract<Request, { readonly id: number }>

/** Answers what the main thread asks while the reader reads; `keeping`: null where no history is kept. */
export class Answering {
  readonly #dispatcher: Dispatcher
  readonly #keeping: Keeping | null
  readonly #report: (report: Report) => void
  #begin: () => void = () => undefined
  /** No ticket is handed out before the state of the last run has been taken over. */
  readonly #begun = new Promise<void>((resolve) => (this.#begin = resolve))

  constructor(dispatcher: Dispatcher, keeping: Keeping | null, report: (report: Report) => void) {
    this.#dispatcher = dispatcher
    this.#keeping = keeping
    this.#report = report
  }

  /** From now on questions are answered, those that have come before too. */
  begin(): void {
    this.#begin()
  }

  /** Reports the answer, or why there is none. */
  ask(question: Question): void {
    const { id } = question
    this.#begun
      .then(() => this.#answer(question))
      .then(this.#report, (error: unknown) => {
        const code = error instanceof FootfallError ? error.code : 'ingest'
        this.#report({ kind: 'refused', id, failure: { code, message: describeError(error) } })
      })
  }

  async #answer(question: Question): Promise<Report> {
    const { id } = question
    switch (question.kind) {
      case 'live':
        return { kind: 'answer', id, answer: await this.#dispatcher.askLive(question.question) }
      case 'history':
        if (this.#keeping === null) throw new FootfallError('history', 'no history is kept')
        return { kind: 'history', id, answer: await this.#keeping.ask(question.question) }
      case 'rejects':
        return { kind: 'rejects', id, answer: this.#dispatcher.lastRejects() }
    }
  }
}
