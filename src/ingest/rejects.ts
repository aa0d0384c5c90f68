import { DEAD_LETTER_RETRY_MS, MAX_ROWS } from '../base/limits.js'
import { DeadLetters } from './dead-letters.js'
import { FirstLines, type FirstShare } from './first-lines.js'
import { lastLetters } from './letter-files.js'
import type { Cut } from './line-cutter.js'
import type { DeadLetterState, LastRejects, ReaderSetup, Rejection, Report } from './messages.js'

/** What is known of a batch before it is dispatched. */
export interface Share {
  readonly first: FirstShare
  readonly end: number
}

/**
 * What the reader does with rejected lines, in the order of the source: has them
 * written, keeps the last MAX_ROWS, and says so when the first lines are no events.
 */
export class Rejects {
  readonly #setup: ReaderSetup
  readonly #report: (report: Report) => void
  readonly #first: FirstLines
  #letters: DeadLetters | null = null
  #told: DeadLetterState | null = null
  #hasToldError = false
  #retry: NodeJS.Timeout | undefined
  #last: LastRejects['lines'][number][] = []
  #file = 0
  #end = 0

  constructor(setup: ReaderSetup, report: (report: Report) => void) {
    this.#setup = setup
    this.#report = report
    this.#first = new FirstLines(setup.source.name, (message) => {
      report({ kind: 'warning', message })
    })
  }

  /** Opens the dead-letter file. Throws a FootfallError when it cannot be written. */
  open(): void {
    const { deadLetters, source } = this.#setup
    if (deadLetters === null) return
    this.#letters = new DeadLetters(deadLetters, source.name)
    this.#last = lastLetters(deadLetters.path, MAX_ROWS).map((line) => ({ ...line, file: null }))
    this.tell()
  }

  /** What comes now is of a file from byte `offset` on. What an earlier run read of it after that comes again. */
  begin(offset: number): void {
    if (this.#file === 0) {
      const { name } = this.#setup.source
      this.#last = this.#last.filter((line) => line.source !== name || line.offset < offset)
    }
    this.#file++
    this.#end = offset
  }

  dispatched(bytes: Buffer, cut: Cut): Share {
    return { first: this.#first.dispatched(bytes, cut), end: cut.end }
  }

  /** Takes what was rejected of a batch, in the order of the batches. */
  applied({ first, end }: Share, rejections: readonly Rejection[]): void {
    this.#end = end
    this.#first.applied(first, rejections)
    if (rejections.length === 0) return
    const { name: source } = this.#setup.source
    const shown = rejections.slice(-MAX_ROWS).map((one) => ({ source, ...one, file: this.#file }))
    this.#last = [...this.#last, ...shown].slice(-MAX_ROWS)
    this.#letters?.write(rejections)
    if (this.#letters?.state.error != null) this.#tellError(this.#letters)
  }

  last(): LastRejects {
    return { lines: this.#last, file: this.#file, end: this.#end }
  }

  /** Whether there is something to be judged when there is nothing more to read. */
  get isOpen(): boolean {
    return this.#first.isOpen
  }

  judge(fewestLines: number): void {
    this.#first.judge(fewestLines)
  }

  /** Reports what has become of dead letters, if that has changed. */
  tell(): void {
    const state = this.#letters?.state
    if (state === undefined || isSame(state, this.#told)) return
    this.#told = state
    this.#report({ kind: 'dead-letters', state })
  }

  close(): void {
    clearTimeout(this.#retry)
    const letters = this.#letters
    if (letters === null) return
    this.#letters = null
    letters.close()
    const { state } = letters
    this.#report({ kind: 'dead-letters', state })
    if (state.unwritten === 0) return
    const { path } = this.#setup.deadLetters ?? { path: '' }
    this.#report({ kind: 'notice', message: `${state.unwritten} dead letters were not written to ${path}` })
  }

  /** Once on standard error, and in the status; letters that wait are tried again, whether others come or not. */
  #tellError(letters: DeadLetters): void {
    this.tell()
    const { error } = letters.state
    if (error !== null && !this.#hasToldError) {
      this.#hasToldError = true
      this.#report({ kind: 'notice', message: `${error}; events are counted on, and it is tried again` })
    }
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => {
      letters.retry()
      if (letters.state.error !== null) this.#tellError(letters)
      else this.tell()
    }, DEAD_LETTER_RETRY_MS)
  }
}

function isSame(a: DeadLetterState, b: DeadLetterState | null): boolean {
  return (
    a.written === b?.written && a.unwritten === b.unwritten && a.dropped === b.dropped && a.error === b.error
  )
}
