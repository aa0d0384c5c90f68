import { get, type ClientRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.js'
import { until } from './until.js'

const MINUTE_MS = 60_000
/** As the page has it (src/dashboard); ms. */
const [STATUS_MS, SERIES_MS, TRENDS_MS] = [2000, 5000, 10_000]
/** How often it is looked whether something is to be asked: the load is not to be its own. */
const LOOK_EVERY_MS = 500

/** What an open dashboard asks: the stream, and what its panels ask for again and again. */
export class Dashboard {
  readonly #closing = new AbortController()
  readonly #url: string
  readonly #stream: ClientRequest
  readonly #asking: Promise<unknown>
  #minute = 0
  snapshots = 0
  answers = 0

  constructor(url: string) {
    this.#url = url
    this.#stream = get(`${url}/v1/stream`, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        this.#take(text)
      })
      response.on('error', () => undefined)
    }).on('error', () => undefined)
    this.#asking = Promise.all([
      this.#ask(() => '/v1/status', STATUS_MS),
      this.#ask(() => '/v1/trends?metric=views&window=1h&limit=5', TRENDS_MS),
      ...['views', 'revenue'].map((metric) => this.#ask(() => this.#seriesOf(metric), SERIES_MS))
    ])
    // Who ends it is told.
    this.#asking.catch(() => undefined)
  }

  /** Resolves when it has shown something; rejects when something was not answered. */
  get shown(): Promise<unknown> {
    return Promise.race([until(() => this.snapshots > 0 && this.answers > 0), this.#asking])
  }

  /** Resolves when it has shown something and all that was asked is answered; rejects when something was not. */
  async end(): Promise<void> {
    await this.shown
    this.#closing.abort()
    this.#stream.destroy()
    await this.#asking
  }

  #take(text: string): void {
    if (text.includes('event: snapshot')) this.snapshots++
    const now = /"now":"([^"]+)"/.exec(text)?.[1]
    if (now !== undefined) this.#minute = Math.floor(Date.parse(now) / MINUTE_MS)
  }

  /** The chart of the last hour; null before there is one. */
  #seriesOf(metric: string): string | null {
    if (this.#minute === 0) return null
    const [from, to] = [this.#minute - 59, this.#minute + 1].map((minute) =>
      new Date(minute * MINUTE_MS).toISOString()
    )
    return `/v1/timeseries?metric=${metric}&granularity=minute&from=${from}&to=${to}`
  }

  /** Asks every so often, and at once for another path: a chart's moves on with the clock. */
  async #ask(pathOf: () => string | null, everyMs: number): Promise<void> {
    const connection = new Connection(this.#url)
    let [asked, askedAt]: [string | null, number] = [null, 0]
    try {
      while (!this.#closing.signal.aborted) {
        const path = pathOf()
        if (path !== null && (path !== asked || performance.now() - askedAt >= everyMs)) {
          ;[asked, askedAt] = [path, performance.now()]
          const { status, body } = await connection.ask(path)
          // A replay moves its clock by days a second: the hour that a snapshot told of may have left the window.
          if (status !== 200 && !(status === 400 && body.includes('are kept from')))
            throw new Error(`${path}: ${status} ${body}`)
          this.answers++
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined)
      }
    } finally {
      connection.close()
    }
  }
}
