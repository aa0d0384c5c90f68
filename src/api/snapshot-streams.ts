import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import {
  HEARTBEAT_TICKS,
  MAX_STREAMS,
  STALLED_STREAM_TICKS,
  STREAM_RETRY_MS,
  STREAM_TICK_MS
} from '../base/limits.js'
import type { Queries } from '../query/queries.js'
import { ProblemError } from './problem.js'

/** Calls back once, some ms later; what it returns calls that off. */
export type After = (delayMs: number, callback: () => void) => () => void

export interface SnapshotStreamsOptions {
  /** Streams at a time; default `MAX_STREAMS`. */
  readonly most?: number | undefined
  /** The clock; a timer that keeps no process running by default. */
  readonly after?: After | undefined
}

/** A snapshot as an event, and the tick in which it was made. */
interface Made {
  readonly revision: string
  readonly event: Buffer
  readonly tick: number
}

interface Stream {
  readonly readable: Readable
  readonly raw: ServerResponse
  /** Revision that it was sent last. */
  sent: string
  /** The first tick in which it may be sent another: a second after the one before. */
  next: number
  /** Ticks since it was sent anything, and since it has not taken what it was sent. */
  quiet: number
  stalled: number
}

/**
 * The streams of snapshots. A tick a second, as long as there is a stream, makes
 * one event where the board is another, for all of them: it is neither made nor
 * copied again for each.
 *
 * ```
 *   tick ─▶ is the board another? ─▶ make the event ─▶ to each that has taken the
 *     ▲                                                one before; it waits for none
 *     └──────────────────── a second later ──────────────────────────┘
 * ```
 *
 * A stream never has more than one event to take. One that has not taken it is
 * passed over, so that the next it gets is the newest, and is closed after a
 * minute of that. Not `@fastify/sse`: its heartbeats pile up where nobody reads,
 * and it writes an event anew for each client.
 */
export class SnapshotStreams {
  readonly #queries: Queries
  readonly #most: number
  readonly #after: After
  readonly #streams = new Set<Stream>()
  #opening = 0
  #tick = 0
  #callOff: (() => void) | null = null
  #latest: Made | null = null
  #making: Promise<Made> | null = null
  #isClosed = false

  constructor(queries: Queries, { most = MAX_STREAMS, after = timer }: SnapshotStreamsOptions = {}) {
    this.#queries = queries
    this.#most = most
    this.#after = after
  }

  get size(): number {
    return this.#streams.size
  }

  /**
   * A stream for an answer, which begins with a snapshot unless the client has it.
   * Rejects with a `ProblemError` where there are too many, and as the queries do.
   *
   * @param lastId the revision that the client has; empty: none
   */
  async open(raw: ServerResponse, lastId: string): Promise<Readable> {
    if (this.#isClosed) throw new ProblemError(503, 'The server is about to end.', { 'retry-after': '1' })
    if (this.#streams.size + this.#opening >= this.#most) {
      throw new ProblemError(503, 'Too many streams are open; try again later.', { 'retry-after': '10' })
    }
    if (raw.socket === null) {
      // Node tells nothing of a connection that is closed while an answer waits for the one before it.
      throw new ProblemError(400, 'A stream is not opened behind a request that is not answered yet.')
    }
    const revision = this.#queries.revision()
    const made = lastId === revision ? null : await this.#first()
    const readable = new Readable({ read: () => undefined })
    readable.push(`retry: ${STREAM_RETRY_MS}\n\n`)
    if (made !== null && made.revision !== lastId) readable.push(made.event)
    const sent = made?.revision ?? revision
    const stream = { readable, raw, sent, next: this.#tick + 2, quiet: 0, stalled: 0 }
    this.#add(stream)
    return readable
  }

  /** Ends all streams, for good. */
  close(): void {
    this.#isClosed = true
    for (const stream of this.#streams) end(stream)
  }

  async #first(): Promise<Made> {
    this.#opening++
    try {
      // One of this second, so that many who come at once have one made.
      return this.#latest?.tick === this.#tick ? this.#latest : await this.#make()
    } finally {
      this.#opening--
    }
  }

  #add(stream: Stream): void {
    const { raw, readable } = stream
    const remove = () => {
      readable.destroy()
      if (this.#streams.delete(stream) && this.#streams.size === 0) this.#rest()
    }
    this.#streams.add(stream)
    raw.once('close', remove)
    // Its client may have gone, or the server closed, while the snapshot was made.
    if (raw.destroyed) remove()
    else if (this.#isClosed) end(stream)
    else if (this.#callOff === null) this.#schedule()
  }

  /** Nobody is there to be sent anything. */
  #rest(): void {
    this.#callOff?.()
    this.#callOff = null
    this.#latest = null
  }

  #schedule(): void {
    this.#callOff?.()
    this.#callOff = this.#after(STREAM_TICK_MS, () => {
      this.#next()
    })
  }

  #next(): void {
    this.#tick++
    this.#schedule()
    const known = this.#queries.revision() === this.#latest?.revision ? this.#latest : null
    // An event that is about to come says as much as a comment.
    for (const stream of this.#streams) this.#look(stream, HEARTBEAT_TICKS + (known === null ? 1 : 0))
    if (this.#making !== null || this.#streams.size === 0) return
    if (known !== null) {
      this.#send(known)
      return
    }
    const made = (made: Made) => {
      this.#send(made)
      // Between two events there is a second, however long one takes to make.
      if (this.#streams.size > 0) this.#schedule()
    }
    // While nothing can be answered streams stay open, and quiet: what is asked anew is told why.
    this.#make().then(made, () => undefined)
  }

  /** Closes a stream that takes nothing, and lets one that there is nothing for know that it is not forgotten. */
  #look(stream: Stream, mostQuiet: number): void {
    if (!hasTaken(stream)) {
      if (++stream.stalled >= STALLED_STREAM_TICKS) stream.raw.destroy()
      return
    }
    stream.stalled = 0
    if (++stream.quiet < mostQuiet) return
    stream.readable.push(':\n\n')
    stream.quiet = 0
  }

  #send({ revision, event }: Made): void {
    for (const stream of this.#streams) {
      if (stream.sent === revision || this.#tick < stream.next || !hasTaken(stream)) continue
      stream.readable.push(event)
      stream.sent = revision
      stream.next = this.#tick + 1
      stream.quiet = 0
    }
  }

  #make(): Promise<Made> {
    const tick = this.#tick
    this.#making ??= this.#queries
      .snapshot()
      .then(({ revision, text }) => {
        const event = Buffer.from(`id: ${revision}\nevent: snapshot\ndata: ${text}\n\n`)
        this.#latest = { revision, event, tick }
        return this.#latest
      })
      .finally(() => (this.#making = null))
    return this.#making
  }
}

/** Whether all that a stream was sent is out of the process. */
function hasTaken({ readable, raw }: Stream): boolean {
  return readable.readableLength === 0 && raw.writableLength === 0
}

function end(stream: Stream): void {
  const { raw, readable } = stream
  if (!hasTaken(stream)) {
    raw.destroy()
    return
  }
  const { socket } = raw
  raw.once('finish', () => socket?.destroySoon())
  readable.push(null)
}

const timer: After = (delayMs, callback) => {
  const timeout = setTimeout(callback, delayMs).unref()
  return () => {
    clearTimeout(timeout)
  }
}
