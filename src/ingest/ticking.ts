import { TICK_INTERVAL_MS } from '../base/limits.js'
import type { Dispatcher } from './dispatcher.js'

/** Moves the wall clock on, at once and then every TICK_INTERVAL_MS, one tick at a time; to be cleared. */
export function startTicks(dispatcher: Dispatcher): NodeJS.Timeout {
  let isTicking = false
  const tick = () => {
    if (isTicking) return
    isTicking = true
    const ended = () => {
      isTicking = false
    }
    dispatcher.tick().then(ended, ended)
  }
  tick()
  return setInterval(tick, TICK_INTERVAL_MS)
}
