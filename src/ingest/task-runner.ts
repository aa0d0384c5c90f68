import { describeError } from '../base/errors.js'
import { Kernel, type Shortage } from '../store/kernel.js'
import { Turn } from '../store/turn.js'
import { createBatchParser, type ParsedBatch } from './batch.js'
import type { Batch, PoolSetup, Rejection, Task, TaskResult } from './messages.js'

/**
 * Rows of the fold that are kept before they are dropped. Nothing takes them
 * over yet: what leaves the live window is not kept.
 */
const FOLD_ROWS_KEPT = 64 * 1024

/**
 * Makes the function that a thread of the pool runs for each task: the
 * expensive part at any time, then, when the ticket's turn has come, the part
 * that touches the store. Never throws while it holds the turn: whatever
 * fails aborts the pipeline, since the store may be half written.
 */
export function createTaskRunner(setup: PoolSetup): (task: Task) => TaskResult {
  const kernel = new Kernel(setup.store)
  const turn = new Turn(setup.store)
  const parseBatch = createBatchParser(setup, kernel)

  const inTurn = (ticket: number, work: () => TaskResult): TaskResult => {
    if (setup.faults.unordered !== true && !turn.take(ticket)) return { kind: 'aborted' }
    const result = work()
    if (result.kind === 'failed') turn.abort()
    else turn.pass()
    return result
  }

  const run = (task: Task): TaskResult => {
    switch (task.kind) {
      case 'batch': {
        const parsed = parseBatch(task)
        return inTurn(task.ticket, () => applyBatch(kernel, task, parsed, setup.faults.earlyBoard === true))
      }
      case 'publish':
        return inTurn(task.ticket, () => applied([], publish(kernel)))
      case 'tick':
        return inTurn(task.ticket, () => {
          const shortage = makeRoom(kernel, () => kernel.prepareTick())
          if (shortage !== null) return shortage
          kernel.tick(task.wallMs)
          return applied([], publish(kernel))
        })
      case 'rank':
        return inTurn(task.ticket, () => ({
          kind: 'ranked',
          answer: kernel.rankWindow(task.metric, task.minutes)
        }))
    }
  }

  return (task) => {
    try {
      return run(task)
    } catch (error) {
      turn.abort()
      return {
        kind: 'failed',
        failure: { code: 'ingest', message: `a worker failed: ${describeError(error)}` }
      }
    }
  }
}

function applyBatch(kernel: Kernel, batch: Batch, parsed: ParsedBatch, earlyBoard: boolean): TaskResult {
  const shortage = makeRoom(kernel, () =>
    kernel.prepare(parsed.slot, parsed.records.count, parsed.records.idBytes)
  )
  if (shortage !== null) return shortage
  if (earlyBoard) {
    kernel.claimOffset(batch.end)
    kernel.publish()
  }
  const future = kernel.apply(parsed.slot, parsed.records.count, batch.wallMs, batch.end)
  const publishMs = batch.publish && !earlyBoard ? publish(kernel) : null
  if (future === 0) return applied(parsed.rejections, publishMs)
  const rejections = [...parsed.rejections, ...parsed.futureRejections()].sort((a, b) => a.offset - b.offset)
  return applied(rejections, publishMs)
}

/** Makes sure that there is room for what is to be applied; the failure when there is none. */
function makeRoom(kernel: Kernel, prepare: () => Shortage | null): TaskResult | null {
  if (kernel.foldCount() > FOLD_ROWS_KEPT) kernel.dropFold()
  let shortage = prepare()
  if (shortage === 'folded days' && kernel.foldCount() > 0) {
    kernel.dropFold()
    shortage = prepare()
  }
  if (shortage === null) return null
  const message = `the store has no room left for ${shortage}; ingest stopped before the batch that needs it`
  return { kind: 'failed', failure: { code: 'capacity', message } }
}

function applied(rejections: readonly Rejection[], publishMs: number | null): TaskResult {
  return { kind: 'applied', rejections, publishMs }
}

/** Publishes a board; how long that took, ms. */
function publish(kernel: Kernel): number {
  const begun = performance.now()
  kernel.publish()
  return performance.now() - begun
}
