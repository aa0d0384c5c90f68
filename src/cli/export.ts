import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Granularity } from '../base/civil-date.js'
import { FootfallError, describeError } from '../base/errors.js'
import { HISTORY_MEMORY_MB } from '../base/limits.js'
import { exportTier, type ExportFormat } from '../history/export.js'
import { oldLetterFiles } from '../ingest/letter-files.js'
import { FORMATS } from './remembered-format.js'
import { DATABASE, DEAD_LETTERS } from './start-pipeline.js'

export interface ExportOptions {
  readonly tier: Granularity
  readonly format: ExportFormat
  /** A path, or `-` for standard output. */
  readonly out: string
  readonly dataDir: string
}

/** Writes a tier of a data directory's history to a file, which is replaced as a whole, or to standard output. */
export async function exportHistory({ tier, format, out, dataDir }: ExportOptions): Promise<void> {
  if (out === '-' && format === 'parquet') {
    throw new FootfallError('usage', 'parquet is written to a file: give --out a path, or another --format')
  }
  const database = join(dataDir, DATABASE)
  if (!existsSync(database)) {
    throw new FootfallError('history', `there is no history in ${dataDir}: ${database} does not exist`)
  }
  const target = targetOf(out)
  refuseOwnFiles(target.path, dataDir)
  const temporary = temporaryFor(target)
  const remove = removeAtExit(temporary.removed)
  try {
    await exportTier(database, { tier, format, out: temporary.file, memoryLimitMb: HISTORY_MEMORY_MB })
    if (target.kind === 'file') renameSync(temporary.file, target.path)
    else await pipeline(createReadStream(temporary.file), target.open(), { end: target.path !== null })
  } catch (error) {
    throw failureOf(error, temporary.file, out)
  } finally {
    remove()
  }
}

/** What the data directory lives by is not to be replaced by a copy of a part of it. */
function refuseOwnFiles(path: string | null, dataDir: string): void {
  const letters = resolve(dataDir, DEAD_LETTERS)
  const database = [DATABASE, `${DATABASE}.wal`].map((name) => resolve(dataDir, name))
  const own = [...database, resolve(dataDir, FORMATS), letters, ...oldLetterFiles(letters)]
  const isOwn = path !== null && own.some((file) => file === resolve(path) || isSameFile(file, path))
  if (isOwn) throw new FootfallError('usage', `${path} is a file of the data directory itself`)
}

function isSameFile(a: string, b: string): boolean {
  const [left, right] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }))
  return left !== undefined && left.dev === right?.dev && left.ino === right.ino
}

/** A file is replaced; what is none, as standard output or a pipe, is written to. */
type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stream'; readonly path: string | null; readonly open: () => NodeJS.WritableStream }

function targetOf(out: string): Target {
  if (out === '-') return { kind: 'stream', path: null, open: () => process.stdout }
  const found = statSync(out, { throwIfNoEntry: false })
  // What a link leads to is replaced, not the link.
  if (found === undefined) return { kind: 'file', path: out }
  if (found.isFile()) return { kind: 'file', path: realpathSync(out) }
  if (found.isDirectory()) throw new FootfallError('output', `cannot write ${out}: it is a directory`)
  return { kind: 'stream', path: out, open: () => createWriteStream(out) }
}

/** Where DuckDB writes, and what is to be removed in the end: beside a file, for a rename; else a folder of its own. */
function temporaryFor(target: Target): { readonly file: string; readonly removed: string } {
  if (target.kind === 'file') {
    const file = join(dirname(target.path), `.${basename(target.path)}.${process.pid}.tmp`)
    return { file, removed: file }
  }
  const folder = mkdtempSync(join(tmpdir(), 'footfall-export-'))
  return { file: join(folder, 'export'), removed: folder }
}

/** Leaves nothing half written behind when a signal, or a reader that has gone, ends the process. Returns what undoes it. */
function removeAtExit(path: string): () => void {
  const remove = () => {
    rmSync(path, { recursive: true, force: true })
  }
  const end = (_signal: NodeJS.Signals, number: number) => process.exit(128 + number)
  process.once('exit', remove).once('SIGINT', end).once('SIGTERM', end)
  return () => {
    remove()
    process.off('exit', remove).off('SIGINT', end).off('SIGTERM', end)
  }
}

/** In the words of the user, who has not heard of the temporary file. */
function failureOf(error: unknown, temporary: string, out: string): unknown {
  const place = out === '-' ? 'standard output' : out
  if (error instanceof FootfallError) {
    return new FootfallError(error.code, error.message.replaceAll(temporary, place), { cause: error })
  }
  if (!isSystemError(error)) return error
  const reason = describeError(error).replaceAll(temporary, place)
  return new FootfallError('output', `cannot write ${place}: ${reason}`, { cause: error })
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
