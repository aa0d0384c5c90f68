import { MAGIC_BYTES, compressionOf } from './compression.js'
import { Decompressed } from './decompressed.js'
import type { Source, Standing } from './source.js'

/** Read of a compressed stream at a time; bytes. */
const CHUNK_BYTES = 64 * 1024

/** Standard input, a pipe, a FIFO, of which only its first bytes say whether it is compressed: then what it holds is read. */
export class UnknownStream implements Source {
  readonly growing = false
  readonly #name: string
  readonly #stream: Source
  /** What was read of it until it was known, and is to be read first. */
  #first: Buffer = Buffer.alloc(0)
  #isKnown = false
  #content: Decompressed | null = null
  #isClosed = false

  constructor(name: string, stream: Source) {
    this.#name = name
    this.#stream = stream
  }

  read(target: Buffer, at: number, count: number): number | Promise<number> {
    if (!this.#isKnown) return this.#know().then(() => this.read(target, at, count))
    if (this.#content !== null) return this.#readContent(this.#content, target, at, count)
    if (this.#first.length === 0) return this.#stream.read(target, at, count)
    const copied = this.#first.copy(target, at, 0, count)
    this.#first = this.#first.subarray(copied)
    return copied
  }

  size(): number | null {
    return this.#content === null ? this.#stream.size() : null
  }

  standing(): Standing {
    return this.#stream.standing()
  }

  resume(): number {
    return 0
  }

  positionAt(): null {
    return null
  }

  close(): void {
    this.#isClosed = true
    this.#stream.close()
  }

  /** Reads until it is known what it is: one byte is enough for most. */
  async #know(): Promise<void> {
    const first = Buffer.alloc(MAGIC_BYTES)
    let got = 0
    let compression: ReturnType<typeof compressionOf> = 'undecided'
    while (compression === 'undecided') {
      const more = await this.#stream.read(first, got, first.length - got)
      if (more === 0) break
      got += more
      compression = compressionOf(first.subarray(0, got))
    }
    this.#first = first.subarray(0, got)
    this.#isKnown = true
    if (compression === null || compression === 'undecided') return
    this.#content = new Decompressed(this.#name, compression, this.#chunks())
  }

  async #readContent(content: Decompressed, target: Buffer, at: number, count: number): Promise<number> {
    try {
      return await content.read(target, at, count)
    } catch (error) {
      // Closed before its end, it is cut off wherever it was.
      if (this.#isClosed) return 0
      throw error
    }
  }

  async *#chunks(): AsyncGenerator<Buffer, void, undefined> {
    yield this.#first
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const got = await this.#stream.read(chunk, 0, chunk.length)
      if (got === 0) return
      yield chunk.subarray(0, got)
    }
  }
}
