import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Timeseries } from '../query/insight-shapes.js'
import { Chart } from './chart.js'
import { COUNTS, minuteOf, type Unit } from './format.js'
import { useAnswer } from './live.js'
import { Choice, Gap, Inexact, Panel } from './parts.js'

const MINUTE_MS = 60_000

type Span = 'hour' | 'day'

const SPANS = [
  ['hour', 'Hour'],
  ['day', 'Day']
] as const

/** Visits and sales by the minute of the last hour, or by the hour of the last day. */
export function LivePanel({ now, money }: { readonly now: string | null; readonly money: Unit }): VNode {
  const [span, setSpan] = useState<Span>('hour')
  return html`<${Panel} title="Visits and sales" wide>
    <${Choice} label="Stretch" options=${SPANS} chosen=${span} choose=${setSpan} />
    <div class="charts">
      <${LiveSeries} label="Visits" metric="views" span=${span} now=${now} unit=${COUNTS} />
      <${LiveSeries} label="Revenue" metric="revenue" span=${span} now=${now} unit=${money} />
    </div>
  <//>`
}

/** A metric of the shop, or of one item, over the last hour or day. */
export function LiveSeries({
  label,
  metric,
  span,
  now,
  unit,
  itemId
}: {
  readonly label: string
  readonly metric: string
  readonly span: Span
  readonly now: string | null
  readonly unit: Unit
  readonly itemId?: string
}): VNode {
  const { value, error } = useAnswer<Timeseries>(
    now === null ? null : pathOf(metric, span, now, itemId),
    REFRESH_MS
  )
  if (value === null) return html`<${Gap} text=${error ?? (now === null ? 'No event yet.' : 'Loading…')} />`
  return html`<div>
    <${Chart}
      label=${label}
      unit=${unit}
      times=${value.data.map(({ start }) => Date.parse(start) / 1000)}
      until=${Date.parse(value.data.at(-1)?.end ?? '') / 1000}
      values=${value.data.map((point) => (point.value === null ? null : Number(point.value)))}
      nameOf=${minuteOf}
    />
    <${Inexact} reason=${value.meta.inexact} />
  </div>`
}

const REFRESH_MS = 5000

/** The path stays the same for a minute, so that what was drawn stays until there is something newer. */
function pathOf(metric: string, span: Span, now: string, itemId: string | undefined): string {
  const minute = Math.floor(Date.parse(now) / MINUTE_MS)
  const hour = Math.floor(minute / 60)
  const isHour = span === 'hour'
  const [from, to] = isHour ? [minute - 59, minute + 1] : [(hour - 22) * 60, (hour + 1) * 60]
  const query = new URLSearchParams({
    metric,
    granularity: isHour ? 'minute' : 'hour',
    from: new Date(from * MINUTE_MS).toISOString(),
    to: new Date(to * MINUTE_MS).toISOString(),
    ...(itemId === undefined ? {} : { item_id: itemId })
  })
  return `/v1/timeseries?${query.toString()}`
}
