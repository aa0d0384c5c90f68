import type { Changes } from './changes.js'
import type { Restored } from './restore.js'

/** What ingest hands to the history, and gets back when it starts again. */

/**
 * Where a source stands. The hash is SHA-256 in hex. One position is kept of
 * each generation: of a file that was rotated away, or overwritten, as well as
 * of the one that took its name.
 */
export interface SourcePosition {
  /** Absolute. */
  readonly name: string
  readonly device: string
  readonly inode: string
  /** Its first bytes, of those that have been counted; none of a position of before they were kept. */
  readonly head: Uint8Array
  /** Bytes before the offset that `tailHash` is of. */
  readonly tailBytes: number
  readonly tailHash: string
  /** Byte up to which the source has been counted: behind a line feed, or its end. */
  readonly offset: number
  /** Number of the source: what stood at the same name before is another one. */
  readonly generation: number
}

/** What is written in one transaction. */
export interface Commit extends Changes {
  /** Where sources stand: those that have ended since the last commit, then the present one. A stream is not among them: it cannot be resumed. */
  readonly sources: readonly SourcePosition[]
}

/** The state at the last commit: cells minute after minute, metric after metric; every customer once. */
export interface LastCommit extends Restored {
  /** Its number, from 1. */
  readonly commit: number
  /** The latest position of each source, the last one committed at the end. */
  readonly sources: readonly SourcePosition[]
}
