import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { USAGE_DESCRIPTOR, type Usage } from './usage.js'

/** A child that does not end by itself is killed after this long; ms. */
const LIMIT_MS = 30 * 60_000
/** A server that does not begin is given up after this long; ms. */
const START_MS = 60_000
/** A server that does not end at SIGTERM is killed after this long; ms. */
const END_MS = 15_000
const MAX_ERROR_CHARS = 2000

/** What came of a child that ran to its end. */
export interface Finished extends Usage {
  readonly stdout: string
  /** From before its start until after its end, what the operating system does included; ms. */
  readonly processMs: number
}

/** A child that serves until it is ended. */
export interface Server {
  /** The first line it printed. */
  readonly greeting: string
  readonly pid: number
  /** What it has written to standard error; the beginning, where that is long. */
  readonly said: () => string
  /** Resolves when it has exited, with its exit status, null where a signal ended it; may be called again. */
  readonly end: () => Promise<number | null>
}

const TELL_USAGE = new URL('./tell-usage.js', import.meta.url).href
const running = new Set<ChildProcess>()
// Whatever ends this process, no child outlives it.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a script of Node to its end; rejects with what it said when it fails. */
export async function runChild(script: string, args: readonly string[]): Promise<Finished> {
  const begun = performance.now()
  const child = start(['--import', TELL_USAGE, script, ...args], LIMIT_MS)
  const [stdout, stderr, usage, [code, signal]] = await Promise.all([
    text(child.stdout as Readable),
    text(child.stderr as Readable),
    text(child.stdio[USAGE_DESCRIPTOR] as Readable),
    once(child, 'close') as Promise<[number | null, string | null]>
  ])
  const processMs = performance.now() - begun
  if (code !== 0) {
    throw new Error(`${script} ended with ${String(code ?? signal)}: ${stderr.slice(0, MAX_ERROR_CHARS)}`)
  }
  return { stdout, processMs, ...(JSON.parse(usage) as Usage) }
}

/**
 * Starts a script of Node that serves; resolves with its first line, rejects when it ends before it printed one.
 * It is killed after `limitMs`.
 */
export async function startServer(
  script: string,
  args: readonly string[],
  limitMs = LIMIT_MS
): Promise<Server> {
  const child = start([script, ...args], limitMs)
  const ended = once(child, 'close')
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    stderr = `${stderr}${piece}`.slice(0, MAX_ERROR_CHARS)
  })
  const end = async () => {
    child.kill('SIGTERM')
    const waiting = new AbortController()
    const late = sleep(END_MS, true, { signal: waiting.signal }).catch(() => false)
    if ((await Promise.race([ended, late])) === true) child.kill('SIGKILL')
    waiting.abort()
    await ended
    return child.exitCode
  }
  try {
    return { greeting: await firstLine(child), pid: child.pid ?? 0, said: () => stderr, end }
  } catch (error) {
    await end()
    throw new Error(`${script} did not begin to serve: ${stderr}`, { cause: error })
  }
}

/** Starts Node with arguments, its output in pipes; it is killed after `timeoutMs`, and with this process. */
export function start(args: readonly string[], timeoutMs: number): ChildProcess {
  const child = spawn(process.execPath, args, {
    env: quietEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL'
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** The environment without what would change the product's options or load more into a child. */
function quietEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('FOOTFALL_') && !name.startsWith('NODE_')
  )
  return Object.fromEntries(kept)
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout as Readable })
  const ended = once(child, 'close').then(() => {
    throw new Error('it ended before it printed anything')
  })
  const printed = once(lines, 'line', { signal: AbortSignal.timeout(START_MS) })
  const [line] = (await Promise.race([printed, ended])) as [string]
  return line
}
