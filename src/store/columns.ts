import type { Restored } from './restore.js'

/** The memory of the long columns, which may be moved to another thread rather than copied. */
export function columnsOf({ cells, customers }: Restored): ArrayBuffer[] {
  const columns = [
    cells.minutes,
    cells.metrics,
    cells.items,
    cells.amounts,
    customers.hashes,
    customers.minutes
  ]
  return columns.map(({ buffer }) => buffer as ArrayBuffer)
}
