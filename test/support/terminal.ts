import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Test } from 'tap'
import { MAIN } from './command.js'
import { temporaryFolder } from './pipelines.js'

/** Why there is no pseudo-terminal to test on; null: util-linux's `script` makes one. */
const NO_TERMINAL: string | null =
  spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0
    ? null
    : 'there is no `script` of util-linux that makes a pseudo-terminal'

/** A test on a pseudo-terminal; it says that it is skipped where there is none. */
export function onTerminal(t: Test, name: string, body: (t: Test) => Promise<void>): void {
  t.test(name, NO_TERMINAL === null ? {} : { skip: NO_TERMINAL }, body)
}

export interface TerminalOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A shell command at work on a terminal of its own. */
export class Terminal {
  #output = ''
  #arrived: () => void = () => undefined
  readonly #child
  readonly cwd: string
  /** The exit status of the command; null if the terminal went away before. */
  readonly ended: Promise<number | null>

  constructor(t: Test, command: string, options: TerminalOptions = {}) {
    const { columns = 100, rows = 30, env = {}, cwd = process.cwd() } = options
    this.cwd = cwd
    const ignored = ['NODE_OPTIONS', 'NO_COLOR', 'FORCE_COLOR', 'CI'].flatMap((name) => ['-u', name])
    const set = Object.entries({ TERM: 'xterm-256color', ...env }).map(([name, value]) => `${name}=${value}`)
    // `script -e` has its child's status only if that is reaped before the terminal ends, so the shell
    // keeps it; the trap lets the shell outlive a Ctrl-C that is the command's.
    const status = join(temporaryFolder(t), 'status')
    const inside = `stty cols ${columns} rows ${rows}; trap : INT; ${command}; echo $? > '${status}'`
    this.#child = spawn('env', [...ignored, ...set, 'script', '-qc', inside, '/dev/null'], { cwd })
    t.teardown(() => this.#child.kill('SIGKILL'))
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      this.#arrived()
    })
    // What is typed after the end is lost.
    this.#child.stdin.on('error', () => undefined)
    this.ended = once(this.#child, 'close').then(() => {
      this.#arrived()
      return existsSync(status) ? Number(readFileSync(status, 'utf8')) : null
    })
  }

  /** All that was written so far, with its control characters. */
  get output(): string {
    return this.#output
  }

  /** Every frame that the alternate screen has shown in full. */
  get frames(): readonly (readonly string[])[] {
    return this.#output.split('\x1b[H').slice(1, -1).map(linesOf)
  }

  /** Goes away, as a window that is closed. */
  close(): void {
    this.#child.kill('SIGKILL')
  }

  type(keys: string): void {
    this.#child.stdin.write(keys)
  }

  /** Waits until the output is as wanted; rejects when the command has ended before. */
  async until(isMet: (terminal: this) => boolean): Promise<void> {
    while (!isMet(this)) {
      if (this.#child.exitCode !== null) throw new Error(`ended, with ${JSON.stringify(this.#output)}`)
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }
}

/** `footfall` in a shell. */
export function footfallCommand(args: string): string {
  return `'${process.execPath}' '${MAIN}' ${args}`
}

/** The lines that a terminal shows of what was written to it; of its commands those that a line is written over with. */
export function shownLines(output: string): readonly string[] {
  const lines = ['']
  let column = 0
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  for (const [token] of output.matchAll(/\x1b\[K|\x1b\[[\d;?]*[a-zA-Z]|[^]/g)) {
    const line = lines.at(-1) ?? ''
    if (token === '\n') lines.push('')
    else if (token === '\r') column = 0
    else if (token === '\x1b[K') lines[lines.length - 1] = line.slice(0, column)
    else if (token.length === 1) {
      lines[lines.length - 1] = line.slice(0, column) + token + line.slice(column + 1)
      column++
    }
  }
  return lines
}

function linesOf(frame: string): string[] {
  return stripVTControlCharacters(frame).split(/\r*\n/)
}
