import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { ItemAnswer } from '../query/insight-shapes.js'
import { COUNTS, amount, share, type Unit } from './format.js'
import { HistoryPanel } from './history.js'
import { useAnswer } from './live.js'
import { Gap, Inexact, Panel } from './parts.js'
import { LiveSeries } from './series.js'

/** All that is known of one item. */
export function ItemPage({
  itemId,
  now,
  keepsHistory
}: {
  readonly itemId: string
  readonly now: string | null
  readonly keepsHistory: boolean
}): VNode {
  const path = `/v1/items?${new URLSearchParams({ item_id: itemId }).toString()}`
  const { value, error } = useAnswer<ItemAnswer>(path, 5000)
  const money: Unit = { currency: value?.meta.currency ?? null, minorUnits: value?.meta.minor_units ?? 0 }
  return html`
    <p><a href="#">← All items</a></p>
    <${Panel} title=${itemId} wide>
      ${
        value === null
          ? html`<${Gap} text=${error ?? 'Loading…'} />`
          : html`<${Figures} answer=${value} money=${money} />
              <${Inexact} reason=${value.meta.inexact} />
              <div class="charts">
                <${LiveSeries}
                  label="Views"
                  metric="views"
                  span="hour"
                  now=${now}
                  unit=${COUNTS}
                  itemId=${itemId}
                />
                <${LiveSeries}
                  label="Revenue"
                  metric="revenue"
                  span="day"
                  now=${now}
                  unit=${money}
                  itemId=${itemId}
                />
              </div>`
      }
    <//>
    ${keepsHistory ? html`<${HistoryPanel} itemId=${itemId} />` : ''}
  `
}

function Figures({ answer, money }: { readonly answer: ItemAnswer; readonly money: Unit }): VNode {
  const { windows, ranks } = answer.data
  const [hour, day] = [windows['1h'], windows['24h']]
  const rows: readonly (readonly [string, string, string])[] = [
    ['Views', amount(hour.views), amount(day.views)],
    ['Added to cart', amount(hour.cart_adds), amount(day.cart_adds)],
    ['Purchases', amount(hour.purchases), amount(day.purchases)],
    ['Units', amount(hour.units), amount(day.units)],
    ['Revenue', amount(hour.revenue, money), amount(day.revenue, money)],
    ['Carts a view', share(hour.view_to_cart), share(day.view_to_cart)],
    ['Purchases a cart', share(hour.cart_to_purchase), share(day.cart_to_purchase)],
    ['Purchases a view', share(hour.view_to_purchase), share(day.view_to_purchase)]
  ]
  return html`<table class="figures">
      <caption class="hidden">
        Figures of this item
      </caption>
      <thead>
        <tr>
          <td></td>
          <th scope="col">Last hour</th>
          <th scope="col">Last 24 hours</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ofHour, ofDay]) =>
            html`<tr key=${name}>
              <th scope="row">${name}</th>
              <td class="number">${ofHour}</td>
              <td class="number">${ofDay}</td>
            </tr>`
        )}
      </tbody>
    </table>
    <ul class="ranks">
      ${ranks.map(
        ({ metric, window, rank }) => html`<li key=${metric}>${rankText(metric, window, rank)}</li>`
      )}
    </ul>`
}

function rankText(metric: string, window: string, rank: number | null): string {
  return `${rank === null ? 'not ranked' : `no. ${amount(rank)}`} by ${metric.replace('_', ' ')} in ${window}`
}
