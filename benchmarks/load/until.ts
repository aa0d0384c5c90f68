import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 50
const LIMIT_MS = 60_000

/** Resolves when a condition is met; rejects where it is not within a minute. */
export async function until(isMet: () => boolean): Promise<void> {
  const begun = performance.now()
  while (!isMet()) {
    if (performance.now() - begun > LIMIT_MS) throw new Error(`not met within ${LIMIT_MS} ms`)
    await sleep(LOOK_EVERY_MS)
  }
}
