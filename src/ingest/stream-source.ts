import { createReadStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ReadStream, isatty } from 'node:tty'
import { readError } from './file-source.js'
import type { Source, Standing } from './source.js'

/** Standard input, a pipe, a FIFO: read as it comes, once. */
export class StreamSource implements Source {
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

  standing(): Standing {
    return 'ended'
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
