import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'

/**
 * - `open`: bytes go both ways.
 * - `refused`: connections are closed at once.
 * - `stalled`: connections are taken, and nothing comes.
 * - `deaf`: what is asked arrives and is done; the answer is lost.
 * - `cut`: the connection breaks in the midst of what is asked.
 */
export type LinkState = 'open' | 'refused' | 'stalled' | 'deaf' | 'cut'

export const LINK_FAULTS = ['refused', 'stalled', 'deaf', 'cut'] as const satisfies readonly LinkState[]

/** A way to a server on loopback that fails as networks do. */
export class FaultyLink {
  readonly #sockets = new Set<Socket>()
  readonly url: string
  state: LinkState = 'open'
  /** How much of a piece goes through before a cut, 0 to 1. */
  share = 0.5

  private constructor(server: Server, target: URL) {
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
    server.on('connection', (near) => {
      this.#link(near, Number(target.port))
    })
  }

  static async to(t: Test, url: string): Promise<FaultyLink> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const link = new FaultyLink(server, new URL(url))
    t.teardown(() => {
      link.cut()
      server.close()
    })
    return link
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #link(near: Socket, port: number): void {
    this.#track(near)
    if (this.state === 'refused') near.destroy()
    if (this.state === 'refused' || this.state === 'stalled') return
    const far = this.#track(connect(port, '127.0.0.1'))
    near.on('data', (bytes) => {
      if (this.state === 'cut') far.end(bytes.subarray(0, Math.floor(bytes.length * this.share)))
      else if (this.state !== 'stalled') far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (this.state === 'open') near.write(bytes)
      else if (this.state === 'deaf') near.destroy()
    })
    near.on('close', () => far.end())
    far.on('close', () => near.destroy())
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket))
    return socket
  }
}
