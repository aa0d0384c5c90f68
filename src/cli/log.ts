import { pino } from 'pino'
import type { NoticeLevel } from '../ingest/notice-level.js'
import { FootfallError } from '../base/errors.js'
import { STANDARD_ERROR, type ErrorLogger } from '../api/problem.js'
import { besideStatusLine, tell } from './status-line.js'

/** How a server tells on standard error what it notices: a line of text, or of JSON. */
export type LogFormat = 'text' | 'json'

export interface Log {
  /** Something that whoever runs the server should know of. */
  readonly notice: (message: string, level?: NoticeLevel) => void
  /** What the server ends for. */
  readonly fatal: (message: string) => void
  /** Requests that fail. */
  readonly requests: ErrorLogger
}

export function openLog(format: LogFormat): Log {
  return format === 'json' ? jsonLog() : TEXT_LOG
}

const TEXT_LOG: Log = {
  notice: tell,
  fatal: tell,
  requests: {
    error: (fields, message) => {
      besideStatusLine(() => {
        STANDARD_ERROR.error(fields, message)
      })
    }
  }
}

/**
 * A record a line: `level` in words, `time` (RFC 3339), `msg`, and of a failed
 * request `request_id`, `method`, `route`, `status` and `err`. Requests that
 * succeed are no records: metrics count them. Headers and URLs, which may hold
 * secrets, are in none. Written at once: what is told last before a crash
 * matters most.
 */
function jsonLog(): Log {
  const log = pino(
    {
      base: { name: 'footfall', pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) }
    },
    pino.destination({ fd: 2, sync: true })
  )
  return {
    notice: (message, level = 'warn') => {
      log[level](message)
    },
    fatal: (message) => {
      log.fatal(message)
    },
    requests: {
      error: (fields, message) => {
        log.error(fields, message)
      }
    }
  }
}

/** Runs a server; what it ends for is a record too where the log has records alone. */
export async function logged(format: LogFormat, run: (log: Log) => Promise<void>): Promise<void> {
  const log = openLog(format)
  try {
    await run(log)
  } catch (error) {
    if (format === 'text' || !(error instanceof FootfallError)) throw error
    log.fatal(error.message)
    error.isTold = true
    throw error
  }
}
