import { START_MS } from '../inputs/shop-file.js'

/** What a gateway does not have at hand: it asks ClickHouse for it. */
export function questionsOf({ items }: { readonly items: number }): readonly string[] {
  const day = new Date(START_MS).toISOString().slice(0, 10)
  return [
    '/v1/items/most-viewed?window=6h',
    '/v1/top-items?metric=views&window=24h',
    '/v1/top-items?metric=revenue&window=12h&compare=previous_period',
    '/v1/trends?metric=views&window=1h',
    '/v1/items/sku_0',
    `/v1/items/sku_${items - 1}`,
    '/v1/summary',
    '/v1/timeseries?metric=views&granularity=minute',
    '/v1/timeseries?metric=views&granularity=hour&item_id=sku_0',
    '/v1/history?metric=views&granularity=day',
    `/v1/history/items?metric=views&bucket=${day}`
  ]
}
