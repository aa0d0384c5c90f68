import { createHash } from 'node:crypto'
import type { UnfinishedBatch } from '../store/unfinished.js'
import type { Cut } from './line-cutter.js'
import type { QuarantinedLine, Recovery, SourceRange } from './messages.js'

const LINE_FEED = 10

/** What earlier runs of ingest failed at, as the intake looks at what it is about to dispatch. */
export class Suspicion {
  readonly #recovery: Recovery

  constructor(recovery: Recovery) {
    this.#recovery = recovery
  }

  /** Whether a run has failed somewhere in there: its lines are to be dispatched one by one. */
  isOn(cut: SourceRange): boolean {
    return this.#recovery.suspects.some((suspect) => overlaps(suspect, cut))
  }

  /** Whether all of it has been answered for before: it is late already. */
  isOverdue({ end }: SourceRange): boolean {
    return end <= this.#recovery.reached
  }

  /** Whether a line, given by its place and bytes, is quarantined. */
  isQuarantined({ offset, end }: SourceRange, bytes: Buffer): boolean {
    const known = this.#recovery.quarantined.find((line) => line.offset === offset && line.end === end)
    return known?.hash === hashOf(bytes)
  }
}

/** The lines of a cut, each as a cut of its own, and where its bytes are among those of the cut. */
export function linesOf(cut: Cut, bytes: Buffer): { readonly line: Cut; readonly start: number }[] {
  if (cut.oversized) return [{ line: cut, start: 0 }]
  const lines: { line: Cut; start: number }[] = []
  for (let start = 0; start < cut.length;) {
    const feed = bytes.indexOf(LINE_FEED, start)
    const next = feed < 0 || feed >= cut.length ? cut.length : feed + 1
    const offset = cut.offset + start
    lines.push({ line: { length: next - start, offset, end: cut.offset + next, oversized: false }, start })
    start = next
  }
  return lines
}

/** Whether bytes are those of one line. */
export function isOneLine(bytes: Buffer): boolean {
  const feed = bytes.indexOf(LINE_FEED)
  return feed < 0 || feed === bytes.length - 1
}

export function quarantine({ offset, end }: SourceRange, bytes: Buffer): QuarantinedLine {
  return { offset, end, hash: hashOf(bytes) }
}

/** Whether a batch has a line: at its place, with its bytes. Another file may have another line there. */
export function holds(batch: UnfinishedBatch, line: UnfinishedBatch): boolean {
  const start = line.offset - batch.offset
  return start >= 0 && batch.bytes.subarray(start, start + line.bytes.length).equals(line.bytes)
}

export function overlaps(a: SourceRange, b: SourceRange): boolean {
  return a.offset < b.end && b.offset < a.end
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
