/** The historian thread: the only one that opens the database, and that ships from it. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { FootfallError, describeError } from '../src/base/errors.js'
import type { Shipping } from '../src/clickhouse/shipping.js'
import { openDuckDbHistory } from '../src/history/duckdb-history.js'
import type { History } from '../src/history/history.js'
import { answer, type Question } from '../src/history/questions.js'
import type { Failure, HistorianReport, HistorianRequest, HistorySetup } from '../src/ingest/messages.js'
import { columnsOf } from '../src/store/restore.js'

const port = parentPort
if (port === null) throw new Error('this module is started as a thread')

const report = (message: HistorianReport) => {
  port.postMessage(message)
}

void serve(port)

async function serve(port: MessagePort): Promise<void> {
  try {
    const setup = workerData as HistorySetup
    const history = await openDuckDbHistory(setup)
    // DuckDB ends the whole process when its thread ends in the midst of its work: a bug ends it between two pieces.
    process.on('uncaughtException', (error) => {
      const failure: Failure = { code: 'ingest', message: `the historian failed: ${describeError(error)}` }
      const tell = () => {
        report({ kind: 'failed', id: null, failure })
      }
      history.close().then(tell, tell)
    })
    const restored = await history.restore()
    port.postMessage(
      { kind: 'opened', opened: { seed: history.seed, restored } } satisfies HistorianReport,
      restored === null ? [] : columnsOf(restored)
    )
    const shipping = await shippingOf(history, setup)
    port.on('message', (request: HistorianRequest) => {
      const { id } = request
      carryOut(history, shipping, request).then(
        (done) => {
          report({ kind: 'done', id, answer: done })
        },
        (error: unknown) => {
          report({ kind: 'failed', id, failure: failureOf(error) })
        }
      )
    })
  } catch (error) {
    report({ kind: 'failed', id: null, failure: failureOf(error) })
  }
}

/** Most historians ship nothing: what it takes is loaded where it is needed. */
async function shippingOf(history: History, setup: HistorySetup): Promise<Shipping | null> {
  if (setup.shipping === undefined) return null
  const { Shipping } = await import('../src/clickhouse/shipping.js')
  return new Shipping(history, setup, setup.shipping, report)
}

async function carryOut(
  history: History,
  shipping: Shipping | null,
  request: HistorianRequest
): Promise<unknown> {
  switch (request.kind) {
    case 'commit': {
      const committed = await history.commit(request.commit)
      shipping?.wake()
      return committed
    }
    case 'ask':
      return answer(history, request.question as Question)
    case 'interrupt':
      history.interrupt()
      return
    case 'close':
      try {
        await shipping?.close()
      } finally {
        await history.close()
      }
      return
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof FootfallError) return { code: error.code, message: error.message }
  return { code: 'history', message: `the historian failed: ${describeError(error)}` }
}
