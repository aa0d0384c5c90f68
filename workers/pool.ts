/** A thread of the pool: works on the shared store until nothing comes any more. */
import { workerData } from 'node:worker_threads'
import type { Failure, PoolCall, PoolSetup } from '../src/ingest/messages.js'
import { serve as serveStore } from '../src/ingest/pool-thread.js'

export function serve({ port }: PoolCall): Failure | null {
  return serveStore(workerData as PoolSetup, port)
}
