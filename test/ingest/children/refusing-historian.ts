/**
 * The historian thread, with a disk that is full as long as there is a file called
 * FOOTFALL_TEST_HISTORIAN: commits are refused, and each adds a byte to the file.
 */
import { appendFileSync, existsSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import type { HistorianReport, HistorianRequest } from '../../../src/ingest/messages.js'

const port = parentPort!
const flag = process.env['FOOTFALL_TEST_HISTORIAN'] ?? ''
const on = port.on.bind(port)
port.on = ((event: string, listener: (request: HistorianRequest) => void) =>
  on(event, (request: HistorianRequest) => {
    if (event !== 'message' || request.kind !== 'commit' || !existsSync(flag)) {
      listener(request)
      return
    }
    appendFileSync(flag, '.')
    const failure = { code: 'history', message: 'the disk is full' } as const
    port.postMessage({ kind: 'failed', id: request.id, failure } satisfies HistorianReport)
  })) as typeof port.on
await import('../../../workers/historian.js')
