import type { LastRejects } from '../ingest/messages.js'
import type { Counts } from '../store/board.js'
import { accounting } from './accounting.js'
import type { RejectsAnswer } from './rejects-shape.js'

/** The last `limit` rejected lines, the newest first. `counts`: of all lines. */
export function rejectsAnswer(
  { lines, file, end }: LastRejects,
  limit: number,
  counts: Counts
): RejectsAnswer {
  const listed = lines.slice(-limit).reverse()
  const oldest = listed.at(-1)
  const isWhole = oldest?.file === file
  const { rejected, rejected_by_reason } = accounting(counts)
  return {
    data: listed.map(({ source, offset, reason, detail, excerpt }) => ({
      source,
      offset,
      reason,
      detail,
      excerpt
    })),
    meta: {
      rejected,
      rejected_by_reason,
      interval: isWhole ? { start: oldest.offset, end } : null
    }
  }
}
