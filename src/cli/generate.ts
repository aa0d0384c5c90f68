import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { FootfallError, describeError } from '../base/errors.js'
import { checkShopOptions, generateChunks } from '../generator/generate.js'
import { liveEvents } from '../generator/live.js'
import { lineText } from '../generator/line.js'

export interface GenerateOptions {
  /** Undefined: DEFAULT_EVENTS, or with `live` without an end. */
  readonly events?: number
  readonly seed: number
  readonly items: number
  readonly customers: number
  readonly start: number
  readonly hours: number
  readonly out: string
  readonly live?: boolean
  readonly rate: number
}

const DEFAULT_EVENTS = 100_000
/** Live lines are written this often; ms. */
const LIVE_INTERVAL_MS = 20

/** Writes simulated events: a file at once, or in real time until a signal comes or `stopped` is aborted. */
export async function generate(options: GenerateOptions, stopped = new AbortController()): Promise<void> {
  const { events = DEFAULT_EVENTS, seed, items, customers, start, hours, out, live } = options
  const shop = { events, seed, items, customers, startMs: start, hours }
  checkShopOptions(shop)
  const output = openOutput(out, live === true)
  if (live === true) await writeLive(output, options, stopped)
  else for (const chunk of generateChunks(shop)) await output.write(chunk)
  await output.end()
}

interface Output {
  write(text: string): Promise<void>
  end(): Promise<void>
}

function openOutput(name: string, append: boolean): Output {
  const stream: Writable =
    name === '-' ? process.stdout : createWriteStream(name, { flags: append ? 'a' : 'w' })
  let failure: Error | null = null
  const failed = new Promise<never>((_, reject) => {
    if (name === '-') return
    stream.once('error', (error: Error) => {
      failure = new FootfallError('output', `cannot write ${name}: ${describeError(error)}`, { cause: error })
      reject(failure)
    })
  })
  // It is awaited where something is written; until then nobody hears of it.
  failed.catch(() => undefined)
  return {
    async write(text) {
      if (failure !== null) throw failure
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), failed])
    },
    async end() {
      if (name === '-') return
      if (failure !== null) throw failure
      await Promise.race([once(stream.end(), 'finish'), failed])
    }
  }
}

/** Appends `rate` events a second with the time of their writing, until `events` are written or a signal comes. */
async function writeLive(output: Output, options: GenerateOptions, stopped: AbortController): Promise<void> {
  const { events = Infinity, rate } = options
  const nextEvent = liveEvents(options)
  const stop = () => {
    stopped.abort()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const begun = performance.now()
  let written = 0
  while (written < events && !stopped.signal.aborted) {
    const elapsedMs = performance.now() - begun
    const due = Math.min(events, Math.floor((elapsedMs / 1000) * rate) + 1) - written
    const now = Date.now()
    let text = ''
    for (let left = due; left > 0; left--) text += `${lineText(nextEvent(now))}\n`
    written += Math.max(0, due)
    if (text !== '') await output.write(text)
    if (written < events)
      await sleep(LIVE_INTERVAL_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
  }
}
