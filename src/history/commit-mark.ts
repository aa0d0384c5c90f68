import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { FootfallError } from '../base/errors.js'

/**
 * A file beside the database that says which commit was stored last. DuckDB
 * drops a log whose head is damaged, and one that is missing it does not miss:
 * all that was committed since its last checkpoint would be gone without a word,
 * and would be counted again from where it can still be read, if it can be.
 *
 * It is written after the commit and not synced, so it may be behind, never ahead.
 */

/** Name of the mark of a database. */
export function markPath(database: string): string {
  return `${database}.commit`
}

/** Notes that a commit is stored. A mark that cannot be written stays behind, which costs no more than the check. */
export function writeMark(database: string, commit: number): void {
  const path = markPath(database)
  try {
    writeFileSync(`${path}.new`, `${commit}\n`)
    renameSync(`${path}.new`, path)
  } catch {
    return
  }
}

/** Rejects a database that does not have the commit that its mark knows of; `stored`: its last, 0 for none. */
export function requireMarked(database: string, stored: number): void {
  const marked = readMark(database)
  if (marked <= stored) return
  throw new FootfallError(
    'history',
    `commit ${marked} was stored, but ${stored === 0 ? 'it has none' : `its last one is ${stored}`}: ` +
      `its log ${database}.wal is damaged or missing. Put the files back as they were; ` +
      `or remove ${markPath(database)} to go on without what was lost`
  )
}

/** Whether a log is there that holds commits. */
export function hasLog(database: string): boolean {
  return (statSync(`${database}.wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** 0 where there is none; after a power failure it may be empty. */
function readMark(database: string): number {
  const path = markPath(database)
  if (!existsSync(path)) return 0
  const number = Number(readFileSync(path, 'utf8'))
  return Number.isSafeInteger(number) ? number : 0
}
