import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { bucketName, parseDay, type Granularity } from '../base/civil-date.js'
import type { HistoryItems, HistorySeries } from '../query/history-shapes.js'
import { Chart } from './chart.js'
import { amount, type Unit } from './format.js'
import { useAnswer } from './live.js'
import { Choice, Gap, Inexact, Panel, Ranking } from './parts.js'

const METRICS = [
  ['views', 'Views'],
  ['cart_adds', 'Carts'],
  ['purchases', 'Purchases'],
  ['revenue', 'Revenue'],
  ['customers', 'Customers']
] as const

const GRANULARITIES = [
  ['day', 'Days'],
  ['week', 'Weeks'],
  ['month', 'Months']
] as const

type Metric = (typeof METRICS)[number][0]

/** Days are a minute old at the most when they are asked for again. */
const REFRESH_MS = 60_000
const MOST_BARS = 90

/** Days, weeks and months, and the top items of one of them; of one item where it is given. */
export function HistoryPanel({ itemId }: { readonly itemId?: string }): VNode {
  const [metric, setMetric] = useState<Metric>('revenue')
  const [granularity, setGranularity] = useState<Granularity>('day')
  const [chosen, setChosen] = useState<string | null>(null)
  const query = new URLSearchParams({
    metric,
    granularity,
    ...(itemId === undefined ? {} : { item_id: itemId })
  })
  const metrics = itemId === undefined ? METRICS : METRICS.filter(([name]) => name !== 'customers')
  const { value, error } = useAnswer<HistorySeries>(`/v1/history?${query.toString()}`, REFRESH_MS)
  const buckets = (value?.data ?? []).slice(-MOST_BARS)
  const last = buckets.at(-1)
  const start = buckets.some((bucket) => bucket.start === chosen) ? chosen : (last?.start ?? null)
  const choose = (name: Granularity) => {
    setGranularity(name)
    setChosen(null)
  }
  return html`<${Panel}
    title=${itemId === undefined ? 'History' : 'History of this item'}
    note=${value?.meta.time_zone}
    wide
  >
    <${Choice} label="Metric" options=${metrics} chosen=${metric} choose=${setMetric} />
    <${Choice}
      label="Length of the buckets"
      options=${GRANULARITIES}
      chosen=${granularity}
      choose=${choose}
    />
    ${
      value === null
        ? html`<${Gap} text=${error ?? 'Loading…'} />`
        : buckets.length === 0
          ? html`<${Gap} text="Nothing has been committed yet." />`
          : html`<${Chart}
                label=${metrics.find(([name]) => name === metric)?.[1] ?? ''}
                unit=${unitOf(value)}
                times=${buckets.map((bucket) => Date.parse(bucket.start) / 1000)}
                until=${Date.parse(last?.end ?? '') / 1000}
                values=${buckets.map((bucket) => (bucket.value === null ? null : Number(bucket.value)))}
                nameOf=${(seconds: number) => nameOf(new Date(seconds * 1000).toISOString().slice(0, 10), granularity)}
                height=${180}
              />
              <${Inexact} reason=${value.meta.inexact} />`
    }
    ${
      itemId === undefined && metric !== 'customers' && start !== null
        ? html`<${BucketItems}
            metric=${metric}
            granularity=${granularity}
            starts=${buckets.map((bucket) => bucket.start).reverse()}
            start=${start}
            choose=${setChosen}
          />`
        : ''
    }
  <//>`
}

function BucketItems({
  metric,
  granularity,
  starts,
  start,
  choose
}: {
  readonly metric: Metric
  readonly granularity: Granularity
  readonly starts: readonly string[]
  readonly start: string
  readonly choose: (start: string) => void
}): VNode {
  const bucket = nameOf(start, granularity)
  const query = new URLSearchParams({ metric, bucket, limit: '10' })
  const { value, error } = useAnswer<HistoryItems>(`/v1/history/items?${query.toString()}`, REFRESH_MS)
  return html`<div class="bucket">
    <label>
      Top items of
      <select
        value=${start}
        onChange=${(event: Event) => {
          choose((event.currentTarget as HTMLSelectElement).value)
        }}
      >
        ${starts.map((each) => html`<option key=${each} value=${each}>${nameOf(each, granularity)}</option>`)}
      </select>
    </label>
    ${
      value === null
        ? html`<${Gap} text=${error ?? 'Loading…'} />`
        : html`<p class="muted">${amount(value.meta.sum ?? 0, unitOf(value))} in all</p>
            <${Ranking} rows=${value.data} unit=${unitOf(value)} caption=${`Top items of ${bucket}`} />
            <${Inexact} reason=${value.meta.inexact} />`
    }
  </div>`
}

function unitOf({ meta }: HistorySeries | HistoryItems): Unit {
  return { currency: meta.metric === 'revenue' ? meta.unit : null, minorUnits: meta.minor_units }
}

function nameOf(start: string, granularity: Granularity): string {
  const day = parseDay(start)
  return day === null ? start : bucketName(granularity, day)
}
