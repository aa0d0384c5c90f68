import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../api/app.js'
import { COMMIT_AT_END_MS } from '../base/limits.js'
import { packageFile } from '../base/package-file.js'
import { BoardQueries } from '../query/board-queries.js'
import { tokenOf } from './access.js'
import { closeApp, closeOnSignal, listen } from './listening.js'
import { logged, type Log } from './log.js'
import { DEFAULT_DATA_DIR, type ProcessingOptions } from './options.js'
import { showProgress } from './progress.js'
import type { ServingOptions } from './serving-options.js'
import { shippingOf } from './shipping.js'
import { startPipeline } from './start-pipeline.js'
import { besideStatusLine } from './status-line.js'
import { version } from './version.js'

const SAMPLE_DATA_DIR = join(DEFAULT_DATA_DIR, 'sample')

/** At the end what is not shipped yet is waited for, so that SHUTDOWN_MS are enough for all; ms. */
const DRAIN_MS = 800

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
  await logged(options.logFormat, (log) => serveUntilDone(file, options, log, announce))
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
  const shipping = await shippingOf(keeping, options, DRAIN_MS, log.notice)
  const pipeline = startPipeline(file ?? SAMPLE, true, keeping, { ...options, shipping }, log.notice)
  let app: FastifyInstance | null = null
  const close = async () => {
    if (app !== null) await closeApp(app)
  }
  const ignoreSignals = closeOnSignal(() => pipeline.stop(COMMIT_AT_END_MS), close, log)
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
