import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { amount, change, type Amount, type Unit } from './format.js'

/** A titled section of the page. */
export function Panel({
  title,
  note,
  children,
  wide
}: {
  readonly title: string
  readonly note?: string | null | undefined
  readonly wide?: boolean
  readonly children?: ComponentChildren
}): VNode {
  return html`<section class=${wide === true ? 'panel wide' : 'panel'} aria-label=${title}>
    <h2>${title}${note == null ? '' : html`<small>${note}</small>`}</h2>
    ${children}
  </section>`
}

/** What stands in place of what is not there: while it loads, where there is none, where it cannot be had. */
export function Gap({ text }: { readonly text: string }): VNode {
  return html`<p class="gap">${text}</p>`
}

/** Why an answer is not exact, where it is not. */
export function Inexact({ reason }: { readonly reason: string | null | undefined }): VNode | null {
  return reason == null ? null : html`<p class="inexact">Not exact: ${reason}</p>`
}

/** A relative change, told by sign and arrow, not by colour alone. */
export function Change({
  value,
  against
}: {
  readonly value: number | null
  readonly against: string
}): VNode {
  const kind = value === null || value === 0 ? 'same' : value > 0 ? 'up' : 'down'
  const arrow = { up: '▲', down: '▼', same: '' }[kind]
  return html`<span class=${`change ${kind}`}>
    <span aria-hidden="true">${arrow} </span>${change(value)}<span class="hidden"> against ${against}</span>
  </span>`
}

/** The page of an item, in the part of the address behind `#`. */
function itemHref(itemId: string): string {
  return `#item=${encodeURIComponent(itemId)}`
}

export function ItemLink({ itemId }: { readonly itemId: string }): VNode {
  return html`<a class="item" href=${itemHref(itemId)}>${itemId}</a>`
}

export interface Row {
  readonly rank: number
  readonly item_id: string
  readonly value: Amount
}

/** A ranking; bars show each value as a share of the first. `lead` is the first one, shown large. */
export function Ranking({
  rows,
  unit,
  caption,
  lead
}: {
  readonly rows: readonly Row[]
  readonly unit: Unit
  readonly caption: string
  readonly lead?: boolean
}): VNode {
  const most = Number(rows[0]?.value ?? 0)
  const [first] = rows
  return html`
    ${
      lead === true && first !== undefined
        ? html`<p class="lead">
            <${ItemLink} itemId=${first.item_id} /><strong>${amount(first.value, unit)}</strong>
          </p>`
        : ''
    }
    <table class="ranking">
      <caption class="hidden">
        ${caption}
      </caption>
      <thead class="hidden">
        <tr>
          <th scope="col">Rank</th>
          <th scope="col">Item</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ rank, item_id: itemId, value }) =>
            html`<tr key=${itemId}>
              <td class="rank">${rank}</td>
              <th scope="row">
                <${ItemLink} itemId=${itemId} />
                <meter aria-hidden="true" min="0" max=${most} value=${Number(value)}></meter>
              </th>
              <td class="number">${amount(value, unit)}</td>
            </tr>`
        )}
      </tbody>
    </table>
  `
}

/** Buttons of which one is chosen. */
export function Choice<T extends string>({
  label,
  options,
  chosen,
  choose
}: {
  readonly label: string
  readonly options: readonly (readonly [T, string])[]
  readonly chosen: T
  readonly choose: (option: T) => void
}): VNode {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${options.map(
      ([option, text]) =>
        html`<button
          key=${option}
          type="button"
          aria-pressed=${option === chosen ? 'true' : 'false'}
          onClick=${() => {
            choose(option)
          }}
        >
          ${text}
        </button>`
    )}
  </div>`
}
