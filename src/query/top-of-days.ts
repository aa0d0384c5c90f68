import { dayName } from '../base/civil-date.js'
import { MAX_ROWS } from '../base/limits.js'
import { formatMinor } from '../base/currency.js'
import type { DaysAnswer } from '../history/history.js'
import type { MetricName } from '../metrics/metrics.js'
import { BadQuestion } from './bad-question.js'
import { exactness } from './exactness.js'
import type { HistorySource } from './history-client.js'
import { asOf, unitOf, type ShopOptions } from './history-words.js'
import type { TopItemsOf } from './insight-shapes.js'
import { changeOf } from './live-words.js'
import { exactInteger } from './serialise.js'
import type { ClockMode } from './shapes.js'
import type { Days } from './stretch.js'

/** A ranking of any metric over whole days. */
export interface TopOfDaysQuestion extends Days {
  readonly metric: MetricName
  readonly compare: boolean
  /** 1 to 100. */
  readonly limit: number
}

/**
 * Asks for the top items of some days, live minutes included. Rejects with a
 * `BadQuestion` when not all of them are kept, and as `HistorySource.ask` does.
 */
export async function topOfDays(
  client: HistorySource,
  { metric, fromDay, toDay, compare, limit }: TopOfDaysQuestion,
  options: ShopOptions & { readonly clock: ClockMode }
): Promise<TopItemsOf> {
  // All rows that there may be, since the next one says whether the last one ties.
  const question = { kind: 'top-of-days', metric, fromDay, toDay, compare, limit: MAX_ROWS } as const
  const { answer, commit } = await client.ask(question)
  if (answer.lacking !== null) throw notKept(answer)
  const unit = unitOf(metric, options.currency)
  const isFolded = answer.other > 0n || answer.otherBefore > 0n
  return {
    data: rowsOf(answer, unit.minor_units, compare).slice(0, limit),
    meta: {
      metric,
      ...unit,
      window: null,
      time_zone: options.timeZone,
      interval: { start: dayName(fromDay), end: dayName(toDay) },
      previous_interval: compare ? { start: dayName(2 * fromDay - toDay), end: dayName(fromDay) } : null,
      status: answer.sealed ? 'sealed' : 'open',
      now: null,
      clock: options.clock,
      ...asOf(commit, answer.sealed && !options.isBounded),
      total_items: answer.totalItems,
      sum: exactInteger(answer.sum),
      other: exactInteger(answer.other),
      ...exactness(isFolded ? [IN_OTHER] : [])
    }
  }
}

const IN_OTHER =
  'some items, of these days or those before, are not told apart on all of them but counted as (other): ' +
  'values of items may lack that'

function rowsOf({ rows }: DaysAnswer, minorDigits: number, compare: boolean): TopItemsOf['data'] {
  const amount = (value: bigint) => ({
    value: exactInteger(value),
    formatted: formatMinor(value, minorDigits)
  })
  return rows.map(({ itemId, value, previous, previousRank }, place) => ({
    rank: place + 1,
    item_id: itemId,
    ...amount(value),
    tied: value === rows[place - 1]?.value || value === rows[place + 1]?.value,
    ...(compare && {
      previous: {
        ...(previous === null ? { value: null, formatted: null } : amount(previous)),
        rank: previousRank,
        change: previous === null ? null : changeOf(value, previous)
      }
    })
  }))
}

function notKept({ lacking, floors: { day, week } }: DaysAnswer): BadQuestion {
  const kept =
    `days are kept from ${dayName(day ?? 0)} on` +
    (week === null ? '' : `, before that whole ISO weeks from ${dayName(week)} on`) +
    ', and whole months of all time'
  return lacking === 'days'
    ? new BadQuestion('from', `not all of these days are kept one by one: ${kept}`)
    : new BadQuestion('compare', `not all of as many days before are kept one by one: ${kept}`)
}
