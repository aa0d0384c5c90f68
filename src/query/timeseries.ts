import { parseDay } from '../base/civil-date.js'
import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { parseTimestamp } from '../event/timestamp.js'
import type { SeriesQuestion } from '../history/history.js'
import type { MetricName } from '../metrics/metrics.js'
import { BadQuestion } from './bad-question.js'
import { exactness } from './exactness.js'
import type { HistorySeries } from './history-shapes.js'
import { unitOf } from './history-words.js'
import type { Timeseries } from './insight-shapes.js'
import type { TimeseriesQuestion } from './insights.js'
import type { LiveSource } from './live-client.js'
import { liveBlurs } from './live-blurs.js'
import { instantOf, instantWords, intervalOf, minuteOf, sumOf } from './live-words.js'
import { exactInteger } from './serialise.js'
import type { AnswerOptions } from './top-items.js'

const MINUTE_MS = 60_000
const STEPS = { minute: 1, hour: 60 } as const
/** What is answered when neither end is asked for; minutes. */
const DEFAULT_SPAN = { minute: 60, hour: LIVE_WINDOW_MINUTES } as const

type LiveSeriesQuestion = TimeseriesQuestion & { readonly granularity: keyof typeof STEPS }

export function isLiveSeries(question: TimeseriesQuestion): question is LiveSeriesQuestion {
  return question.granularity in STEPS
}

/**
 * A metric by minute or hour of the last 24 hours, zero-filled; hours are those of
 * UTC, each of them live as a whole. Rejects with a BadQuestion when an end is no
 * whole minute or hour, or is not live.
 */
export async function liveSeries(
  live: LiveSource,
  question: LiveSeriesQuestion,
  options: AnswerOptions
): Promise<Timeseries> {
  const { metric, granularity, itemId } = question
  if (metric === 'customers') {
    throw new BadQuestion('metric', 'customers are counted by day, week and month')
  }
  const step = STEPS[granularity]
  const fromAsked = minuteAsked('from', question.from, step)
  const toAsked = minuteAsked('to', question.to, step)
  const answer = await live.ask(itemId === null ? { kind: 'shop' } : { kind: 'item-series', itemId })
  const current = minuteOf(answer)
  const end = Math.floor((current ?? 0) / step) * step + step
  const oldest = (current ?? 0) - LIVE_WINDOW_MINUTES + 1
  // From a time that has not come yet there is nothing so far.
  const to = toAsked ?? Math.max(end, fromAsked ?? end)
  const from = fromAsked ?? Math.max(Math.ceil(oldest / step) * step, to - DEFAULT_SPAN[granularity])
  if (to < from) throw new BadQuestion('to', 'must not be before from')
  if (current !== null) checkLive(from, toAsked ?? end, Math.ceil(oldest / step) * step, end)
  const looked = { metrics: [metric], from, to, byMinute: step === 1, byItem: itemId !== null }
  const data = current === null ? [] : pointsOf(answer.series, metric, from, to, step, current)
  return {
    data,
    meta: {
      metric,
      ...unitOf(metric, options.currency),
      granularity,
      time_zone: 'UTC',
      item_id: itemId,
      from: current === null ? null : intervalOf(from, to).start,
      to: current === null ? null : intervalOf(from, to).end,
      offset: instantWords(answer, options).offset,
      ...exactness(current === null ? [] : liveBlurs(answer.losses, [looked], options.memory))
    }
  }
}

function pointsOf(
  series: BigUint64Array,
  metric: MetricName,
  from: number,
  to: number,
  step: number,
  current: number
): Timeseries['data'] {
  const points: Timeseries['data'] = []
  let start = instantOf(from)
  for (let minute = from; minute < to; minute += step) {
    const value = exactInteger(sumOf(series, metric, minute, Math.min(minute + step, current + 1)))
    const end = instantOf(minute + step)
    points.push({ start, end, value, status: 'open' })
    start = end
  }
  return points
}

function minuteAsked(parameter: string, text: string | null, step: number): number | null {
  if (text === null) return null
  const ms = parseTimestamp(text)
  const unit = step === 1 ? 'minute' : 'hour'
  if (ms === null || ms % (step * MINUTE_MS) !== 0) {
    throw new BadQuestion(parameter, `must be a whole ${unit}, such as 2026-11-20T10:00:00Z`)
  }
  return ms / MINUTE_MS
}

function checkLive(from: number, to: number, oldest: number, end: number): void {
  const bad = to > end ? 'to' : from < oldest ? 'from' : null
  if (bad === null) return
  const { start, end: last } = intervalOf(oldest, end)
  throw new BadQuestion(bad, `minutes and hours are kept from ${start} to ${last}`)
}

/** The same question to the history. */
export function historyQuestion({
  metric,
  granularity,
  itemId,
  from,
  to
}: TimeseriesQuestion): SeriesQuestion {
  if (granularity === 'minute' || granularity === 'hour') throw new RangeError(`${granularity} is live`)
  return { metric, granularity, itemId, fromDay: dayAsked('from', from), toDay: dayAsked('to', to) }
}

function dayAsked(parameter: string, text: string | null): number | null {
  const day = text === null ? null : parseDay(text)
  if (text !== null && day === null) {
    throw new BadQuestion(parameter, 'must be a date of the calendar, such as 2026-11-20')
  }
  return day
}

export function timeseriesOfHistory({ data, meta }: HistorySeries): Timeseries {
  const { metric, unit, minor_units, granularity, time_zone, item_id, from, to, offset } = meta
  const { exact, inexact, collectors } = meta
  return {
    data: [...data],
    meta: {
      metric,
      unit,
      minor_units,
      granularity,
      time_zone,
      item_id,
      from,
      to,
      offset,
      exact,
      inexact,
      ...(collectors === undefined ? {} : { collectors })
    }
  }
}
