import type { Counts } from '../store/board.js'
import type { Accounting } from './shapes.js'

/** A board's counts in the words of the API. Quarantine is named once it has been needed. */
export function accounting({ rejected: byReason, ...counts }: Counts): Accounting {
  const rejected = Object.values(byReason).reduce((sum, count) => sum + count, 0)
  const { quarantined, ...reasons } = byReason
  return { ...counts, rejected, rejected_by_reason: quarantined === 0 ? reasons : byReason }
}
