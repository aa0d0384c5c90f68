import closeWithGrace from 'close-with-grace'
import type { FastifyInstance } from 'fastify'
import { FootfallError, describeError } from '../base/errors.js'
import { SHUTDOWN_MS } from '../base/limits.js'
import { leaveSignals } from './end-at-signal.js'
import type { Log } from './log.js'

/** Answers what has been asked, and does not wait for who asks half a question. */
export async function closeApp(app: FastifyInstance): Promise<void> {
  const closed = app.close()
  setImmediate(() => {
    app.server.closeAllConnections()
  })
  await closed
}

/** A signal, or a bug that nothing caught, drains what is under way and ends the process. Returns what undoes it. */
export function closeOnSignal(drain: () => Promise<void>, close: () => Promise<void>, log: Log): () => void {
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
      await drain()
    } catch (error) {
      // The process exits before anybody else could tell.
      log.fatal(describeError(error))
      throw error
    }
    await close()
  })
  leaveSignals()
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

/** Listens; resolves with the URL. Rejects with `listen`. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    throw new FootfallError('listen', `cannot listen on ${host}:${port}: ${describeError(error)}`, {
      cause: error
    })
  }
}
