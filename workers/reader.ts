/** The reader thread: wires a Reader to the messages of the main thread. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { FootfallError, describeError } from '../src/base/errors.js'
import { Historian } from '../src/ingest/historian.js'
import { seedOf } from '../src/store/seed.js'
import type { Failure, ReaderSetup, Report, Request } from '../src/ingest/messages.js'

const port = parentPort
if (port === null) throw new Error('this module is started as a thread')

const report = (message: Report) => {
  port.postMessage(message)
}

const setup = workerData as ReaderSetup
// A database takes longest to open: it begins while everything else is loaded.
const historian = setup.history === null ? null : new Historian(setup.history, seedOf(setup.store))
// The historian is a thread of this one: its database is closed before it is ended.
process.on('uncaughtException', (error) => {
  void fail(error)
})
void run(port)

async function run(port: MessagePort): Promise<void> {
  try {
    const { Reader } = await import('../src/ingest/reader.js')
    const reader = new Reader(setup, historian, report)
    port.on('message', (request: Request) => {
      reader.request(request)
    })
    await reader.run()
    report({ kind: 'done' })
  } catch (error) {
    await fail(error)
  } finally {
    port.close()
  }
}

async function fail(error: unknown): Promise<void> {
  await historian?.close()
  report({ kind: 'failed', failure: failureOf(error) })
}

function failureOf(error: unknown): Failure {
  if (error instanceof FootfallError) return { code: error.code, message: error.message }
  return { code: 'ingest', message: `the reader failed: ${describeError(error)}` }
}
