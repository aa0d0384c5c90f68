import { createGunzip } from 'node:zlib'
import { corruptError, trailingError, truncatedError, type Chunks } from './compression.js'

/** Decompressed at a time; bytes. */
const CHUNK_BYTES = 256 * 1024
/** Decompressed ahead, on a thread of Node's own, while what came before is counted; bytes. */
const AHEAD_BYTES = 4 * CHUNK_BYTES

/**
 * Decompresses gzip, member after member. Zeros may follow the last one, as
 * they do where blocks are filled up; anything else is an error. The position
 * of one is that of the last step that went well.
 */
export async function* gunzip(name: string, chunks: Chunks): AsyncGenerator<Buffer, void, undefined> {
  const engine = new Engine()
  let given = 0
  let isOver = false
  try {
    for await (const chunk of chunks) {
      if (!isOver) yield* engine.take(chunk)
      // The engine leaves what begins with a zero, and takes everything else for a member.
      const left = chunk.subarray(Math.max(0, engine.takenBytes - given))
      isOver ||= left.length > 0
      const other = left.findIndex((byte) => byte !== 0)
      if (other >= 0) throw trailingError(name, 'gzip', given + chunk.length - left.length + other)
      given += chunk.length
    }
    if (!isOver) yield* engine.finish()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') throw truncatedError(name, 'gzip', given)
    if (code?.startsWith('Z_') === true) throw corruptError(name, 'gzip', engine.takenBytes, message)
    throw error
  } finally {
    engine.close()
  }
}

/** Node's own gunzip, a chunk at a time. */
class Engine {
  readonly #stream = createGunzip({ chunkSize: CHUNK_BYTES, readableHighWaterMark: AHEAD_BYTES } as object)
  #failure: Error | null = null
  #wake: () => void = () => undefined

  constructor() {
    const wake = () => {
      this.#wake()
    }
    this.#stream.on('readable', wake).on('end', wake).on('close', wake)
    this.#stream.on('error', (error) => {
      this.#failure = error
      wake()
    })
  }

  /** Compressed bytes that it has made something of. */
  get takenBytes(): number {
    return this.#stream.bytesWritten
  }

  async *take(chunk: Buffer): AsyncGenerator<Buffer, void, undefined> {
    let isTaken = false
    this.#stream.write(chunk, () => {
      isTaken = true
      this.#wake()
    })
    yield* this.#until(() => isTaken)
  }

  async *finish(): AsyncGenerator<Buffer, void, undefined> {
    this.#stream.end()
    yield* this.#until(() => false)
  }

  close(): void {
    this.#stream.destroy()
  }

  /** What comes, up to the end or until a condition is met. */
  async *#until(isMet: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const made = this.#stream.read() as Buffer | null
      if (made !== null) {
        yield made
        continue
      }
      if (this.#failure !== null) throw this.#failure
      if (isMet() || this.#stream.readableEnded) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
