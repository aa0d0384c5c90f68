/**
 * A failure that a user can cause or mend: a file that is not there, a port
 * that is taken. It is told in one line, without a stack, and ends the command
 * with status 1 (`usage` with status 2). Anything else that is thrown is a bug.
 */
export class FootfallError extends Error {
  readonly code: FailureCode
  /** Whether a log has it already. */
  isTold = false

  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'FootfallError'
    this.code = code
  }
}

/**
 * - `usage`: the command line or a setting is wrong.
 * - `source`: the source of events cannot be read.
 * - `capacity`: the stream holds more than the shared store was sized for.
 * - `ingest`: a thread of the pipeline failed; the store's state is suspect.
 * - `history`: the history cannot be opened, read or written.
 * - `listen`: the address or port cannot be served on.
 * - `output`: something could not be written.
 * - `busy`: too much is asked at a time; later it may work.
 * - `server`: a server that is asked does not answer, or not what it should.
 * - `elsewhere`: who is asked does not have it, and another does.
 * - `restarting`: ingest failed and has not caught up again; later it may work.
 */
export type FailureCode =
  | 'usage'
  | 'source'
  | 'capacity'
  | 'ingest'
  | 'listen'
  | 'output'
  | 'history'
  | 'busy'
  | 'elsewhere'
  | 'restarting'
  | 'server'

/** One line that names what went wrong, for an error of any kind; a system error keeps its code (`ENOENT`). */
export function describeError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
