import type { Test } from 'tap'
import { GRANULARITIES } from '../../src/base/civil-date.js'
import { REGISTERS, RELATIVE_ERROR } from '../../src/history/distinct-count.js'
import type { HistoryOptions } from '../../src/base/history-options.js'
import type { History } from '../../src/history/history.js'
import type { LastCommit } from '../../src/store/commit.js'
import { METRICS } from '../../src/metrics/metrics.js'
import type { Random } from '../support/random.js'
import { expectedCustomers, expectedSeries, expectedSums, expectedTop } from './expected.js'
import { endOf, startOf, type ShopModel } from './shop-model.js'

export const OPTIONS: HistoryOptions = {
  path: null,
  timeZone: 'UTC',
  currency: 'EUR',
  keepDays: 400,
  keepWeeks: 260,
  maxItemsPerBucket: null,
  memoryLimitMb: 256
}

export const WHOLE = { fromDay: null, toDay: null, itemId: null }

/** What a restart brings back, in the words of `ShopModel.liveState`. */
export function liveStateOf({ cells, customers, items }: LastCommit): string {
  const rows = [...cells.minutes].map(
    (minute, row) => `${minute} ${cells.metrics[row]} ${cells.items[row]} ${cells.amounts[row]}`
  )
  const active = [...customers.hashes].map((hash, row) => `${hash} ${customers.minutes[row]}`)
  return [...rows.sort(), ...active.sort(), ...items].join('\n')
}

export function textOf(restored: LastCommit | null): string {
  if (restored === null) return 'nothing'
  const { commit, nowMs, counters, pending, sources } = restored
  return [commit, nowMs, counters, pending, JSON.stringify(sources), liveStateOf(restored)].join('\n')
}

/** Asks about every metric, granularity and bucket, and compares with the model, all of which is committed. */
export async function compare(t: Test, history: History, model: ShopModel, random: Random): Promise<void> {
  for (const granularity of GRANULARITIES) {
    for (const { name: metric } of METRICS) {
      for (const itemId of [null, random.pick(model.ids), 'no such item']) {
        const series = await history.series({ ...WHOLE, metric, granularity, itemId })
        t.strictSame(
          series.map(({ start, value }) => [start, value]),
          expectedSeries(model, granularity, metric, itemId ?? undefined),
          `${metric} by ${granularity} of ${String(itemId)}`
        )
        const oldest = model.dayOf(model.oldestLiveMinute)
        t.strictSame(
          series.map(({ sealed }) => sealed),
          series.map(({ start }) => endOf(granularity, start) <= oldest)
        )
      }
      const bucket = startOf(granularity, random.pick([...model.totals.keys()]))
      const limit = 1 + random.int(12)
      const top = await history.topItems({ metric, granularity, bucket, limit })
      t.strictSame(top.rows, expectedTop(model, granularity, metric, bucket, limit), `top ${metric}`)
      t.equal(top.totalItems, expectedTop(model, granularity, metric, bucket, Infinity).length)
      t.equal(top.sum, expectedSums(model, granularity, metric).get(bucket))
      t.equal(top.previousStart, startOf(granularity, bucket - 1))
    }
    const customers = await history.series({ ...WHOLE, metric: 'customers', granularity })
    const expected = expectedCustomers(model, granularity)
    for (const { start, value } of customers) {
      const count = expected.get(start) ?? 0
      // Of few customers, each two that share a register are counted as one: a rare event, by Poisson.
      const shared = count ** 2 / (2 * REGISTERS)
      const few = shared + 5 * Math.sqrt(shared) + 2
      if (Math.abs(Number(value) - count) > Math.max(few, 5 * RELATIVE_ERROR * count)) {
        t.fail(`${value} customers at ${start}, not ${count}`)
      }
    }
  }
}
