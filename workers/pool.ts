/** A thread of the pool: runs tasks on the shared store. */
import { workerData } from 'node:worker_threads'
import type { PoolSetup, Task, TaskResult } from '../src/ingest/messages.js'
import { createTaskRunner } from '../src/ingest/task-runner.js'

const run = createTaskRunner(workerData as PoolSetup)

export function runTask(task: Task): TaskResult {
  return run(task)
}
