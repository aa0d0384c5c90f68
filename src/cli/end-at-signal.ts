const end = () => process.exit(0)

/** Until something has begun that is to be ended in order, SIGTERM and SIGINT end the process at once, with status 0. */
export function endAtSignal(): void {
  process.once('SIGTERM', end).once('SIGINT', end)
}

/** Leaves signals to others, who listen by now: one that has come but was not heard yet goes with the last listener. */
export function leaveSignals(): void {
  process.off('SIGTERM', end).off('SIGINT', end)
}
