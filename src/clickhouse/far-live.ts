import { LIVE_WINDOW_MINUTES, MAX_ROWS } from '../base/limits.js'
import { estimate, REGISTERS } from '../history/distinct-count.js'
import { CUSTOMERS, RANKS, SHIPPED_TIERS } from '../history/shipment.js'
import { HEADLINE_METRICS, METRICS } from '../metrics/metrics.js'
import { NO_RANKING, type Ranking } from '../store/board.js'
import {
  emptySeries,
  lastHourOf,
  sumWithin,
  type LiveAnswer,
  type LiveAnswerOf,
  type LiveQuestion,
  type MinuteSeries
} from '../store/live.js'
import type { Collectors } from './collectors.js'
import { itemStatement, readItem, type FoundItem } from './item.js'
import { rank } from './ranking.js'
import { quoted } from './schema.js'
import type { AsShipped, Scanner, ScannedRow } from './scan.js'
import { readTrends, trendsStatement } from './trends.js'

type Asked<Kind extends LiveQuestion['kind']> = Extract<LiveQuestion, { kind: Kind }>

/** An answer, and the collectors that it is of. */
export type FarAnswer<Kind extends LiveAnswer['kind']> = LiveAnswerOf<Kind> & {
  readonly collectors: Collectors
}

/** What an answer has besides when it is of. */
type Bare<Kind extends LiveAnswer['kind']> = Omit<LiveAnswerOf<Kind>, 'nowMs' | 'offset' | 'losses' | 'kind'>

const [LIVE, MINUTES, BEFORE] = (['live', 'minutes', 'before'] as const).map((tier) =>
  SHIPPED_TIERS.indexOf(tier)
)

/** The windows of active customers; minutes. */
const ACTIVE_WINDOWS = [5, 60, LIVE_WINDOW_MINUTES]

/**
 * Answers questions over the live window of all collectors. The clock is that of the
 * one furthest ahead, so each of them has all minutes of the window.
 */
export class FarLive {
  readonly #scanner: Scanner

  constructor(scanner: Scanner) {
    this.#scanner = scanner
  }

  /** Rejects as `Scanner.scan` does. */
  async ask<Question extends LiveQuestion>(question: Question): Promise<FarAnswer<Question['kind']>> {
    const { collectors, told } = await this.#answer(question)
    const { nowMs, offset, losses } = collectors
    return { kind: question.kind, nowMs, offset, losses, ...told, collectors } as unknown as FarAnswer<
      Question['kind']
    >
  }

