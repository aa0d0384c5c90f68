import { bucketOf, nextBucket, previousBucket, type Granularity } from '../base/civil-date.js'
import { FootfallError } from '../base/errors.js'
import { dayOfMinute, type ZoneTable } from '../base/time-zone.js'
import { isSealed } from '../history/buckets.js'
import { estimate } from '../history/distinct-count.js'
import type {
  DaysAnswer,
  DaysQuestion,
  SeriesBucket,
  SeriesQuestion,
  TopAnswer,
  TopQuestion
} from '../history/history.js'
import { piecesOf, type Piece } from '../history/pieces.js'
import type { Answers, Question } from '../history/questions.js'
import { CUSTOMERS, SHIPPED_KINDS, SHIPPED_TIERS } from '../history/shipment.js'
import { metricNumber, type MetricName } from '../metrics/metrics.js'
import type { Collectors } from './collectors.js'
import { isLiveMinute, minuteRanges, oldestLiveDay, tiersOf } from './live-minutes.js'
import { rank, type RankedItems } from './ranking.js'
import { quoted } from './schema.js'
import type { AsShipped, Scanner, ScannedRow } from './scan.js'
import { ALL_KEPT, keptOf, type SeriesAmount } from './series-amounts.js'

const [LIVE, MINUTES] = [SHIPPED_TIERS.indexOf('live'), SHIPPED_TIERS.indexOf('minutes')]
const [FOLDED, UNKNOWN] = [SHIPPED_KINDS.indexOf('folded'), SHIPPED_KINDS.indexOf('unknown')]

/**
 * Answers what is asked of the history of all collectors: of each its days, weeks
 * and months, and its live minutes, which are not in them yet.
 */
export class FarHistory {
  readonly #scanner: Scanner
  readonly #zone: ZoneTable

  constructor(scanner: Scanner, zone: ZoneTable) {
    this.#scanner = scanner
    this.#zone = zone
  }

  /** Rejects as `Scanner.scan` does, and with `usage` for a question that has no answer here. */
  ask<Q extends Question>(question: Q): Promise<AsShipped<Answers[Q['kind']]>> {
    return this.#answer(question) as Promise<AsShipped<Answers[Q['kind']]>>
  }

