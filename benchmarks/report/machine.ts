import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { PROJECT_FOLDER } from '../children/project.js'

/** What figures depend on besides the code. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryBytes: number
  readonly node: string
  readonly platform: string
  /** Short hash; with `-dirty` when files differ from it; `unknown` outside a checkout. */
  readonly commit: string
  readonly date: string
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    commit: commit(),
    date: new Date().toISOString()
  }
}

function commit(): string {
  try {
    return git('describe', '--always', '--dirty', '--exclude=*')
  } catch {
    // An unpacked archive has no commit, or the machine no git: neither is a failure.
    return 'unknown'
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: PROJECT_FOLDER,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore']
  }).trim()
}
