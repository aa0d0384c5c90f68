/**
 * Until something has begun that is to be ended in order, SIGTERM and SIGINT end
 * the process at once, with status 0. Returns what undoes it.
 */
export function endAtSignal(): () => void {
  const end = () => process.exit(0)
  process.once('SIGTERM', end).once('SIGINT', end)
  return () => {
    process.off('SIGTERM', end).off('SIGINT', end)
  }
}
