import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../src/generator/random.js'
import type { TopItems } from '../../src/query/shapes.js'
import type { Serving } from '../children/footfall.js'
import { Connection } from '../load/connection.js'
import { latenciesOf, type Latencies } from '../statistics.js'
import { COLLECTORS } from './inputs.js'
import type { LiveAppend } from './live-append.js'
import type { ClickHouseOptions } from './options.js'
import { waitFor } from './wait-for.js'

export interface FarFreshnessResult {
  /** From before the append to a collector's file to the gateway's answer that has it. */
  readonly visible: Latencies
}

/** Longer than collectors take from commit to commit, so that lines come at any time between two. */
const MAX_GAP_MS = 1500
const POLL_MS = 5
const LIMIT_MS = 60_000
/** So that one purchase is worth more than any item's day. */
const QUANTITY = 1000
const PRICE = 9_000_000

/**
 * How long after the append of one line to a collector's file the gateway's
 * headline has it: each line is a purchase of a new item, dearer than all before.
 * Rejects when one is not seen within a minute.
 */
export async function farFreshness(
  gateway: Serving,
  live: LiveAppend,
  { samples, seed, tell }: ClickHouseOptions
): Promise<FarFreshnessResult> {
  tell(`freshness: ${samples} lines`)
  const connection = new Connection(gateway.url)
  const random = createRandom(seed)
  const latencies: number[] = []
  try {
    for (let sample = 0; sample < samples; sample++) {
      await sleep(random.below(MAX_GAP_MS + 1))
      const item = `marked_${sample}`
      const begun = performance.now()
      live.append(sample % COLLECTORS, [
        {
          event_type: 'purchase',
          timestamp: new Date(live.nowMs).toISOString(),
          item_id: item,
          price: PRICE + sample,
          quantity: QUANTITY
        }
      ])
      await waitFor(
        `the purchase of ${item}`,
        () => connection.getJson<TopItems>('/v1/items/top-grossing?limit=1'),
        ({ data }) => data[0]?.item_id === item,
        { everyMs: POLL_MS, limitMs: LIMIT_MS }
      )
      latencies.push(performance.now() - begun)
    }
    return { visible: latenciesOf(latencies) }
  } finally {
    connection.close()
  }
}
