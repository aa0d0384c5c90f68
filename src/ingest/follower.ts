import { closeSync, fstatSync, readdirSync, realpathSync, statSync, type BigIntStats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { SourcePosition } from '../store/commit.js'
import { FileSource } from './file-source.js'
import { generationAfter, hasInode } from './source-identity.js'
import { certainCompressionOf } from './compression.js'
import { openFile, openFollowed, type Source, type Standing } from './source.js'

/**
 * Which file comes after which: a followed name stands for one file after the
 * other, as logs are rotated by renaming (`events.jsonl` → `events.jsonl.1`),
 * cut off, or swapped behind a symbolic link. Each is read to its end before the
 * next one. Files are told apart by inode and by their bytes, never by name.
 */

/** A source to go on with. */
export interface Opened {
  readonly source: Source
  /** Byte from which on it has not been counted. */
  readonly offset: number
  /** What is to be told of how it was found. */
  readonly notice: string | null
}

/** What a tool may have packed: it is not what was read any more. */
const PACKED = /\.(gz|bz2|xz|zst|zip)$/

/** Finds one file after the other that had, or has, one name. */
export class Follower {
  readonly #name: string
  readonly #positions: readonly SourcePosition[]
  /** The files that have been read, so that none is taken for one that came after them. */
  readonly #read = new Set<string>()

  /** `positions`: where sources stood at the end of the last run. */
  constructor(name: string, positions: readonly SourcePosition[]) {
    this.#name = name
    this.#positions = positions
  }

  /**
   * Opens what the name stands for, at the place where an earlier run stopped: of a
   * file that was rotated away meanwhile, the rest comes first. Null when there is
   * nothing yet. Throws a FootfallError when it cannot be read.
   */
  openFirst(): Opened | null {
    const name = this.#name
    const latest = this.#positions
      .filter((position) => position.name === resolve(name))
      .reduce<SourcePosition | null>((a, b) => (a !== null && a.generation > b.generation ? a : b), null)
    const source = openFollowed(name)
    if (latest === null || (source !== null && !(source instanceof FileSource))) {
      return source === null
        ? null
        : this.#opened({ source, offset: source.resume(this.#positions), notice: null })
    }
    if (source !== null && isLatest(source, latest)) return this.#opened(resumed(source, latest, null))
    const rotated = findRotated(name, latest)
    if (rotated !== null) {
      source?.close()
      const notice = `${name} was rotated since the last run: the rest of the old file comes first`
      return this.#opened(resumed(rotated, latest, notice))
    }
    if (source === null) return null
    const isOverwritten = hasInode(source.found, latest)
    const offset = source.resume(this.#positions)
    const notice = isOverwritten
      ? `${name} was truncated or overwritten since the last run: it is read from byte ${offset} on`
      : `${name} is another file than in the last run, whose file is not there any more: what came to that one after byte ${latest.offset} is not counted`
    return this.#opened({ source, offset, notice })
  }

  /** Opens what comes after a file that was replaced or cut; null when that is not there yet. */
  openNext(before: Source, standing: Standing): Opened | null {
    if (!(before instanceof FileSource)) throw new TypeError('nothing comes after a stream')
    const name = this.#name
    if (standing === 'replaced') {
      const source = this.#firstAfter(before)
      if (source !== null) {
        const notice = `${name} was rotated more than once: the older file comes first`
        return this.#opened({ source, offset: 0, notice })
      }
    }
    const source = openFollowed(name)
    if (source === null) return null
    if (source instanceof FileSource) source.begin(generationAfter([before, ...this.#positions]))
    const notice =
      standing === 'cut'
        ? `${name} was truncated or overwritten after byte ${before.position}: what it holds now is read from its beginning`
        : `${name} was rotated: the new file is read`
    return this.#opened({ source, offset: 0, notice })
  }

  #opened(opened: Opened): Opened {
    if (opened.source instanceof FileSource) this.#read.add(fileOf(opened.source.found))
    return opened
  }

  /** Of the files that had the name between `before` and the one that has it now, the oldest; null when there was none. */
  #firstAfter(before: FileSource): FileSource | null {
    const name = this.#name
    const known = before.found
    const present = statSync(name, { bigint: true, throwIfNoEntry: false })
    const head = before.head()
    const later = neighbours(name)
      .filter(({ path }) => basename(path).startsWith(basename(name)) && !PACKED.test(path))
      .filter(({ found }) => found.ino !== present?.ino && !this.#read.has(fileOf(found)))
      // Files of one moment have the same time.
      .filter(({ found }) => found.birthtimeNs >= known.birthtimeNs && found.mtimeNs >= known.mtimeNs)
      .sort((a, b) => Number(a.found.birthtimeNs - b.found.birthtimeNs))
    for (const { path } of later) {
      const source = open(name, path)
      if (source === null) continue
      // A copy of what was read is not what came after it, nor is what earlier runs have read.
      const isCopy = head.length > 0 && source.head().subarray(0, head.length).equals(head)
      if (!isCopy && !this.#positions.some((position) => position.offset > 0 && source.isAt(position))) {
        source.begin(generationAfter([before, ...this.#positions]))
        return source
      }
      source.close()
    }
    return null
  }
}

/** Tells files apart, also those that have an inode one after the other. */
function fileOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return [dev, ino, birthtimeNs].join(' ')
}

function resumed(source: FileSource, position: SourcePosition, notice: string | null): Opened {
  return { source, offset: source.resumeAt(position), notice }
}

/** Nothing that was counted proves who a file is that has been counted up to byte 0: there its inode must do. */
function isLatest(source: FileSource, latest: SourcePosition): boolean {
  return latest.offset === 0 ? hasInode(source.found, latest) : source.isAt(latest)
}

/** The file of a position under another name; null when it is not there. */
function findRotated(name: string, latest: SourcePosition): FileSource | null {
  for (const { path, found } of neighbours(name)) {
    if (!hasInode(found, latest)) continue
    const source = open(name, path)
    if (source === null) continue
    if (isLatest(source, latest)) return source
    source.close()
  }
  return null
}

/** Null, too, where a tool has packed it under a name that does not say so. */
function open(name: string, path: string): FileSource | null {
  const descriptor = openFile(name, path)
  if (descriptor === null) return null
  if (fstatSync(descriptor).isFile()) {
    const source = new FileSource(name, descriptor)
    if (certainCompressionOf(source.head()) === null) return source
  }
  closeSync(descriptor)
  return null
}

/** Regular files in the folder of a name, and in that of what it links to. */
function neighbours(name: string): { path: string; found: BigIntStats }[] {
  const target = realPath(name)
  const folders = new Set([dirname(resolve(name)), ...(target === null ? [] : [dirname(target)])])
  return [...folders].flatMap((folder) =>
    entriesOf(folder).flatMap((entry) => {
      const path = join(folder, entry)
      const found = statSync(path, { bigint: true, throwIfNoEntry: false })
      return found?.isFile() === true ? [{ path, found }] : []
    })
  )
}

function realPath(name: string): string | null {
  try {
    return realpathSync(name)
  } catch {
    return null
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // A folder that is not there, or may not be listed, has nothing that could be read.
    return []
  }
}
