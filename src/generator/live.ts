import { createLineWriter, type ShopLine } from './line.js'
import { openShop, planSession, type Session } from './session.js'

export interface LiveOptions {
  readonly seed: number
  readonly items: number
  readonly customers: number
  /** Events a second that the caller will ask for: sessions then take about as long as real ones. */
  readonly rate: number
}

/** Time between two events of one session on average, in seconds. */
const STEP_SECONDS = 30

const MAX_CONCURRENT = 65_536

/**
 * The same shop without an end, for a caller with a clock: each call gives the
 * next line, with the time that the caller says. A fixed number of sessions is
 * under way; each call moves one of them on, so what is bought was put into
 * the cart by an earlier call. The lines are sorted when the times are.
 *
 * ```ts
 * const next = liveEvents({ seed: 1, items: 500, customers: 800, rate: 100 })
 * write(lineText(next(Date.now())) + '\n')
 * ```
 *
 * @returns a function of the line's timestamp, whole epoch ms
 */
export function liveEvents(options: LiveOptions): (timestampMs: number) => ShopLine {
  const shop = openShop(options)
  const write = createLineWriter(shop)
  const count = Math.min(Math.max(Math.ceil(options.rate * STEP_SECONDS), 1), MAX_CONCURRENT)
  const sessions: { session: Session; step: number }[] = []
  return (timestampMs) => {
    const place = shop.random.below(count)
    let current = sessions[place]
    let step = current?.session.steps[current.step]
    if (current === undefined || step === undefined) {
      current = { session: planSession(shop), step: 0 }
      sessions[place] = current
      step = current.session.steps[0]
    }
    if (step === undefined) throw new Error('a session has no steps')
    current.step++
    return write(current.session, step, timestampMs)
  }
}
