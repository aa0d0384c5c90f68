import { Agent, get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

const TIMEOUT_MS = 30_000

export interface Answer {
  readonly status: number
  readonly body: string
  readonly contentType: string
}

/** One connection that is kept open, and used for one request at a time. */
export class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  /** Rejects when the status is not 200, or nothing comes for half a minute. */
  async get(path: string): Promise<Answer> {
    const answer = await this.ask(path)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`)
    return answer
  }

  /** An answer of any status. Rejects when nothing comes for half a minute. */
  async ask(path: string): Promise<Answer> {
    const request = get(`${this.#url}${path}`, { agent: this.#agent, timeout: TIMEOUT_MS })
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const body = await text(response)
    return { status: response.statusCode ?? 0, body, contentType: response.headers['content-type'] ?? '' }
  }

  async getJson<T>(path: string): Promise<T> {
    return JSON.parse((await this.get(path)).body) as T
  }

  close(): void {
    this.#agent.destroy()
  }
}
