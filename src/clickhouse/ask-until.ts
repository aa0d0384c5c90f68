import { setTimeout as delay } from 'node:timers/promises'

/** How long it looks away between two questions; ms. */
const ASKED_MS = 50

/** Asks until there is an answer; null: there was none in time. Rejects as `ask` does. */
export async function askUntil<T>(ask: () => Promise<T | null>, withinMs: number): Promise<T | null> {
  const until = performance.now() + withinMs
  for (;;) {
    const found = await ask()
    if (found !== null || performance.now() >= until) return found
    await delay(ASKED_MS)
  }
}
