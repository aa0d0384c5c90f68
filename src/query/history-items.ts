import { bucketName, dayName, nextBucket, previousBucket, type Bucket } from '../base/civil-date.js'
import { formatMinor } from '../base/currency.js'
import type { TopAnswer } from '../history/history.js'
import type { MetricName } from '../metrics/metrics.js'
import type { HistorySource } from './history-client.js'
import type { HistoryItems } from './history-shapes.js'
import { exactness } from './exactness.js'
import { asOf, statusOf, unitOf, type ShopOptions } from './history-words.js'
import { exactInteger } from './serialise.js'

export interface ItemsQuestion {
  readonly metric: MetricName
  readonly bucket: Bucket
  /** 1 to 100. */
  readonly limit: number
}

/** Asks for the top items of a bucket and where they stood in the one before. Rejects as `HistorySource.ask` does. */
export async function historyItems(
  client: HistorySource,
  question: ItemsQuestion,
  options: ShopOptions
): Promise<HistoryItems> {
  const { metric, bucket, limit } = question
  const { granularity, start } = bucket
  const fromDay = previousBucket(granularity, start)
  // The ranking does not say whether the bucket before is still kept.
  const [{ answer: top, commit }, { answer: series }] = await Promise.all([
    client.ask({ kind: 'top-items', metric, granularity, bucket: start, limit }),
    client.ask({ kind: 'series', metric, granularity, fromDay, toDay: start, itemId: null })
  ])
  const before = series[0]
  const isPreviousKept = before?.expired !== true
  const status = statusOf(top)
  const unit = unitOf(metric, options.currency)
  return {
    data: rowsOf(top, unit.minor_units, isPreviousKept),
    meta: {
      metric,
      ...unit,
      granularity,
      time_zone: options.timeZone,
      bucket: bucketName(granularity, start),
      interval: { start: dayName(start), end: dayName(nextBucket(granularity, start)) },
      status,
      previous_bucket: bucketName(granularity, top.previousStart),
      previous_status: before === undefined ? status : statusOf(before),
      ...(top.expired
        ? { total_items: null, sum: null, other: null }
        : { total_items: top.totalItems, sum: exactInteger(top.sum), other: exactInteger(top.other) }),
      ...exactness(top.expired || (top.other === 0n && top.otherBefore === 0n) ? [] : [IN_OTHER]),
      ...asOf(commit, status !== 'open' && !options.isBounded)
    }
  }
}

const IN_OTHER = 'some items, of this bucket or the one before, are not told apart but counted as (other)'

function rowsOf(top: TopAnswer, minorDigits: number, isPreviousKept: boolean): HistoryItems['data'] {
  return top.rows.map(({ itemId, value, previous, previousRank }, place) => ({
    rank: place + 1,
    item_id: itemId,
    value: exactInteger(value),
    formatted: formatMinor(value, minorDigits),
    previous: isPreviousKept && previous !== null ? exactInteger(previous) : null,
    previous_rank: previousRank,
    change: isPreviousKept && previous ? Number(value - previous) / Number(previous) : null
  }))
}
