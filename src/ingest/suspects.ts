import { MAX_QUARANTINED_SHOWN } from '../base/limits.js'
import type { UnfinishedBatch } from '../store/unfinished.js'
import type { QuarantinedLine, Recovery, SourceRange } from './messages.js'
import { holds, isOneLine, overlaps, quarantine } from './suspicion.js'

/** What runs of ingest in this process have failed at, over all of them. */
export class Suspects {
  readonly #batches: UnfinishedBatch[] = []
  readonly #quarantined: QuarantinedLine[] = []

  /** Lines that ingest failed at and that are rejected unread since; the last ones. */
  get quarantined(): readonly SourceRange[] {
    return this.#quarantined.slice(-MAX_QUARANTINED_SHOWN).map(({ offset, end }) => ({ offset, end }))
  }

  /** What the next run is told. */
  get ranges(): Pick<Recovery, 'suspects' | 'quarantined'> {
    return {
      suspects: this.#batches.map(({ offset, end }) => ({ offset, end })),
      quarantined: this.#quarantined
    }
  }

  /** Of what threads failed at a line is quarantined that they have failed at before, the rest is suspect. The lines that are quarantined now. */
  add(unfinished: readonly UnfinishedBatch[]): readonly SourceRange[] {
    const isKnown = (batch: UnfinishedBatch) =>
      isOneLine(batch.bytes) &&
      this.#batches.some((suspect) => holds(suspect, batch)) &&
      // What fails although nobody has looked at it is not mended by that.
      !this.#quarantined.some((line) => overlaps(line, batch))
    const found = unfinished.filter(isKnown)
    this.#quarantined.push(...found.map((line) => quarantine(line, line.bytes)))
    this.#batches.push(...unfinished.filter((batch) => !found.includes(batch)))
    return found
  }
}
