import { bucketOf, dayName, nextBucket, type Granularity } from '../base/civil-date.js'
import { MAX_SERIES } from '../base/limits.js'
import { RELATIVE_ERROR } from '../history/distinct-count.js'
import type { SeriesBucket, SeriesQuestion } from '../history/history.js'
import { BadQuestion } from './bad-question.js'
import type { AsOf, HistorySource } from './history-client.js'
import { exactness } from './exactness.js'
import { asOf, statusOf, unitOf, type ShopOptions } from './history-words.js'
import type { HistorySeries } from './history-shapes.js'
import { exactInteger } from './serialise.js'

const DAY_MS = 86_400_000

/**
 * Asks for a series. Rejects with a `BadQuestion` when the question makes no
 * sense or would have over `MAX_SERIES` elements, and as `HistorySource.ask` does.
 *
 * @param nowMs the clock, epoch ms, null before the first event: the history has nothing later
 */
export async function historySeries(
  client: HistorySource,
  question: SeriesQuestion,
  nowMs: number | null,
  options: ShopOptions
): Promise<HistorySeries> {
  checkQuestion(question, nowMs)
  const { granularity, fromDay, toDay } = question
  const isEmpty = fromDay !== null && fromDay === toDay
  const found = await client.ask({ ...question, kind: 'series' })
  const buckets = isEmpty ? [] : found.answer
  if (buckets.length > MAX_SERIES) throw tooLong(question)
  const isBare = buckets.length === 0 && !isEmpty && fromDay !== null && toDay !== null
  return wordsOf(question, isBare ? zeros(granularity, fromDay, toDay) : buckets, found, options)
}

function checkQuestion(question: SeriesQuestion, nowMs: number | null): void {
  const { metric, itemId, granularity, fromDay, toDay } = question
  if (metric === 'customers' && itemId !== null) {
    throw new BadQuestion('item_id', 'customers are counted for the whole shop, not for an item')
  }
  if (fromDay !== null && toDay !== null && toDay < fromDay) {
    throw new BadQuestion('to', 'must not be before from')
  }
  // Where an end is left open, what the clock says bounds it, within two days for any time zone: nobody
  // shall wait for a million zeros to be told that they are too many. The answer is counted exactly.
  const today = nowMs === null ? null : Math.floor(nowMs / DAY_MS)
  const from = fromDay ?? (today === null ? null : today + 2)
  const to = toDay ?? (today === null ? null : today - 1)
  if (from !== null && to !== null && exceeds(granularity, from, to)) throw tooLong(question)
}

/** Whether there are over `MAX_SERIES` buckets in a range of days. */
function exceeds(granularity: Granularity, from: number, to: number): boolean {
  let count = 0
  for (let start = bucketOf(granularity, from); start < to; start = nextBucket(granularity, start)) {
    if (++count > MAX_SERIES) return true
  }
  return false
}

function tooLong({ fromDay, toDay }: SeriesQuestion): BadQuestion {
  const parameter = toDay !== null && fromDay === null ? 'to' : 'from'
  const most = MAX_SERIES.toLocaleString('en')
  return new BadQuestion(parameter, `the series would have more than ${most} elements: ask for a part of it`)
}

/** What a history that holds nothing has of a range. */
function zeros(granularity: Granularity, from: number, to: number): SeriesBucket[] {
  const buckets: SeriesBucket[] = []
  for (let start = bucketOf(granularity, from); start < to; start = nextBucket(granularity, start)) {
    buckets.push({ start, value: 0n, sealed: false, expired: false, folded: false, partial: false })
  }
  return buckets
}

function wordsOf(
  { metric, granularity, fromDay, toDay, itemId }: SeriesQuestion,
  buckets: readonly SeriesBucket[],
  { commit }: AsOf<unknown>,
  options: ShopOptions
): HistorySeries {
  const data = buckets.map((bucket) => ({
    start: dayName(bucket.start),
    end: dayName(nextBucket(granularity, bucket.start)),
    value: bucket.expired || bucket.folded ? null : exactInteger(bucket.value),
    status: statusOf(bucket)
  }))
  // Without ends of its own the range moves with the shop and its retention, also when all there is now is sealed.
  const isSealed = data.length > 0 && data.every(({ status }) => status !== 'open')
  const isLasting = isSealed && fromDay !== null && toDay !== null && !(options.isBounded && itemId !== null)
  return {
    data,
    meta: {
      metric,
      ...unitOf(metric, options.currency),
      granularity,
      time_zone: options.timeZone,
      from: data[0]?.start ?? nameOf(fromDay),
      to: data.at(-1)?.end ?? nameOf(toDay),
      item_id: itemId,
      estimate: metric === 'customers' ? ESTIMATE : null,
      ...exactness(reasonsOf(metric, buckets)),
      ...asOf(commit, isLasting)
    }
  }
}

function reasonsOf(metric: SeriesQuestion['metric'], buckets: readonly SeriesBucket[]): readonly string[] {
  const isPartial = buckets.some(({ partial, expired }) => partial && !expired)
  const isFolded = buckets.some(({ partial, folded, expired }) => folded && !partial && !expired)
  return [
    metric === 'customers' ? 'customers are estimated' : '',
    isPartial ? 'a part of the item may be in (other), where the memory budget had no room for it' : '',
    isFolded ? 'the item was folded into (other)' : ''
  ].filter((reason) => reason !== '')
}

const ESTIMATE = { method: 'HyperLogLog', relative_error: Math.round(RELATIVE_ERROR * 1000) / 1000 }

function nameOf(day: number | null): string | null {
  return day === null ? null : dayName(day)
}
