import { get, type IncomingMessage } from 'node:http'
import { FootfallError, describeError } from '../base/errors.js'
import type { Snapshot } from '../query/snapshot-shape.js'
import type { Status } from '../query/shapes.js'
import { cutEvents } from './event-cutter.js'

/** A server sends something at least every 16 seconds; ms. */
const SILENCE_MS = 40_000

/** No answer of a footfall is as long; characters. */
const MOST_CHARACTERS = 4 * 1024 * 1024

/**
 * What a running footfall says. All that is asked rejects with a `FootfallError`
 * (`server`) where it is not answered as a footfall does, in words for whoever
 * runs the command. What comes is not checked beyond that: whoever shows it takes
 * all of it for text.
 */
export class ServerClient {
  /** Without a slash at its end. */
  readonly url: string
  readonly #token: string | undefined

  /** Throws a `FootfallError` (`usage`) where `url` is none. */
  constructor(url: string, token: string | undefined) {
    this.url = serverUrl(url)
    this.#token = token
  }

  async status(signal: AbortSignal): Promise<Status> {
    const response = await this.#ask('/v1/status', signal)
    const status = this.#parse('/v1/status', await this.#bodyOf(response)) as Partial<Status> | null
    if (status?.source === undefined || status.accounting === undefined || status.clock === undefined) {
      throw this.foreign('/v1/status')
    }
    return status as Status
  }

  /** Snapshots as they come, until the server ends them. */
  async *snapshots(signal: AbortSignal): AsyncGenerator<Snapshot> {
    const response = await this.#ask('/v1/stream', signal)
    try {
      for await (const { event, data } of cutEvents(response.setEncoding('utf8'), MOST_CHARACTERS)) {
        if (event !== 'snapshot') continue
        const snapshot = this.#parse('/v1/stream', data) as Partial<Snapshot> | null
        const { most_viewed, most_carted, top_grossing, summary } = snapshot ?? {}
        if ([most_viewed, most_carted, top_grossing, summary].some((part) => part?.meta === undefined)) {
          throw this.foreign('/v1/stream')
        }
        yield snapshot as Snapshot
      }
    } catch (error) {
      throw this.#unanswered(error)
    }
  }

  async #ask(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(path, signal)
    if (response.statusCode === 200) return response
    const problem = await this.#problemOf(response)
    throw new FootfallError('server', `${this.url} ${this.#refusal(path, response.statusCode ?? 0, problem)}`)
  }

  async #send(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    // What speaks TLS is slow to load, and seldom needed.
    const send = this.url.startsWith('https:') ? (await import('node:https')).get : get
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }
    return new Promise((resolve, reject) => {
      const request = send(`${this.url}${path}`, { headers, signal }, resolve)
      request.on('error', (error) => {
        reject(this.#unanswered(error))
      })
      request.setTimeout(SILENCE_MS, () => {
        request.destroy(new Error(`nothing has come for ${SILENCE_MS / 1000} s`))
      })
    })
  }

  async #bodyOf(response: IncomingMessage): Promise<string> {
    try {
      let text = ''
      for await (const part of response.setEncoding('utf8')) {
        text += String(part)
        if (text.length > MOST_CHARACTERS) throw new Error('the answer is far too long')
      }
      return text
    } catch (error) {
      throw this.#unanswered(error)
    }
  }

  #parse(path: string, text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw this.foreign(path)
    }
  }

  /** What the server says is wrong; empty where it does not say so in the words of RFC 9457. */
  async #problemOf(response: IncomingMessage): Promise<string> {
    try {
      const { detail } = JSON.parse(await this.#bodyOf(response)) as { readonly detail?: unknown }
      return typeof detail === 'string' ? detail : ''
    } catch {
      return ''
    }
  }

  #refusal(path: string, status: number, problem: string): string {
    const where = 'give it with --token-file or FOOTFALL_TOKEN'
    if (status === 401) {
      return this.#token === undefined ? `wants a token: ${where}` : `wants another token: ${where}`
    }
    const detail = problem === '' ? '' : `: ${problem}`
    return `answers ${path} with ${status}${detail}`
  }

  /** For an answer that is none of a footfall. */
  foreign(path: string, cause?: unknown): FootfallError {
    return new FootfallError('server', `${this.url} does not answer ${path} as footfall does`, { cause })
  }

  #unanswered(error: unknown): FootfallError {
    if (error instanceof FootfallError) return error
    // Where a name has several addresses, each has failed, and what is around them says nothing.
    const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
    return new FootfallError('server', `${this.url} does not answer: ${describeError(first)}`, {
      cause: error
    })
  }
}

function serverUrl(text: string): string {
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new FootfallError('usage', `"${text}" is no URL of a server, as http://127.0.0.1:3000`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new FootfallError(
      'usage',
      'a URL has no user or password here: give --token-file or FOOTFALL_TOKEN'
    )
  }
  return url.href.replace(/\/+$/, '')
}
