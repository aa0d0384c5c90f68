import * as abi from '../kernel/abi.js'
import { METRICS, type MetricName } from '../metrics/metrics.js'

const MINUTE_MS = 60_000

/**
 * What the memory budget has cost so far, over restarts. Minutes count since the
 * epoch; null and 0: nothing.
 */
export interface Losses {
  /** Events of new items that were counted as `(other)`, and the time of the first, epoch ms. */
  readonly otherEvents: number
  readonly otherSinceMs: number
  /** Before this minute are some whose items were added up to `(other)`. */
  readonly collapsedTo: number | null
  /** Before this minute are some in which a customer was last seen who is not counted as active. */
  readonly customersTo: number | null
  /** Amounts of days that were added to `(other)`. */
  readonly foldedAmounts: number
  /** Events ahead of the clock that count in their day alone. */
  readonly earlyEvents: number
  /** Items of the data directory that there is no room for. */
  readonly forgottenItems: number
  /** The metrics of which minutes were merged by the hour, and before which minute. */
  readonly merged: readonly { readonly metric: MetricName; readonly to: number }[]
}

/** Reads the losses at `at`. */
export function readLosses(view: DataView, at: number): Losses {
  const word = (number: number) => view.getFloat64(at + number * 8, true)
  const minute = (number: number) => (word(number) === 0 ? null : word(number))
  return {
    otherEvents: word(abi.LOSS_OTHER),
    otherSinceMs: word(abi.LOSS_OTHER_SINCE),
    collapsedTo: minute(abi.LOSS_COLLAPSED),
    customersTo: minute(abi.LOSS_CUSTOMERS),
    foldedAmounts: word(abi.LOSS_FOLDED),
    earlyEvents: word(abi.LOSS_EARLY),
    forgottenItems: word(abi.LOSS_FORGOTTEN),
    merged: METRICS.flatMap(({ name }, metric) => {
      const to = minute(abi.LOSS_MERGED + metric)
      return to === null ? [] : [{ metric: name, to }]
    })
  }
}

export type LossKind = 'forgotten' | 'items' | 'cells' | 'merged' | 'customers' | 'days' | 'early'

/** What has been lost since the data directory was made, or the process started, in words: one line a kind. */
export function describeLosses(losses: Losses, items: number, budget: string): ReadonlyMap<LossKind, string> {
  const reasons = new Map<LossKind, string>()
  // A run before this one may have had another.
  const limit = `the memory budget (now ${budget})`
  if (losses.forgottenItems > 0) {
    const count = losses.forgottenItems.toLocaleString('en')
    reasons.set(
      'forgotten',
      `${count} items of the data directory count as (other): ${limit} has no room for them`
    )
  }
  if (losses.otherEvents > 0) {
    const [count, since] = [items.toLocaleString('en'), new Date(losses.otherSinceMs).toISOString()]
    reasons.set(
      'items',
      `new items from ${since} on were counted as (other), as ${limit} allowed no more: ${count} are known`
    )
  }
  if (losses.merged.length > 0) {
    const merged = losses.merged.map(({ metric, to }) => `${metric} before ${instant(to)}`)
    reasons.set('merged', `minutes were merged by the hour to stay within ${limit}: ${merged.join(', ')}`)
  }
  if (losses.collapsedTo !== null) {
    const before = instant(losses.collapsedTo)
    reasons.set('cells', `items of minutes before ${before} were added up to (other) to stay within ${limit}`)
  }
  if (losses.customersTo !== null) {
    const last = instant(losses.customersTo)
    reasons.set(
      'customers',
      `some customers last seen before ${last} are not counted as active: ${limit} allowed no more of them`
    )
  }
  if (losses.foldedAmounts > 0) {
    const count = losses.foldedAmounts.toLocaleString('en')
    reasons.set(
      'days',
      `${count} amounts of past days were added to (other) of their day: ${limit} allowed no more rows between two commits`
    )
  }
  if (losses.earlyEvents > 0) {
    const count = losses.earlyEvents.toLocaleString('en')
    reasons.set(
      'early',
      `${count} events ahead of the clock are counted in their day alone: ${limit} let no more of them wait`
    )
  }
  return reasons
}

function instant(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString()
}
