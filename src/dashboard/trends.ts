import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import type { Trends } from '../query/insight-shapes.js'
import { amount, type Unit } from './format.js'
import { useAnswer } from './live.js'
import { Change, Choice, Gap, Inexact, ItemLink, Panel } from './parts.js'

const METRICS = [
  ['views', 'Views'],
  ['cart_adds', 'Carts'],
  ['revenue', 'Revenue']
] as const

/** What rises and falls most against the hour before. */
export function TrendsPanel(): VNode {
  const [metric, setMetric] = useState<(typeof METRICS)[number][0]>('views')
  const { value, error } = useAnswer<Trends>(`/v1/trends?metric=${metric}&window=1h&limit=5`, 10_000)
  const unit: Unit = {
    currency: metric === 'revenue' ? (value?.meta.unit ?? null) : null,
    minorUnits: value?.meta.minor_units ?? 0
  }
  return html`<${Panel} title="Rising and falling" note="last hour against the one before">
    <${Choice} label="Metric" options=${METRICS} chosen=${metric} choose=${setMetric} />
    ${
      value === null
        ? html`<${Gap} text=${error ?? 'Loading…'} />`
        : html`<${TrendTable} caption="Rising" rows=${value.data.rising} unit=${unit} />
            <${TrendTable} caption="Falling" rows=${value.data.falling} unit=${unit} />
            <${Inexact} reason=${value.meta.inexact} />`
    }
  <//>`
}

function TrendTable({
  caption,
  rows,
  unit
}: {
  readonly caption: string
  readonly rows: Trends['data']['rising']
  readonly unit: Unit
}): VNode {
  if (rows.length === 0) return html`<${Gap} text=${`${caption}: none above the noise.`} />`
  return html`<table class="ranking">
    <caption>
      ${caption}
    </caption>
    <thead class="hidden">
      <tr>
        <th scope="col">Item</th>
        <th scope="col">Before</th>
        <th scope="col">Now</th>
        <th scope="col">Change</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr key=${row.item_id}>
            <th scope="row"><${ItemLink} itemId=${row.item_id} /></th>
            <td class="number muted">${amount(row.previous, unit)}</td>
            <td class="number">${amount(row.value, unit)}</td>
            <td class="number"><${Change} value=${row.change} against="the hour before" /></td>
          </tr>`
      )}
    </tbody>
  </table>`
}
