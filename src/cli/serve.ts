import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../api/app.js'
import { FootfallError, describeError } from '../base/errors.js'
import { COMMIT_AT_END_MS, SHUTDOWN_MS } from '../base/limits.js'
import { packageFile } from '../base/package-file.js'
import type { Pipeline } from '../ingest/pipeline.js'
import { BoardQueries } from '../query/board-queries.js'
import { tokenOf } from './access.js'
import { openLog, type Log } from './log.js'
import { DEFAULT_DATA_DIR, type ProcessingOptions } from './options.js'
import { showProgress } from './progress.js'
import type { ServingOptions } from './serving-options.js'
import { startPipeline } from './start-pipeline.js'
import { besideStatusLine } from './status-line.js'
import { version } from './version.js'

const SAMPLE_DATA_DIR = join(DEFAULT_DATA_DIR, 'sample')

export type ServeOptions = ProcessingOptions & ServingOptions

export const SAMPLE = fileURLToPath(packageFile('samples/events.jsonl'))

/**
 * Processes a file, follows it and serves the API until a signal comes; `file`
 * undefined: the sample. `announce` is called with the URL when there are answers.
 */
export async function serve(
  file: string | undefined,
  options: ServeOptions,
  announce = (url: string) => {
    const isThere = file === undefined || file === '-' || existsSync(file)
    const waiting = isThere ? '' : ' (once it is there)'
    process.stdout.write(`footfall serves ${file ?? 'its sample'}${waiting} at ${url}\n`)
  }
): Promise<void> {
  const log = openLog(options.logFormat)
  try {
    await serveUntilDone(file, options, log, announce)
  } catch (error) {
    if (options.logFormat === 'text' || !(error instanceof FootfallError)) throw error
    log.fatal(error.message)
    error.isTold = true
    throw error
  }
}

async function serveUntilDone(
  file: string | undefined,
  options: ServeOptions,
  log: Log,
  announce: (url: string) => void
): Promise<void> {
  const { host, port, allowHost, rateLimit, logFormat } = options
  const token = tokenOf(options)
  // The sample has a place of its own: it is no part of the shop whose file is served next.
  const { dataDir = file === undefined ? SAMPLE_DATA_DIR : DEFAULT_DATA_DIR, ephemeral } = options
  const keeping = ephemeral === true ? 'nothing' : { dataDir }
  const pipeline = startPipeline(file ?? SAMPLE, true, keeping, options, log.notice)
  let app: FastifyInstance | null = null
  const close = async () => {
    if (app !== null) await closeApp(app)
  }
  const ignoreSignals = closeOnSignal(pipeline, close, log)
  const endProgress = logFormat === 'json' ? () => undefined : showProgress(pipeline)
  try {
    const queries = new BoardQueries(pipeline, options.currency)
    const hosts = { bound: host, allowed: allowHost }
    app = await buildApp({ queries, version, token, rateLimit, hosts, logger: log.requests })
    const url = await listen(app, host, port)
    await pipeline.ready
    besideStatusLine(() => {
      announce(url)
    })
    await pipeline.done
  } finally {
    ignoreSignals()
    await close()
    endProgress()
    // Whatever ended it has been thrown already; this ends the threads when they go on.
    await pipeline.stop().catch(() => undefined)
  }
}

/** Answers what has been asked, and does not wait for who asks half a question. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const closed = app.close()
  setImmediate(() => {
    app.server.closeAllConnections()
  })
  await closed
}

/** A signal, or a bug that nothing caught, drains the pipeline and ends the process. Returns what undoes it. */
function closeOnSignal(pipeline: Pipeline, close: () => Promise<void>, log: Log): () => void {
  const options = {
    delay: SHUTDOWN_MS,
    logger: false,
    skip: FAULTS,
    onTimeout: () => {
      endAtOnce(log, `it has not ended within ${SHUTDOWN_MS / 1000} s`)
    },
    onSecondSignal: () => {
      endAtOnce(log, 'a second signal has come')
    }
  } as const
  const { uninstall } = closeWithGrace(options, async ({ err }) => {
    if (err !== undefined) log.fatal(describeError(err))
    try {
      await pipeline.stop(COMMIT_AT_END_MS)
    } catch (error) {
      // The process exits before anybody else could tell.
      log.fatal(describeError(error))
      throw error
    }
    await close()
  })
  return uninstall
}

/**
 * What a process is sent for a fault of its own ends it: handled in JavaScript
 * such a signal comes back for ever. (Node 20 has such a fault itself where it
 * exits after its terminal has gone.)
 */
const FAULTS = [...(['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGTRAP'] as const)]

/** Like a crash, which a commit survives; to leave in order would wait for threads that are at work, or abort. */
function endAtOnce(log: Log, reason: string): void {
  log.fatal(`ended at once, as ${reason}; the next run goes on from the last commit`)
  // Whoever has something to remove at the exit does so.
  process.emit('exit', 1)
  process.kill(process.pid, 'SIGKILL')
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw new FootfallError('listen', `cannot listen on ${host}:${port}: ${describeError(error)}`, {
      cause: error
    })
  }
}