  #answer(question: Question): Promise<AsShipped<Answers[Question['kind']]>> {
    switch (question.kind) {
      case 'series':
        return question.metric === 'customers'
          ? this.#customers(question)
          : this.#series(question, question.metric)
      case 'top-items':
        return this.#topItems(question)
      case 'top-of-days':
        return this.#topOfDays(question)
      case 'status':
        return Promise.reject(new FootfallError('usage', 'each collector tells of its own history'))
    }
  }

  async #series(question: SeriesQuestion, metric: MetricName): Promise<AsShipped<readonly SeriesBucket[]>> {
    const { granularity, itemId } = question
    const ends = await this.#ends(question)
    const number = metricNumber(metric)
    const { collectors, told } = await this.#scanner.scan((collectors) => {
      // Any amount of an item in a bucket says that it is told apart there.
      const what =
        itemId === null
          ? `metric = ${number}`
          : `(metric = ${number} AND kind IN (${FOLDED}, ${UNKNOWN}) OR kind = 0 AND item = ${quoted(itemId)})`
      const minutes = `tier = ${itemId === null ? MINUTES : LIVE} AND metric < ${CUSTOMERS} AND (${isLiveMinute(collectors)})`
      return {
        where: `${what} AND (${daysOf(question)} OR ${minutes})`,
        by: ['tier', 'bucket', 'metric', itemId === null ? "''" : 'collector'],
        values: ['sum(amount)'],
        having: 'v0 > 0',
        latest: itemId === null ? 'merging' : 'grouping'
      }
    })
    const amounts = told.map((row) => this.#amountOf(row, granularity))
    const ofMetric = amounts.filter((row) => row.metric === number)
    const values = sumsByBucket(itemId === null ? ofMetric : ofMetric.filter(({ kind }) => kind === 0))
    const { kept, lacking, unknown } = itemId === null ? ALL_KEPT : keptOf(amounts)
    return {
      collectors,
      told: this.#buckets(
        collectors,
        question,
        [...ends, ...this.#kept(collectors, question, values.keys())],
        (start) => ({
          value: values.get(start) ?? 0n,
          folded: (lacking.has(start) || unknown.has(start)) && !kept.has(start),
          partial: unknown.has(start) || (lacking.has(start) && kept.has(start))
        })
      )
    }
  }

  async #customers(question: SeriesQuestion): Promise<AsShipped<readonly SeriesBucket[]>> {
    if (question.itemId !== null) {
      throw new FootfallError('usage', 'customers are counted for the whole shop, not for an item')
    }
    const ends = await this.#ends(question)
    const { collectors, told } = await this.#scanner.scan(() => ({
      where: `metric = ${CUSTOMERS} AND ${daysOf(question)}`,
      by: ['bucket'],
      values: ['maxForEach(registers)']
    }))
    const values = new Map(
      told.map(({ values: [bucket, registers] }) => [
        Number(bucket),
        BigInt(Math.round(estimate(Uint8Array.from(registers as number[]))))
      ])
    )
    return {
      collectors,
      told: this.#buckets(collectors, question, ends, (start) => ({
        value: values.get(start) ?? 0n,
        folded: false,
        partial: false
      }))
    }
  }

  /** A row of a series: its bucket, which for a live minute is that of its local day. */
  #amountOf(
    { kind, values: [tier, bucket, metric, collector, amount] }: ScannedRow,
    granularity: Granularity
  ): SeriesAmount {
    const isMinute = Number(tier) === LIVE || Number(tier) === MINUTES
    return {
      kind,
      metric: Number(metric),
      collector: String(collector),
      bucket: isMinute ? bucketOf(granularity, dayOfMinute(this.#zone, Number(bucket))) : Number(bucket),
      amount: BigInt(String(amount))
    }
  }

  /** Buckets that all collectors keep. */
  #kept(
    { floors }: Collectors,
    { granularity }: SeriesQuestion,
    buckets: Iterable<number>
  ): readonly number[] {
    return [...buckets].filter((bucket) => bucket >= (floors[granularity] ?? -Infinity))
  }

  /** Where an end of a series is left open: the first and the last bucket of all that there is. */
  async #ends(question: SeriesQuestion): Promise<readonly number[]> {
    const { granularity, fromDay, toDay } = question
    if (fromDay !== null && toDay !== null) return []
    const found = await this.#scanner.collectors()
    const tier = SHIPPED_TIERS.indexOf(granularity)
    const floor = found.floors[granularity]
    const stored = await this.#scanner.bounds(
      `tier = ${tier}${floor === null ? '' : ` AND bucket >= ${floor}`}`
    )
    const minutes = await this.#scanner.bounds(
      `tier = ${MINUTES} AND metric < ${CUSTOMERS} AND (${isLiveMinute(found)})`
    )
    const days = minutes.map((minute) => bucketOf(granularity, dayOfMinute(this.#zone, minute)))
    return this.#kept(found, question, [...stored, ...days])
  }

  #buckets(
    collectors: Collectors,
    { granularity, fromDay, toDay }: SeriesQuestion,
    ends: readonly number[],
    contents: (start: number) => Pick<SeriesBucket, 'value' | 'folded' | 'partial'>
  ): readonly SeriesBucket[] {
    if (ends.length === 0 && (fromDay === null || toDay === null)) return []
    const from = fromDay === null ? least(ends) : bucketOf(granularity, fromDay)
    const to = toDay ?? nextBucket(granularity, -least(ends.map((end) => -end)))
    const floor = collectors.floors[granularity]
    const oldest = oldestLiveDay(collectors, this.#zone)
    const series: SeriesBucket[] = []
    for (let start = from; start < to; start = nextBucket(granularity, start)) {
      const expired = floor !== null && start < floor
      const { value, folded, partial } = contents(start)
      series.push({
        start,
        value: expired ? 0n : value,
        sealed: isSealed(granularity, start, oldest),
        expired,
        folded,
        partial
      })
    }
    return series
  }

  async #topItems({ metric, granularity, bucket, limit }: TopQuestion): Promise<AsShipped<TopAnswer>> {
    const previousStart = previousBucket(granularity, bucket)
    const { collectors, told } = await rank(this.#scanner, (collectors) => {
      const floor = collectors.floors[granularity] ?? -Infinity
      if (bucket < floor) return { where: '0', isNow: null, limit }
      const from = previousStart >= floor ? previousStart : bucket
      const piece = { tier: granularity, from, to: nextBucket(granularity, bucket) }
      return this.#stretches(collectors, metric, [piece], bucket, limit)
    })
    const isKept = bucket >= (collectors.floors[granularity] ?? -Infinity)
    return {
      collectors,
      told: {
        ...rankingOf(told),
        rows: isKept ? rowsOf(told) : [],
        sealed: isSealed(granularity, bucket, oldestLiveDay(collectors, this.#zone)),
        expired: !isKept,
        previousStart
      }
    }
  }

  async #topOfDays({ metric, fromDay, toDay, compare, limit }: DaysQuestion): Promise<AsShipped<DaysAnswer>> {
    const cut = ({ floors }: Collectors) => {
      const now = piecesOf(fromDay, toDay, floors)
      const before = compare ? piecesOf(2 * fromDay - toDay, fromDay, floors) : []
      const lacking = now === null ? ('days' as const) : before === null ? ('days-before' as const) : null
      return { pieces: now === null || before === null ? [] : [...before, ...now], lacking }
    }
    const { collectors, told } = await rank(this.#scanner, (collectors) =>
      this.#stretches(collectors, metric, cut(collectors).pieces, fromDay, limit)
    )
    const { day, week } = collectors.floors
    return {
      collectors,
      told: {
        ...rankingOf(told),
        rows: rowsOf(told),
        sealed: isSealed('day', toDay - 1, oldestLiveDay(collectors, this.#zone)),
        lacking: cut(collectors).lacking,
        floors: { day, week }
      }
    }
  }

  /** The cells of some buckets and of the live minutes in them; those before the day `boundary` are of the stretch before. */
  #stretches(
    collectors: Collectors,
    metric: MetricName,
    pieces: readonly Piece[],
    boundary: number,
    limit: number
  ) {
    const isWithin = (day: number) => pieces.some(({ from, to }) => day >= from && day < to)
    const live = (isAsked: (day: number) => boolean) =>
      minuteRanges(collectors, this.#zone, (day) => isWithin(day) && isAsked(day))
    const ofMetric = `metric = ${metricNumber(metric)}`
    const stored = tiersOf(pieces)
    return {
      where: `${ofMetric} AND (${stored} OR tier = ${LIVE} AND (${live(() => true)}))`,
      isNow: `(tier <> ${LIVE} AND bucket >= ${boundary} OR tier = ${LIVE} AND (${live((day) => day >= boundary)}))`,
      limit
    }
  }
}

/** The buckets of a series in its tier, as SQL. */
function daysOf({ granularity, fromDay, toDay }: SeriesQuestion): string {
  return [
    `tier = ${SHIPPED_TIERS.indexOf(granularity)}`,
    ...(fromDay === null ? [] : [`bucket >= ${bucketOf(granularity, fromDay)}`]),
    ...(toDay === null ? [] : [`bucket < ${toDay}`])
  ].join(' AND ')
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Infinity)
}

/** Sums of buckets. */
function sumsByBucket(amounts: readonly SeriesAmount[]): Map<number, bigint> {
  const sums = new Map<number, bigint>()
  for (const { bucket, amount } of amounts) {
    sums.set(bucket, (sums.get(bucket) ?? 0n) + amount)
  }
  return sums
}

function rankingOf({ items, sum, other, otherBefore }: RankedItems) {
  return { totalItems: items, sum, other, otherBefore }
}

function rowsOf({ rows, otherBefore }: RankedItems): TopAnswer['rows'] {
  return rows.map(({ itemId, value, previous, previousRank }) => ({
    itemId,
    value,
    // What an item had may be in the tail.
    previous: previous === 0n && otherBefore > 0n ? null : previous,
    previousRank
  }))
}
