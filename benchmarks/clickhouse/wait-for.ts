import { setTimeout as sleep } from 'node:timers/promises'
import type { Status } from '../../src/query/shapes.js'

const LIMIT_MS = 10 * 60_000

/** Asks until the answer is the one that is waited for, and gives it; rejects where it does not come. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  { everyMs = 20, limitMs = LIMIT_MS } = {}
): Promise<T> {
  const begun = performance.now()
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    if (performance.now() - begun > limitMs) {
      throw new Error(`${what} did not come within ${limitMs} ms: ${JSON.stringify(answer).slice(0, 1000)}`)
    }
    await sleep(everyMs)
  }
}

/** Whether everything that is in the answers is in the database too, and in ClickHouse where it is shipped. */
export function isShipped({ source, history, shipping }: Status): boolean {
  const commits = history?.commits
  if (commits?.offset !== source.bytes_read) return false
  return shipping === undefined || (shipping.lag_seconds === 0 && shipping.commit === commits.number)
}
