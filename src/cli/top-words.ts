import type { Snapshot } from '../query/snapshot-shape.js'
import { bytesText, changeText, grouped, instantText, shareText } from './figures.js'
import { span, type Line, type Span } from './spans.js'
import type { TopState } from './top-state.js'
import type { Tone } from './style.js'

/** What `top` says above the rankings, in pieces that a screen and a page lay out. */

/** In one or two words how the server is. */
export function stateOf({ lost, status }: TopState): Span {
  if (lost !== null) return span('disconnected', 'bad')
  if (status === null) return span('connecting', 'warn')
  return span(status.state.replace('_', ' '), STATE_TONES[status.state])
}

const STATE_TONES: Readonly<Record<string, Tone>> = {
  live: 'good',
  waiting: 'warn',
  catching_up: 'warn',
  degraded: 'bad'
}

/** How far and how fast it is. */
export function pipelineFigures({ status, snapshot, eventsPerSecond }: TopState): readonly Line[] {
  if (status === null) return []
  const { source, accounting, clock } = status
  // The stream tells of it once a second, the status is asked for less often.
  const now = snapshot?.summary.meta.now ?? clock.now
  const read = bytesText(source.bytes_read)
  return [
    labelled('clock', now === null ? 'no event yet' : instantText(now)),
    ...(eventsPerSecond === null ? [] : [labelled('events/s', grouped(Math.round(eventsPerSecond)))]),
    labelled('read', source.size_bytes === null ? read : `${read} of ${bytesText(source.size_bytes)}`),
    ...(source.lag_bytes === null
      ? []
      : [labelled('lag', lagOf(source.lag_bytes, source.lag_seconds ?? 0), source.lag_bytes > 0)]),
    labelled('rejected', grouped(accounting.rejected), accounting.rejected > 0)
  ]
}

function lagOf(bytes: number, seconds: number): string {
  return bytes === 0 ? 'none' : `${bytesText(bytes)}, ${seconds.toFixed(1)} s`
}

/** The summary, each figure with its change against the day before where there is one. */
export function summaryFigures({ data, meta }: Snapshot['summary']): readonly Line[] {
  const { visits, cart_adds: carts, purchases, revenue, conversion, active_customers: active } = data
  const counts = { visits, 'cart adds': carts, purchases }
  const rate = conversion.view_to_purchase
  return [
    ...Object.entries(counts).map(([name, { value, change }]) => changed(name, grouped(value), change)),
    changed('revenue', `${grouped(revenue.formatted)} ${meta.currency}`, revenue.change),
    [
      ...labelled('view to purchase', rate.value === null ? '–' : shareText(rate.value)),
      span(rate.previous === null ? '' : ` (before ${shareText(rate.previous)})`, 'dim')
    ],
    changed('customers in 1h', grouped(active['1h'].value), active['1h'].change)
  ]
}

/** What is wrong, or should be looked at; the worst first, null: nothing. */
export function complaintOf({ lost, unstreamed, status, snapshot }: TopState): Span | null {
  if (lost !== null) return span(`${lost}; trying again`, 'bad')
  const degraded = status?.degraded ?? null
  if (degraded !== null) return span(`since ${instantText(degraded.since)}: ${degraded.reason}`, 'bad')
  if (unstreamed !== null) return span(`${unstreamed}; trying again`, 'bad')
  const inexact = snapshot?.summary.meta.inexact ?? null
  if (inexact !== null) return span(`not exact: ${inexact}`, 'warn')
  const warning = status?.warnings[0]
  return warning === undefined ? null : span(warning, 'warn')
}

function labelled(label: string, value: string, isOdd = false): Line {
  return [span(`${label} `, 'dim'), span(value, isOdd ? 'warn' : null)]
}

function changed(label: string, value: string, change: number | null): Line {
  return [...labelled(label, value), span(change === null ? '' : ` ${changeText(change)}`, 'dim')]
}
