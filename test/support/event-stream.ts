import { once } from 'node:events'
import { get, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Test } from 'tap'

/** An event, or a comment, of a stream. */
export interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: string
  readonly comment: boolean
}

/** What a client has of a stream. */
export class EventClient {
  readonly response: IncomingMessage
  /** Everything that has come so far, in order; without what only sets the time to retry. */
  readonly events: StreamEvent[] = []
  #text = ''
  #arrived: () => void = () => undefined

  constructor(response: IncomingMessage) {
    this.response = response
    response.on('error', () => undefined)
    response.once('close', () => {
      this.#arrived()
    })
  }

  /** Begins to read. */
  read(): this {
    this.response.setEncoding('utf8').on('data', (part: string) => {
      this.#text += part
      const blocks = this.#text.split('\n\n')
      this.#text = blocks.pop() ?? ''
      for (const block of blocks) if (!block.startsWith('retry:')) this.events.push(eventOf(block))
      this.#arrived()
    })
    return this
  }

  /** Waits until so many have come; rejects when the stream has ended before. */
  async received(count: number): Promise<readonly StreamEvent[]> {
    while (this.events.length < count) {
      if (this.response.closed) throw new Error(`${this.response.statusCode}, closed: ${this.#text}`)
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
    return this.events
  }

  /** Waits for the end, however it comes. */
  async ended(): Promise<void> {
    if (this.response.closed) return
    await new Promise((resolve) => this.response.once('close', resolve))
  }

  close(): void {
    this.response.destroy()
  }
}

function eventOf(block: string): StreamEvent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()]
    })
  )
  const of = (name: string) => fields.get(name) ?? ''
  return { id: of('id'), event: of('event'), data: of('data'), comment: fields.has('') }
}

/** Asks for a stream over a connection of its own, closed with the test. */
export async function openStream(
  t: Test,
  url: string,
  headers: OutgoingHttpHeaders = {}
): Promise<EventClient> {
  const request = get(`${url}/v1/stream`, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => undefined)
  const client = new EventClient(response)
  t.teardown(() => {
    client.close()
  })
  return client
}
