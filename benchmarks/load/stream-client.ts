import { connect, type Socket } from 'node:net'

/** A client of `/v1/stream` over a socket of its own; one that does not read takes nothing after it has asked. */
export class StreamClient {
  readonly #socket: Socket
  readonly #reads: boolean
  /** Revision of the last snapshot; null before the first. */
  lastId: string | null = null
  snapshots = 0
  isClosed = false

  private constructor(socket: Socket, reads: boolean) {
    this.#socket = socket
    this.#reads = reads
  }

  /** Resolves when it is connected; a client that reads then notes what comes. */
  static async open(url: string, reads: boolean): Promise<StreamClient> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const client = new StreamClient(socket, reads)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject)
    })
    socket.on('error', () => undefined)
    socket.once('close', () => (client.isClosed = true))
    socket.write(`GET /v1/stream HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`)
    if (reads) client.#read()
    else socket.pause()
    return client
  }

  get reads(): boolean {
    return this.#reads
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(): void {
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => {
      // An event's first line comes in one piece with its length: it is written at once.
      for (const [, id] of text.matchAll(/^id: (\S+)$/gm)) {
        this.lastId = id ?? null
        this.snapshots++
      }
    })
  }
}
