import { setTimeout as sleep } from 'node:timers/promises'
import type { Status } from '../../src/query/shapes.js'
import type { Connection } from './connection.js'

const ASK_EVERY_MS = 50
const LIMIT_MS = 20 * 60_000

/** Waits until the server has read its file to the end and answers from all of it; gives its status then. */
export async function waitUntilLive(connection: Connection): Promise<Status> {
  const begun = performance.now()
  while (performance.now() - begun < LIMIT_MS) {
    const status = await connection.getJson<Status>('/v1/status')
    if (status.state === 'live' && status.source.lag_bytes === 0) return status
    await sleep(ASK_EVERY_MS)
  }
  throw new Error(`the server did not reach the end of its file within ${LIMIT_MS} ms`)
}
