import type { Static } from 'typebox'
import type { CollectorSchema } from './exactness-shape.js'
import type { FarCollector, FarCollectors } from './far-answers.js'
import { isoInstant } from './top-items.js'

/** Behind the clock of the answer by more than this a collector is late; ms. */
const LATE_MS = 300_000

/** Not heard of for so long a collector is gone; ms. It tells every five seconds that it is there. */
const GONE_MS = 30_000

export type CollectorWords = Static<typeof CollectorSchema>

/** Collectors in the words of the API. @param wallMs the machine's clock, epoch ms */
export function collectorWords(
  { all, nowMs }: Pick<FarCollectors, 'all' | 'nowMs'>,
  wallMs: number
): CollectorWords[] {
  return all.map((collector) => ({
    name: collector.name,
    status: statusOf(collector, nowMs, wallMs),
    now: collector.nowMs === null ? null : isoInstant(collector.nowMs),
    lag_seconds: collector.nowMs === null || nowMs === null ? null : (nowMs - collector.nowMs) / 1000,
    heard_at: collector.seenAtMs === 0 ? null : isoInstant(collector.seenAtMs),
    commit: collector.commit,
    offset: collector.offset
  }))
}

function statusOf(
  { isWhole, seenAtMs, nowMs }: FarCollector,
  newestMs: number | null,
  wallMs: number
): CollectorWords['status'] {
  if (wallMs - seenAtMs > GONE_MS) return 'gone'
  if (!isWhole) return 'catching_up'
  return nowMs === null || (newestMs ?? 0) - nowMs > LATE_MS ? 'late' : 'current'
}

/** What whoever runs them should look at, a line each. */
export function collectorWarnings(collectors: readonly CollectorWords[]): string[] {
  return collectors.flatMap(({ name, status, now, heard_at: heardAt, lag_seconds: lag }) => {
    switch (status) {
      case 'current':
        return []
      case 'catching_up':
        return [`the collector ${name} is catching up: not all up to its last commit is there`]
      case 'late':
        return [
          now === null
            ? `the collector ${name} has no events yet`
            : `the collector ${name} is late: its clock is at ${now}, ${Math.round(lag ?? 0)} s behind`
        ]
      case 'gone':
        return [
          `the collector ${name} is gone: it was last heard of ${heardAt === null ? 'never' : `at ${heardAt}`}; ` +
            `answers have it up to ${now ?? 'its first event'}`
        ]
    }
  })
}

/** Why answers of these collectors are not exact. */
export function collectorBlurs({ all }: Pick<FarCollectors, 'all'>): string[] {
  return all
    .filter(({ isWhole }) => !isWhole)
    .map(({ name }) => `of the collector ${name} not all up to its last commit is there`)
}
