import { decompressorOf, type Chunks, type Compression } from './compression.js'

/** What compressed chunks hold, read as it is asked for: nothing is decompressed much ahead. */
export class Decompressed {
  readonly #chunks: AsyncGenerator<Buffer, void, undefined>
  #chunk: Buffer = Buffer.alloc(0)

  /** Throws what `chunks` throws, and a FootfallError (`source`) that names the source where they are no such data. */
  constructor(name: string, compression: Compression, chunks: Chunks) {
    this.#chunks = decompress(name, compression, chunks)
  }

  /** Reads up to `count` bytes into `target` at `at`, at least one; how many, 0 at the end. */
  async read(target: Buffer, at: number, count: number): Promise<number> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return 0
      this.#chunk = next.value
    }
    const copied = this.#chunk.copy(target, at, 0, count)
    this.#chunk = this.#chunk.subarray(copied)
    return copied
  }

  /** Nothing is read any more; what waits for a chunk goes on when that has come. */
  close(): void {
    this.#chunks.return().catch(() => undefined)
  }
}

async function* decompress(
  name: string,
  compression: Compression,
  chunks: Chunks
): AsyncGenerator<Buffer, void, undefined> {
  const decompressed = await decompressorOf(compression)
  yield* decompressed(name, chunks)
}
