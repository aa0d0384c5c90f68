import { setTimeout as delay } from 'node:timers/promises'

/** How long it looks away after the first question, longer after each one, at last; ms. */
const FIRST_PAUSE_MS = 50
const LONGER = 1.2
const LONGEST_PAUSE_MS = 200

/** Asks until there is an answer; null: there was none in time. Rejects as `ask` does. */
export async function askUntil<T>(ask: () => Promise<T | null>, withinMs: number): Promise<T | null> {
  const until = performance.now() + withinMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGER * pauseMs, LONGEST_PAUSE_MS)) {
    const found = await ask()
    if (found !== null || performance.now() >= until) return found
    await delay(pauseMs)
  }
}
