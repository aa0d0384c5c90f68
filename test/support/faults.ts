import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Errors by their name; `short`: the call does a part of what it was asked for. */
export type FaultError = 'short' | 'EIO' | 'ENOSPC' | 'EMFILE' | 'EACCES' | 'EINTR'

/** What is to go wrong in a process, and when; see `faulty-calls.c`. */
export interface Fault {
  /** Name of a system call as the C library has it, without the 64; a pattern. */
  readonly call: string
  /** Pattern of the paths that it is about. */
  readonly path: string
  readonly error?: FaultError
  /** Which of the calls is the first to fail, from 1; 0, the default: none, they are only logged. */
  readonly from?: number
  /** How many fail; 0: all from there on. Default: 1. */
  readonly count?: number
  /** Where calls are logged. */
  readonly log?: string
}

const SOURCE = fileURLToPath(new URL('../../../test/support/faulty-calls.c', import.meta.url))

let compiled: string | null = null

/** Why nothing can be made to fail here; false where it can. Compiles what it takes. */
export function whyNoFaults(): string | false {
  if (process.platform !== 'linux') return 'faults are made on Linux'
  const folder = mkdtempSync(join(tmpdir(), 'footfall-'))
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  const library = join(folder, 'faulty-calls.so')
  const { status, error, stderr } = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'],
    { encoding: 'utf8' }
  )
  if (error !== undefined) return `faults need a C compiler: ${error.message}`
  if (status !== 0) throw new Error(stderr)
  compiled = library
  return false
}

/** The environment of a process that has a fault; after `whyNoFaults`. */
export function withFault(fault: Fault): Record<string, string> {
  if (compiled === null) throw new Error('whyNoFaults comes first')
  const { call, path, error = 'short', from = 0, count = 1, log } = fault
  return {
    LD_PRELOAD: compiled,
    FAULT_CALL: call,
    FAULT_PATH: path,
    FAULT_ERRNO: String(error === 'short' ? 0 : constants.errno[error]),
    FAULT_FROM: String(from),
    FAULT_COUNT: String(count),
    ...(log === undefined ? {} : { FAULT_LOG: log })
  }
}

/** A call that was logged. */
export interface LoggedCall {
  readonly hasFailed: boolean
  readonly call: string
  readonly path: string
}

/** Takes what has been logged out of a log. */
export function takeLog(log: string): LoggedCall[] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
  writeFileSync(log, '')
  return lines.map((line) => {
    const [, mark, call = '', path = ''] = /^(\S) (\S+) (.*)$/.exec(line) ?? []
    return { hasFailed: mark === 'X', call, path }
  })
}

/** Whether a fault is about a call, whatever its number. */
export function isAbout({ call, path }: Fault, logged: LoggedCall): boolean {
  return matches(call, logged.call) && matches(path, logged.path)
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}
