import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Test } from 'tap'
import { MAIN, isAtItsEnd, startServe, statusWhen, type Served } from './command.js'
import { ADDRESS } from './documents.js'
import { temporaryFolder } from './pipelines.js'

/** A command that a document shows, and what it says that comes of it. */
export interface Step {
  /** As the shell reads it, a here-document included. */
  readonly command: string
  /** All that it prints, byte for byte; null: nothing is shown of it. */
  readonly text: string | null
  /** What its output has as JSON, other members left out; undefined: it is not shown as JSON. */
  json?: unknown
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```/gm

/**
 * The sessions of a document: blocks of the language `console`, in which a command
 * begins with `$ ` and is followed by what it prints. A block of JSON behind one
 * without output shows members of what its last command prints.
 */
export function stepsOf(path: string): Step[] {
  const steps: Step[] = []
  let last: Step | null = null
  for (const [, language, code = ''] of readFileSync(path, 'utf8').matchAll(FENCED)) {
    if (language === 'json' && last !== null) {
      if (last.text !== null) throw new Error(`${path}: "${last.command}" has output and JSON`)
      last.json = JSON.parse(code)
    }
    last = null
    if (language !== 'console') continue
    for (const part of code.split(/^\$ /m).filter(Boolean)) steps.push(stepOf(part))
    last = steps.at(-1) ?? null
  }
  return steps
}

/** A command up to the end of its line, or of its here-document; the rest is what it prints. */
function stepOf(text: string): Step {
  const [, end] = /^.*<<'(\w+)'/.exec(text) ?? []
  const length = end === undefined ? text.indexOf('\n') + 1 : text.indexOf(`\n${end}\n`) + end.length + 2
  const printed = text.slice(length)
  return { command: text.slice(0, length).trimEnd(), text: printed === '' ? null : printed }
}

/**
 * Plays steps one after the other in a folder of their own, as a user's shell
 * would, and compares what they print. `footfall serve` goes on until the next one,
 * and is asked once it has read all there is.
 */
export async function play(t: Test, steps: readonly Step[]): Promise<void> {
  const cwd = temporaryFolder(t)
  const env = environment(join(cwd, '.bin'))
  let served: Served | null = null
  for (const step of steps) {
    const { command, text, json } = step
    if (command.startsWith('footfall serve ')) {
      await served?.end()
      served = await startServe(t, command.split(' ').slice(2), { cwd })
      await statusWhen(served, isAtItsEnd)
      continue
    }
    const asked = command.replaceAll(ADDRESS, served?.url ?? ADDRESS).replace(/^curl /, 'curl --silent ')
    const { stdout, stderr, code } = await runInShell(asked, cwd, env)
    if (text !== null) t.equal(stderr + stdout, text, command)
    else if (json !== undefined) t.equal(difference(JSON.parse(stdout), json), null, command)
    else t.equal(code, 0, `${command}: ${stderr}`)
  }
  await served?.end()
}

/** Where a value lacks what is shown of it; null: nowhere. Arrays are shown whole. */
export function difference(value: unknown, shown: unknown, at = '$'): string | null {
  if (typeof shown !== 'object' || shown === null || typeof value !== 'object' || value === null) {
    return Object.is(value, shown) ? null : `${at} is ${JSON.stringify(value)}, not ${JSON.stringify(shown)}`
  }
  if (Array.isArray(shown) && (!Array.isArray(value) || value.length !== shown.length)) {
    return `${at} has other elements: ${JSON.stringify(value)}`
  }
  for (const [key, member] of Object.entries(shown)) {
    const found = difference((value as Record<string, unknown>)[key], member, `${at}.${key}`)
    if (found !== null) return found
  }
  return null
}

/** What a user has, with `footfall` among the programs. */
function environment(programs: string): NodeJS.ProcessEnv {
  mkdirSync(programs)
  writeFileSync(join(programs, 'footfall'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, {
    mode: 0o755
  })
  return { ...process.env, NODE_OPTIONS: '', PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` }
}

interface Printed {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

function runInShell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Printed> {
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', command], { cwd, env }, (error, stdout, stderr) => {
      resolve({ stdout, stderr, code: error === null ? 0 : Number(error.code ?? 1) })
    })
  })
}
