import { closeSync, constants, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ReadStream, isatty } from 'node:tty'
import { FootfallError, describeError } from '../base/errors.js'
import type { SourcePosition } from '../store/commit.js'
import { placeOf, positionOf } from './source-identity.js'

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
  /** Size in bytes as it is now; null for a stream. Throws a FootfallError when the file shrank or was replaced. */
  size(): number | null
  /** Goes on where one of these positions, of earlier runs, says that it has been counted; the byte, 0 for a source that is not known. */
  resume(positions: readonly SourcePosition[]): number
  /** Where it stands when it has been counted up to `offset`; null for a stream, which cannot be resumed. */
  positionAt(offset: number): SourcePosition | null
  close(): void
}

/** Opens `name`, a path or `-`; null when there is no such file. Throws a FootfallError when it cannot be read. */
export function openSource(name: string): Source | null {
  if (name === '-') return fromDescriptor(name, 0)
  let descriptor: number
  try {
    // Without O_NONBLOCK a FIFO could not even be opened before somebody writes to it.
    descriptor = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new FootfallError('source', `cannot read ${name}: ${describeError(error)}`, { cause: error })
  }
  return fromDescriptor(name, descriptor)
}

function fromDescriptor(name: string, descriptor: number): Source {
  const found = fstatSync(descriptor)
  if (found.isDirectory()) {
    closeSync(descriptor)
    throw new FootfallError('source', `cannot read ${name}: it is a directory`)
  }
  return found.isFile() ? new FileSource(name, descriptor) : new StreamSource(name, descriptor)
}

/** A regular file, read by position. */
class FileSource implements Source {
  readonly growing: boolean
  readonly #name: string
  readonly #descriptor: number
  readonly #identity: string
  #position = 0
  /** Its number among the sources of a history. */
  #generation = 0

  constructor(name: string, descriptor: number) {
    this.#name = name
    this.#descriptor = descriptor
    this.#identity = identityOf(fstatSync(descriptor))
    this.growing = name !== '-'
  }

  read(target: Buffer, at: number, count: number): number {
    try {
      // Standard input is read on from where it stands, as whoever handed it over left it.
      const position = this.growing ? this.#position : null
      const got = readSync(this.#descriptor, target, at, count, position)
      this.#position += got
      return got
    } catch (error) {
      throw readError(this.#name, this.#position, error)
    }
  }

  size(): number {
    const size = fstatSync(this.#descriptor).size
    if (this.growing && size < this.#position) {
      throw new FootfallError(
        'source',
        `${this.#name} was truncated to ${size} bytes after ${this.#position} had been read; start anew to read it from its beginning`
      )
    }
    if (size === this.#position && this.growing) this.#checkIdentity()
    return size
  }

  resume(positions: readonly SourcePosition[]): number {
    if (!this.growing) return 0
    const { offset, generation } = placeOf(this.#name, this.#descriptor, positions)
    this.#position = offset
    this.#generation = generation
    return offset
  }

  positionAt(offset: number): SourcePosition | null {
    return this.growing ? positionOf(this.#name, this.#descriptor, offset, this.#generation) : null
  }

  close(): void {
    closeDescriptor(this.#descriptor)
  }

  /** At its end a file that was replaced would never grow again: that must not pass for silence. */
  #checkIdentity(): void {
    const found = statSync(this.#name, { throwIfNoEntry: false })
    if (found === undefined || identityOf(found) === this.#identity) return
    throw new FootfallError(
      'source',
      `${this.#name} was replaced by another file after byte ${this.#position}; start anew to read that one`
    )
  }
}

/** Standard input, a pipe, a FIFO: read as it comes, once. */
class StreamSource implements Source {
  readonly growing = false
  readonly #name: string
  readonly #stream: Readable
  #chunk: Buffer = Buffer.alloc(0)
  #position = 0
  #failure: unknown = null
  #isOver = false
  #wake: () => void = () => undefined

  constructor(name: string, descriptor: number) {
    this.#name = name
    this.#stream = readableOf(descriptor)
    const wake = () => {
      this.#wake()
    }
    const end = () => {
      this.#isOver = true
      this.#wake()
    }
    this.#stream.on('readable', wake).on('end', end).on('close', end)
    this.#stream.on('error', (error) => {
      this.#failure = error
      end()
    })
  }

  async read(target: Buffer, at: number, count: number): Promise<number> {
    while (this.#chunk.length === 0) {
      const chunk = this.#stream.read() as Buffer | null
      if (chunk !== null) {
        this.#chunk = chunk
        break
      }
      if (this.#failure !== null) throw readError(this.#name, this.#position, this.#failure)
      if (this.#isOver) return 0
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    const copied = this.#chunk.copy(target, at, 0, count)
    this.#chunk = this.#chunk.subarray(copied)
    this.#position += copied
    return copied
  }

  size(): null {
    return null
  }

  resume(): number {
    return 0
  }

  positionAt(): null {
    return null
  }

  close(): void {
    this.#stream.destroy()
  }
}

/** A stream whose waiting can be ended: a thread that is blocked in a read could not be. */
function readableOf(descriptor: number): Readable {
  if (isatty(descriptor)) return new ReadStream(descriptor)
  const found = fstatSync(descriptor)
  if (found.isFIFO() || found.isSocket())
    return new Socket({ fd: descriptor, readable: true, writable: false })
  return createReadStream('', { fd: descriptor, autoClose: descriptor !== 0 })
}

/** Standard input is not this thread's to close. */
function closeDescriptor(descriptor: number): void {
  if (descriptor !== 0) closeSync(descriptor)
}

function identityOf(found: { dev: number; ino: number }): string {
  return `${found.dev}:${found.ino}`
}

function readError(name: string, position: number, error: unknown): FootfallError {
  return new FootfallError('source', `cannot read ${name} at byte ${position}: ${describeError(error)}`, {
    cause: error
  })
}
