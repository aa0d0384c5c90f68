import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { ReplayResult, Status } from '../../src/query/shapes.js'
import { untracked } from './untracked.js'

/** The command. */
export const MAIN = fileURLToPath(new URL('../../bin/footfall.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The command's file; default: that of this checkout. */
  readonly main?: string
  /** Where to serve; default: any free one. */
  readonly port?: string
}

/** Runs `footfall` to its end. */
export async function footfall(
  args: readonly string[],
  { input, env, cwd }: CommandOptions = {}
): Promise<Finished> {
  const child = start(args, env, cwd)
  // A command that fails does not read all of its input.
  child.stdin.on('error', () => undefined).end(input ?? '')
  const [stdout, stderr] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, 'close')
  ])
  return { code: child.exitCode, stdout, stderr }
}

/** What `replay --json` prints, but for the time that it took. Rejects when it fails. */
export async function replayOf(file: string, args: readonly string[] = []): Promise<ReplayResult> {
  const { code, stdout, stderr } = await footfall(['replay', file, '--json', ...args])
  if (code !== 0) throw new Error(stderr)
  return { ...(JSON.parse(stdout) as ReplayResult), elapsed_ms: 0 }
}

export interface Served {
  readonly url: string
  readonly child: ChildProcessWithoutNullStreams
  /** What has been written to standard error so far. */
  readonly stderr: () => string
  /** Sends a signal and resolves with the exit code. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>
  /** Gets a path and reads the JSON of its answer. */
  readonly get: (path: string) => Promise<unknown>
}

/** Starts `footfall serve` and kills it `afterMs` later, wherever its start has come to by then. */
export async function killStarting(args: readonly string[], afterMs: number): Promise<void> {
  const child = start(['serve', ...args, '--port', '0'])
  const exited = once(child, 'exit')
  setTimeout(() => child.kill('SIGKILL'), afterMs)
  await exited
}

/** Starts `footfall serve`, or another command that serves; it is ended with the test. */
export async function startServe(
  t: Test,
  args: readonly string[],
  { env, cwd, main, port = '0' }: CommandOptions = {},
  command = 'serve'
): Promise<Served> {
  const child = start([command, ...args, '--port', port], env, cwd, main)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return (await exited)[0]
  }
  t.teardown(() => end('SIGKILL'))
  const line = await firstLine(child)
  const url = /http:\/\/\S+/.exec(line)?.[0]
  if (url === undefined) throw new Error(`no URL in "${line}"; ${stderr}`)
  return { url, child, stderr: () => stderr, end, get: async (path) => (await fetch(`${url}${path}`)).json() }
}

/** Asks for the status until it is as wanted. */
export async function statusWhen(
  { get }: Pick<Served, 'get'>,
  isMet: (status: Status) => boolean
): Promise<Status> {
  for (;;) {
    const status = (await get('/v1/status')) as Status
    if (isMet(status)) return status
  }
}

/** All of the source that is there is in the answers. */
export const isAtItsEnd = ({ state, source }: Status) => state === 'live' && source.lag_bytes === 0

function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
  main = MAIN
): ChildProcessWithoutNullStreams {
  return spawn(...untracked(process.execPath, [main, ...args]), { env: { ...process.env, ...env }, cwd })
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** Rejects when the process ends before it has written a line. */
function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.includes('\n')) resolve(text)
    })
    child.once('exit', (code) => {
      reject(new Error(`footfall ended with ${String(code)} before it served`))
    })
  })
}
