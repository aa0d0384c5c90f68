import { FIRST_LINES } from '../base/limits.js'
import type { RejectionReason } from '../event/event.js'
import { fileKind } from './file-kind.js'
import type { Cut } from './line-cutter.js'
import type { Rejection } from './messages.js'

const LINE_FEED = 10
/** By these a file is known for what it is. */
const KIND_BYTES = 4096

/** What of a batch is among the first lines. */
export interface FirstShare {
  readonly lines: number
  /** Byte of the source behind them. */
  readonly end: number
}

const NONE: FirstShare = { lines: 0, end: -1 }

/**
 * The first FIRST_LINES lines that a run reads: whether over half of them are
 * rejected, as they are where the file is none of events. They are counted before
 * they are dispatched, so it does not depend on where batches end. What has fewer
 * lines is judged by those, whenever there is nothing more to read, but by a few only
 * when nothing more will come.
 */
export class FirstLines {
  readonly #source: string
  readonly #warn: (message: string) => void
  #head: Buffer | null = null
  #dispatched = 0
  #applied = 0
  /** Lines at the last judgement. */
  #judged = 0
  #rejected = 0
  readonly #reasons = new Map<RejectionReason, { count: number; readonly example: Rejection }>()
  #hasWarned = false

  /** `warn` is called at most once. */
  constructor(source: string, warn: (message: string) => void) {
    this.#source = source
    this.#warn = warn
  }

  /** Takes a batch that is about to be dispatched; `bytes` may hold more than the cut. */
  dispatched(bytes: Buffer, { length, offset, end, oversized }: Cut): FirstShare {
    const wanted = FIRST_LINES - this.#dispatched
    if (wanted === 0) return NONE
    // Only a file's own beginning says what it is.
    this.#head ??= Buffer.from(bytes.subarray(0, offset === 0 ? Math.min(length, KIND_BYTES) : 0))
    let lines = 0
    let at = 0
    while (at < length && lines < wanted) {
      const feed = oversized ? -1 : bytes.indexOf(LINE_FEED, at)
      at = feed < 0 || feed >= length ? length : feed + 1
      lines++
    }
    this.#dispatched += lines
    return { lines, end: oversized ? end : offset + at }
  }

  /** Takes what was rejected of a batch that has been applied, in the order of the batches. */
  applied({ lines, end }: FirstShare, rejections: readonly Rejection[]): void {
    if (lines === 0) return
    this.#applied += lines
    for (const rejection of rejections) {
      if (rejection.offset >= end) break
      this.#rejected++
      const found = this.#reasons.get(rejection.reason)
      if (found === undefined) this.#reasons.set(rejection.reason, { count: 1, example: rejection })
      else found.count++
    }
    if (this.#applied === FIRST_LINES) this.judge()
  }

  /** Whether there are lines that have not been judged. */
  get isOpen(): boolean {
    return !this.#hasWarned && this.#judged < this.#dispatched
  }

  /** Judges by the lines that have been applied, if there are so many. */
  judge(fewestLines = 1): void {
    if (this.#hasWarned || this.#judged === this.#applied || this.#applied < fewestLines) return
    this.#judged = this.#applied
    if (this.#rejected * 2 <= this.#applied) return
    this.#hasWarned = true
    this.#warn(this.#message())
  }

  #message(): string {
    const [first, ...others] = this.#reasons
    if (first === undefined) throw new Error('what is rejected has a reason')
    const [reason, { count, example }] = others.reduce((a, b) => (b[1].count > a[1].count ? b : a), first)
    const most = others.length === 0 ? `as ${reason}` : `${english(count)} of them as ${reason}`
    const kind = fileKind(this.#head ?? Buffer.alloc(0))
    return (
      `${english(this.#rejected)} of the first ${english(this.#applied)} lines of ${this.#source} were rejected, ` +
      `${most}; the line at byte ${example.offset}: ${example.detail}. ${adviceFor(kind, reason)}`
    )
  }
}

function adviceFor(kind: string | null, reason: RejectionReason): string {
  if (kind !== null) return `The file looks like ${kind}`
  if (reason === 'future_timestamp') return 'Is the clock of this machine right?'
  return NOT_EVENTS.has(reason)
    ? 'It should be JSON Lines: one object a line'
    : 'Other names of fields and event types are told with --map field=name or --preset'
}

/** What is no JSON object has no fields to be mapped. */
const NOT_EVENTS: ReadonlySet<RejectionReason> = new Set<RejectionReason>([
  'oversized_line',
  'invalid_utf8',
  'invalid_json',
  'not_an_object'
])

function english(count: number): string {
  return count.toLocaleString('en')
}
