import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describeError, FootfallError } from '../base/errors.js'
import { hasLog, requireMarked } from './commit-mark.js'
import { Database } from './database.js'
import {
  createSchema,
  isHistory,
  migrate,
  MIGRATIONS,
  readIdentity,
  readVersion,
  type NewIdentity
} from './schema.js'
import { readState } from './state.js'

export interface OpenOptions extends NewIdentity {
  readonly path: string | null
  readonly memoryLimitMb: number
}

export interface Opened {
  readonly database: Database
  readonly seed: Uint8Array
}

/**
 * Opens the history's database, makes it where there is none, brings an older
 * one up to date. Rejects with a `FootfallError` that names the file and what
 * is wrong with it; the file is then left as it was.
 */
export async function openDatabase(options: OpenOptions): Promise<Opened> {
  const { path } = options
  if (path !== null && !existsSync(path)) await make(path, options)
  // To open a damaged log for writing removes it, so it is looked at first.
  if (path !== null && hasLog(path)) await told(path, () => requireCommits(path, options))
  const database = await told(path, () => Database.open(options))
  try {
    if (path === null) await createSchema(database, options)
    const opened = await told(path, async () => {
      await requireHistory(database)
      if (path !== null) await requireMarkedCommit(database, path)
      const seed = await readIdentity(database, options)
      await migrate(database, MIGRATIONS)
      return { database, seed }
    })
    if (path !== null) removeUnfinished(path)
    return opened
  } catch (error) {
    database.close()
    throw error
  }
}

/** Rejects when the database has not all commits that it had; nothing is written. */
async function requireCommits(path: string, options: OpenOptions): Promise<void> {
  const database = await Database.open({ ...options, readOnly: true })
  try {
    await requireMarkedCommit(database, path)
  } finally {
    database.close()
  }
}

async function requireMarkedCommit(database: Database, path: string): Promise<void> {
  requireMarked(path, (await isHistory(database)) ? (await readState(database)).commit : 0)
}

/** Rejects when the database is none of footfall's, or of a version that is not known. */
export async function requireHistory(database: Database): Promise<void> {
  if (!(await isHistory(database))) {
    throw new FootfallError('history', 'it is a database, but not one of footfall')
  }
  await readVersion(database, MIGRATIONS)
}

/** A failure of `work` becomes one line about the file. */
export async function told<T>(path: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw failureOf(path, error)
  }
}

/** What went wrong with the file in one line; a bug stays what it is. */
export function failureOf(path: string | null, error: unknown): unknown {
  if (error instanceof TypeError || error instanceof RangeError) return error
  const code = error instanceof FootfallError ? error.code : 'history'
  return new FootfallError(code, `the history ${path ?? 'in memory'}: ${reasonOf(error)}`, { cause: error })
}

/** What DuckDB's message means to a user. */
function reasonOf(error: unknown): string {
  const message = describeError(error)
  if (/Could not set lock/.test(message)) {
    const pid = /PID (\d+)/.exec(message)?.[1]
    return `another process${pid === undefined ? '' : ` (PID ${pid})`} has it open`
  }
  if (/not a valid DuckDB database file/.test(message)) return 'it is not a database, or damaged at its head'
  if (/newer DuckDB version|DuckDB version .*newer|storage version/i.test(message)) {
    return `it was written by a newer DuckDB: ${message}`
  }
  return message
}

/**
 * Makes an empty history under another name and links it to its own when it is
 * complete: a process that is killed meanwhile leaves no file behind that is
 * neither a database nor absent.
 */
async function make(path: string, options: OpenOptions): Promise<void> {
  const unfinished = `${path}.${process.pid}.new`
  await told(path, async () => {
    requireMarked(path, 0)
    rmSync(unfinished, { force: true })
    const database = await Database.open({ ...options, path: unfinished })
    try {
      await createSchema(database, options)
      // Closing would do it too, but could not say that it has failed; the log does not get the new name.
      await database.run('CHECKPOINT')
    } catch (error) {
      database.close()
      for (const file of [unfinished, `${unfinished}.wal`]) rmSync(file, { force: true })
      throw error
    }
    database.close()
    link(unfinished, path)
    rmSync(unfinished, { force: true })
    syncDirectory(dirname(path))
  })
}

/** Gives a file a name that must be free. File systems without links cannot be asked for that. */
function link(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    // Another process was faster: its file is the one to open.
    if (code === 'EEXIST' || (code === 'ENOENT' && existsSync(to))) return
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    renameSync(from, to)
  }
}

function syncDirectory(path: string): void {
  // Windows cannot open directories; a rename is durable there by itself.
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** Removes what killed processes have left; none of them can be at work, for this one holds the file. */
function removeUnfinished(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(`${basename(path)}.`) && /\.\d+\.new(\.wal)?$/.test(name)) {
      rmSync(join(dirname(path), name), { force: true })
    }
  }
}
