/** The reader thread: wires a Reader to the messages of the main thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { FootfallError, describeError } from '../src/base/errors.js'
import type { Failure, ReaderSetup, Report, Request } from '../src/ingest/messages.js'
import { Reader } from '../src/ingest/reader.js'

const port = parentPort
if (port === null) throw new Error('this module is started as a thread')

const report = (message: Report) => {
  port.postMessage(message)
}

try {
  const reader = new Reader(workerData as ReaderSetup, report)
  port.on('message', (request: Request) => {
    reader.request(request)
  })
  await reader.run()
  report({ kind: 'done' })
} catch (error) {
  report({ kind: 'failed', failure: failureOf(error) })
} finally {
  port.close()
}

function failureOf(error: unknown): Failure {
  if (error instanceof FootfallError) return { code: error.code, message: error.message }
  return { code: 'ingest', message: `the reader failed: ${describeError(error)}` }
}
