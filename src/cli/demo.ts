import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endAtSignal } from './end-at-signal.js'
import { generate } from './generate.js'
import { SAMPLE, serve, type ServeOptions } from './serve.js'
import { tell } from './status-line.js'

export interface DemoOptions extends ServeOptions {
  /** Events a second that are appended. */
  readonly rate: number
}

/** The shop of the demo: that of the sample. */
const SHOP = { seed: 1, items: 500, customers: 800 }
/** Two weeks, so that there is something to compare with, at an event every other second. */
const PAST_HOURS = 14 * 24
const PAST_EVENTS = PAST_HOURS * 1800

/**
 * Serves a shop that is open now: two weeks of events, and more as they happen;
 * with a speed, the sample in its rhythm. Ends at a signal and leaves nothing behind.
 */
export async function demo(options: DemoOptions): Promise<void> {
  endAtSignal()
  const folder = mkdtempSync(join(tmpdir(), 'footfall-demo-'))
  // A signal ends the process before anything here goes on.
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  const dataDir = join(folder, 'data')
  const closing = new AbortController()
  try {
    const isPlayed = options.speed !== null
    const file = isPlayed ? SAMPLE : await openShop(folder, options.rate, closing)
    // By the wall's clock two weeks would be late; those that come keep the events' clock at now.
    const clock = isPlayed ? 'wall' : 'event'
    await serve(file, { ...options, dataDir, clock }, announce)
  } finally {
    closing.abort()
  }
}

/** Writes what has happened, and goes on until `closing`; the file. */
async function openShop(folder: string, rate: number, closing: AbortController): Promise<string> {
  const file = join(folder, 'events.jsonl')
  const start = Date.now() - PAST_HOURS * 3_600_000
  const shop = { ...SHOP, start, hours: PAST_HOURS, out: file, rate }
  await generate({ ...shop, events: PAST_EVENTS })
  generate({ ...shop, live: true }, closing).catch((error: unknown) => {
    tell(`the demo's shop has closed: ${String(error)}`)
  })
  return file
}

function announce(url: string): void {
  process.stdout.write(
    [
      `footfall demo at ${url}`,
      'Ctrl-C ends it. Until then, ask it again and again:',
      `  curl ${url}/v1/items/most-viewed`,
      `  curl ${url}/v1/items/top-grossing`,
      `  curl ${url}/v1/status`,
      ''
    ].join('\n')
  )
}
