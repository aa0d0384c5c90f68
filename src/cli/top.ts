import { setTimeout as sleep } from 'node:timers/promises'
import { FootfallError } from '../base/errors.js'
import { givenToken, type TokenOptions } from './access.js'
import { FullScreen } from './full-screen.js'
import { ServerClient } from './server-client.js'
import { DEFAULT_COLUMNS, PLAIN, canRewrite, columnsOf, styleOf } from './style.js'
import { topScreen, topText } from './top-screen.js'
import { unasked, withSnapshot, withStatus, type TopState } from './top-state.js'

export interface TopOptions extends TokenOptions {
  readonly once?: boolean
}

/** Between two looks at the status; ms. */
const STATUS_MS = 2000

/** Before a stream that has ended is asked for again; ms. */
const RETRY_MS = 1000

/**
 * Shows what a running server answers: on a terminal until `q`, Ctrl-C or a
 * signal, else once. Throws a `FootfallError` (`server`) where it does not answer
 * at first; later `top` waits for it.
 */
export async function top(url: string, { once, ...token }: TopOptions): Promise<void> {
  const client = new ServerClient(url, givenToken(token))
  const { stdout } = process
  const signal = new AbortController().signal
  const status = await client.status(signal)
  const first = showable(client, '/v1/status', () => withStatus(unasked(client.url), status))
  if (once === true || !canRewrite(stdout)) {
    const state = await withFirstSnapshot(client, first)
    stdout.write(topText(state, columnsOf(stdout), styleOf(stdout)))
  } else await watch(client, first)
}

/** Tries whether a state can be shown: what lacks a part that is shown is no answer of a footfall. */
function showable(client: ServerClient, path: string, make: () => TopState): TopState {
  try {
    const state = make()
    topText(state, DEFAULT_COLUMNS, PLAIN)
    return state
  } catch (cause) {
    throw client.foreign(path, cause)
  }
}

async function withFirstSnapshot(client: ServerClient, state: TopState): Promise<TopState> {
  const asking = new AbortController()
  for await (const snapshot of client.snapshots(asking.signal)) {
    asking.abort()
    return showable(client, '/v1/stream', () => withSnapshot(state, snapshot))
  }
  throw new FootfallError('server', `${client.url} has ended before it answered`)
}

async function watch(client: ServerClient, first: TopState): Promise<void> {
  const stopping = new AbortController()
  const stop = () => {
    stopping.abort()
  }
  let state = first
  const { stdout } = process
  const style = styleOf(stdout)
  const draw = () => {
    const size = { columns: columnsOf(stdout), rows: stdout.rows || DEFAULT_ROWS }
    screen.draw(topScreen(state, size, style))
  }
  const set = (change: (before: TopState) => TopState) => {
    if (stopping.signal.aborted) return
    state = change(state)
    draw()
  }
  const pressed = (keys: string) => {
    if (ENDS.test(keys)) stop()
  }
  // Not SIGHUP: where the terminal has gone there is none to be given back, and Node 20 fails at it.
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, stop)
  const screen = new FullScreen(pressed, draw)
  try {
    draw()
    await Promise.all([lookAgain(client, set, stopping.signal), follow(client, set, stopping.signal)])
  } finally {
    stop()
    screen.close()
    for (const signal of signals) process.off(signal, stop)
  }
}

/** `q`, or Ctrl-C, which is a key where the terminal passes all of them on. */
// eslint-disable-next-line no-control-regex -- Ctrl-C is one
const ENDS = /^[qQ]|\u0003/

const DEFAULT_ROWS = 24

type Set = (change: (before: TopState) => TopState) => void

/** Looks at the status every while. */
async function lookAgain(client: ServerClient, set: Set, signal: AbortSignal): Promise<void> {
  while (await pause(STATUS_MS, signal)) await look(client, set, signal)
}

async function look(client: ServerClient, set: Set, signal: AbortSignal): Promise<void> {
  try {
    const status = await client.status(signal)
    set((before) => showable(client, '/v1/status', () => withStatus(before, status)))
  } catch (error) {
    const reason = reasonOf(error)
    set((before) => ({ ...before, lost: reason }))
  }
}

/** Shows the snapshots of the stream, and asks for another one whenever it has ended. */
async function follow(client: ServerClient, set: Set, signal: AbortSignal): Promise<void> {
  do {
    try {
      for await (const snapshot of client.snapshots(signal)) {
        set((before) => showable(client, '/v1/stream', () => withSnapshot(before, snapshot)))
      }
      set((before) => ({ ...before, unstreamed: `${client.url} has ended the stream` }))
    } catch (error) {
      const unstreamed = reasonOf(error)
      set((before) => ({ ...before, unstreamed }))
    }
    // It tells at once whether the server has gone.
    if (!signal.aborted) await look(client, set, signal)
  } while (await pause(RETRY_MS, signal))
}

/** Whether it has gone by: not where the signal came. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
  return !signal.aborted
}

function reasonOf(error: unknown): string {
  if (error instanceof FootfallError) return error.message
  throw error
}
