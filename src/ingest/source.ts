import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { FootfallError, describeError } from '../base/errors.js'
import type { SourcePosition } from '../store/commit.js'
import { CompressedFile } from './compressed-file.js'
import { certainCompressionOf } from './compression.js'
import { FileSource } from './file-source.js'
import { StreamSource } from './stream-source.js'
import { UnknownStream } from './unknown-stream.js'

/** Where events come from. */
export interface Source {
  /** Whether it can be asked again after its end: a file that may grow. */
  readonly growing: boolean
  /**
   * Reads up to `count` bytes into `target` at `at`; how many, 0 at the end.
   * A file answers at once, a stream when something has come, or 0 when it is
   * closed meanwhile.
   */
  read(target: Buffer, at: number, count: number): number | Promise<number>
  /** Size in bytes as it is now; null for a stream. Of a compressed file what it seems to come to, by the part that has been read. */
  size(): number | null
  /** What is to be expected of it after `read` has brought nothing. */
  standing(): Standing
  /** Goes on where one of these positions, of earlier runs, says that it has been counted; the byte, 0 for a source that is not known. */
  resume(positions: readonly SourcePosition[]): number | Promise<number>
  /** Where it stands when it has been counted up to `offset`; null for a stream, which cannot be resumed. */
  positionAt(offset: number): SourcePosition | null
  close(): void
}

/**
 * - `growing`: more may come.
 * - `replaced`: another file has had its name for a while, and nothing more has come.
 * - `cut`: what had been read is not there any more; the file was truncated or overwritten.
 * - `ended`: nothing can come.
 */
export type Standing = 'growing' | 'replaced' | 'cut' | 'ended'

/**
 * Opens `name`, a path or `-`; null when there is no such file. Throws a
 * FootfallError when it cannot be read. What is compressed is decompressed.
 * `recentReads`: how many reads back a position may be asked for; 0: none ever is.
 */
export function openSource(name: string, recentReads = 0): Source | null {
  const source = openFollowed(name)
  if (!(source instanceof FileSource)) return source
  const compression = certainCompressionOf(source.head())
  return compression === null ? source : new CompressedFile(name, source, compression, recentReads)
}

/** The same for a source that is followed: a file that is compressed refuses to be read. */
export function openFollowed(name: string): FileSource | UnknownStream | null {
  const descriptor = name === '-' ? 0 : openFile(name, name)
  if (descriptor === null) return null
  const source = fromDescriptor(name, descriptor)
  return source instanceof FileSource && source.growing ? source : new UnknownStream(name, source)
}

/** Opens `path` for what is called `name`; null when it is not there. Throws a FootfallError when it cannot be read. */
export function openFile(name: string, path: string): number | null {
  try {
    // Without O_NONBLOCK a FIFO could not even be opened before somebody writes to it.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new FootfallError('source', `cannot read ${name}: ${describeError(error)}`, { cause: error })
  }
}

function fromDescriptor(name: string, descriptor: number): FileSource | StreamSource {
  const found = fstatSync(descriptor)
  if (found.isDirectory()) {
    closeSync(descriptor)
    throw new FootfallError('source', `cannot read ${name}: it is a directory`)
  }
  return found.isFile() ? new FileSource(name, descriptor) : new StreamSource(name, descriptor)
}
