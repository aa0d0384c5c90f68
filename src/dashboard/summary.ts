import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { Summary } from '../query/insight-shapes.js'
import { amount, share, type Unit } from './format.js'
import { Change, Gap, Inexact, Panel } from './parts.js'

/** The shop at a glance, each figure with its change against the day before. */
export function SummaryPanel({ summary }: { readonly summary: Summary | null }): VNode {
  if (summary === null) return html`<${Panel} title="Last 24 hours" wide><${Gap} text="Loading…" /><//>`
  const { data, meta } = summary
  const money: Unit = { currency: meta.currency, minorUnits: meta.minor_units }
  const { average_order_value: order, conversion, active_customers: active } = data
  const tiles: readonly (readonly [string, string, number | null])[] = [
    ['Visits', amount(data.visits.value), data.visits.change],
    ['Added to cart', amount(data.cart_adds.value), data.cart_adds.change],
    ['Purchases', amount(data.purchases.value), data.purchases.change],
    ['Units sold', amount(data.units.value), data.units.change],
    ['Revenue', amount(data.revenue.value, money), data.revenue.change],
    [
      'Average order',
      order.value === null ? '–' : amount(order.value, money),
      changeOf(order.value, order.previous)
    ],
    ['Carts a view', share(conversion.view_to_cart.value), ratioChange(conversion.view_to_cart)],
    ['Purchases a cart', share(conversion.cart_to_purchase.value), ratioChange(conversion.cart_to_purchase)],
    ['Customers, 5 min', amount(active['5m'].value), active['5m'].change],
    ['Customers, 1 h', amount(active['1h'].value), active['1h'].change],
    ['Customers, 24 h', amount(active['24h'].value), active['24h'].change]
  ]
  return html`<${Panel} title="Last 24 hours" note="against the day before" wide>
    <dl class="tiles">
      ${tiles.map(
        ([name, value, relative]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd><strong>${value}</strong> <${Change} value=${relative} against="the day before" /></dd>
          </div>`
      )}
    </dl>
    <${Inexact} reason=${meta.inexact} />
  <//>`
}

function changeOf(value: number | bigint | null, previous: number | bigint | null): number | null {
  return value === null || previous === null || Number(previous) === 0
    ? null
    : (Number(value) - Number(previous)) / Number(previous)
}

function ratioChange({
  value,
  previous
}: {
  readonly value: number | null
  readonly previous: number | null
}) {
  return changeOf(value, previous)
}
