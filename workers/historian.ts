/** The historian thread: the only one that opens the database. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { FootfallError, describeError } from '../src/base/errors.js'
import type { HistoryOptions } from '../src/base/history-options.js'
import { openDuckDbHistory } from '../src/history/duckdb-history.js'
import type { History } from '../src/history/history.js'
import { answer, type Question } from '../src/history/questions.js'
import type { Failure, HistorianReport, HistorianRequest } from '../src/ingest/messages.js'
import { columnsOf } from '../src/store/restore.js'

const port = parentPort
if (port === null) throw new Error('this module is started as a thread')

const report = (message: HistorianReport) => {
  port.postMessage(message)
}

void serve(port)

async function serve(port: MessagePort): Promise<void> {
  try {
    const history = await openDuckDbHistory(workerData as HistoryOptions)
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
    port.on('message', (request: HistorianRequest) => {
      const { id } = request
      carryOut(history, request).then(
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

function carryOut(history: History, request: HistorianRequest): Promise<unknown> {
  switch (request.kind) {
    case 'commit':
      return history.commit(request.commit)
    case 'ask':
      return answer(history, request.question as Question)
    case 'interrupt':
      history.interrupt()
      return Promise.resolve()
    case 'close':
      return history.close()
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof FootfallError) return { code: error.code, message: error.message }
  return { code: 'history', message: `the historian failed: ${describeError(error)}` }
}