  #answer(question: LiveQuestion): Promise<AsShipped<object>> {
    switch (question.kind) {
      case 'ranking':
        return this.#ranking(question)
      case 'trends':
        return this.#trends(question)
      case 'item':
        return this.#item(question)
      case 'item-series':
        return this.#itemSeries(question)
      case 'shop':
        return this.#shop()
    }
  }

  async #ranking({ metric, minutes, asOf, compare }: Asked<'ranking'>): Promise<AsShipped<Bare<'ranking'>>> {
    const stretch = ({ minute }: Collectors) => {
      const to = (asOf ?? minute) + 1
      const from = to - minutes
      const oldest = oldestOf(minute)
      const isLive = minute >= 0 && to <= minute + 1 && from >= oldest
      return { from, to, isLive, compares: compare && isLive && from - minutes >= oldest }
    }
    const { collectors, told } = await rank(this.#scanner, (collectors) => {
      const { from, to, isLive, compares } = stretch(collectors)
      return {
        where: isLive
          ? `tier = ${LIVE} AND metric = ${metric} AND bucket >= ${compares ? from - minutes : from} AND bucket < ${to}`
          : '0',
        isNow: compares ? `bucket >= ${from}` : null,
        limit: MAX_ROWS
      }
    })
    const { from, isLive, compares } = stretch(collectors)
    if (!isLive) return { collectors, told: { ranking: NO_RANKING, from: null, before: null } }
    return {
      collectors,
      told: {
        ranking: {
          ...NO_RANKING,
          ...blursAt(collectors, metric, from),
          sum: told.sum,
          other: told.other,
          items: told.items,
          rows: told.rows
        },
        from,
        before: compares
          ? told.rows.map(({ previous, previousRank }) => ({ value: previous, rank: previousRank }))
          : null
      }
    }
  }

  #trends({ metric, minutes, floor }: Asked<'trends'>): Promise<AsShipped<Bare<'trends'>>> {
    return this.#scanner.ask((collectors) => {
      const { minute } = collectors
      const from = minute + 1 - minutes
      const where =
        minute < 0
          ? '0'
          : `tier = ${LIVE} AND metric = ${metric} AND bucket >= ${from - minutes} AND bucket <= ${minute}`
      return trendsStatement({ where, isNow: `bucket >= ${from}`, floor, limit: MAX_ROWS }, collectors)
    }, readTrends)
  }

  async #item({ itemId }: Asked<'item'>): Promise<AsShipped<Bare<'item'>>> {
    const { collectors, told } = await this.#scanner.ask<FoundItem | null>(
      ({ minute }) => itemStatement(itemId, minute),
      readItem
    )
    if (told === null) return { collectors, told: { item: null } }
    const { minute } = collectors
    const sums = (minutes: number) =>
      METRICS.map((_, metric) => sumWithin(told.series, metric, minute + 1 - minutes, minute + 1))
    return {
      collectors,
      told: {
        item: {
          ranks: HEADLINE_METRICS.map(({ index }) => told.ranks.get(index) ?? null),
          sums: { '1h': sums(60), '24h': sums(LIVE_WINDOW_MINUTES) },
          lastHour: lastHourOf(told.series, minute)
        }
      }
    }
  }

  async #itemSeries({ itemId }: Asked<'item-series'>): Promise<AsShipped<Bare<'item-series'>>> {
    const { collectors, told } = await this.#scanner.scan(({ minute }) => ({
      where: `tier = ${LIVE} AND kind = 0 AND item = ${quoted(itemId)} AND bucket >= ${oldestOf(minute)}`,
      by: ['metric', 'bucket'],
      values: ['sum(amount)'],
      latest: 'grouping'
    }))
    return { collectors, told: { series: seriesOf(told) } }
  }

  async #shop(): Promise<AsShipped<Bare<'shop'>>> {
    const { collectors, told } = await this.#scanner.scan(({ minute, all }) => {
      const oldest = oldestOf(minute)
      const dayBefore = `bucket >= ${oldest - LIVE_WINDOW_MINUTES} AND bucket < ${oldest}`
      // Of the day before a collector that is behind has some minutes live yet.
      const left = all.map(
        ({ name, oldestLiveMinute }) =>
          `(collector = ${quoted(name)} AND (tier = ${BEFORE} AND bucket < ${oldestLiveMinute}
             OR tier = ${MINUTES} AND metric < ${CUSTOMERS} AND bucket >= ${oldestLiveMinute}))`
      )
      const active = `if(metric = ${CUSTOMERS}, multiIf(${ACTIVE_WINDOWS.slice(0, -1)
        .map((minutes, place) => `bucket > ${minute - minutes}, ${place}`)
        .join(', ')}, ${ACTIVE_WINDOWS.length - 1}), bucket)`
      return {
        where: `tier = ${MINUTES} AND bucket >= ${oldest} OR ${dayBefore} AND (${left.join(' OR ') || '0'})`,
        by: ['metric', active],
        values: ['sum(amount)', 'groupUniqArrayArray(registers)']
      }
    })
    return { collectors, told: shopOf(told, collectors.minute) }
  }
}

function shopOf(rows: readonly ScannedRow[], minute: number): Bare<'shop'> {
  const ofMetrics = rows.filter(({ values: [metric] }) => Number(metric) < CUSTOMERS)
  const isLive = ({ values: [, bucket] }: ScannedRow) => Number(bucket) >= oldestOf(minute)
  const registers = new Uint8Array(REGISTERS)
  const seen = new Map(
    rows
      .filter(({ values: [metric] }) => Number(metric) === CUSTOMERS)
      .map(({ values: [, window, , pairs] }) => [Number(window), pairs as readonly number[]])
  )
  return {
    series: seriesOf(ofMetrics.filter(isLive)),
    dayBefore: seriesOf(ofMetrics.filter((row) => !isLive(row))),
    // Each window has the customers of the shorter ones.
    active: ACTIVE_WINDOWS.map((_, window) => {
      addPairs(registers, seen.get(window) ?? [])
      return Math.round(estimate(registers))
    }),
    activeBefore: ACTIVE_WINDOWS.map(() => 0)
  }
}

/** Adds what minutes have seen, as `RANKS` says: the greatest rank of each register counts. */
function addPairs(registers: Uint8Array, pairs: readonly number[]): void {
  for (const pair of pairs) {
    const register = Math.floor(pair / RANKS)
    registers[register] = Math.max(registers[register] ?? 0, pair % RANKS)
  }
}

/** The first minute of the live window; 0 before the first event. */
function oldestOf(minute: number): number {
  return Math.max(0, minute - LIVE_WINDOW_MINUTES + 1)
}

/** Of rows with metric, minute and amount. */
function seriesOf(rows: readonly ScannedRow[]): MinuteSeries {
  const series = emptySeries()
  for (const { values } of rows) {
    const [metric, minute, amount] = values
    const place = Number(metric) * LIVE_WINDOW_MINUTES + (Number(minute) % LIVE_WINDOW_MINUTES)
    series[place] = (series[place] ?? 0n) + BigInt(String(amount))
  }
  return series
}

/** What the memory budgets have cost a ranking from a minute on. */
function blursAt(
  { losses }: Collectors,
  metric: number,
  from: number
): Pick<Ranking, 'isEdgeBlurred' | 'lacksEarly'> {
  return {
    isEdgeBlurred: losses.merged.some(
      (merged) => merged.metric === METRICS[metric]?.name && from < merged.to && from % 60 !== 0
    ),
    lacksEarly: losses.earlyEvents > 0
  }
}
