import type { PresetName } from '../../src/event/presets.js'
import { Random } from './random.js'

const START_MS = Date.UTC(2026, 0, 5, 9)
const STEP_MS = 40

/** Lines as the writers of a preset's format make them, line feeds included; as many as are taken. */
export function* presetLines(preset: PresetName, random: Random): Generator<string, never, undefined> {
  for (let number = 0; ; number++) {
    const shop: Shop = {
      random,
      ms: START_MS + number * STEP_MS + random.int(STEP_MS),
      kind: random.pick(KINDS),
      customer: random.int(5000),
      item: () => Math.floor(20_000 * (random.int(1000) / 1000) ** 3)
    }
    yield `${JSON.stringify(MAKERS[preset](shop))}\n`
  }
}

type Kind = 'view' | 'cart' | 'purchase'

interface Shop {
  readonly random: Random
  readonly ms: number
  readonly kind: Kind
  readonly customer: number
  readonly item: () => number
}

const KINDS: readonly Kind[] = ['view', 'view', 'view', 'view', 'view', 'view', 'cart', 'cart', 'purchase']

const MAKERS: Readonly<Record<PresetName, (shop: Shop) => object>> = {
  footfall: ({ random, ms, kind, customer, item }) => ({
    event_type: { view: 'page_visit', cart: 'add_to_cart', purchase: 'purchase' }[kind],
    timestamp: new Date(ms).toISOString(),
    customer_id: `c_${customer}`,
    item_id: `sku_${item()}`,
    ...(kind === 'purchase' ? { price: cents(random), quantity: 1 + random.int(3) } : {}),
    session_id: hex(random)
  }),
  ga4: ga4Row,
  segment: segmentCall,
  retailrocket: ({ random, ms, kind, customer, item }) => ({
    timestamp: ms,
    visitorid: customer,
    event: { view: 'view', cart: 'addtocart', purchase: 'transaction' }[kind],
    itemid: item(),
    ...(kind === 'purchase' ? { transactionid: random.int(20_000) } : {})
  }),
  rees46: ({ random, ms, kind, customer, item }) => ({
    event_time: `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    event_type: kind,
    product_id: 1_000_000 + item(),
    category_id: '2053013555631882655',
    category_code: 'electronics.smartphone',
    brand: 'apple',
    price: cents(random),
    user_id: 500_000_000 + customer,
    user_session: `${hex(random)}-5c41-47bb-a8d2-${hex(random)}`
  }),
  aliases: ({ random, ms, kind, customer, item }) => ({
    eventType: { view: 'product_viewed', cart: 'addToCart', purchase: 'checkout' }[kind],
    ts: ms,
    userId: random.oneIn(3) ? null : `u${customer}`,
    session_id: hex(random),
    productId: `p-${item()}`,
    ...(kind === 'view' ? {} : { qty: 1 + random.int(3) }),
    ...(kind === 'purchase' ? { unitPrice: cents(random) } : {})
  })
}

/** A row of `events_*`, as BigQuery writes it to JSON: integers as strings, most columns of the schema. */
function ga4Row({ random, ms, kind, customer, item }: Shop): object {
  const isPage = kind === 'view' && random.oneIn(3)
  return {
    event_date: new Date(ms).toISOString().slice(0, 10).replaceAll('-', ''),
    event_timestamp: `${ms}${String(random.int(1000)).padStart(3, '0')}`,
    event_name: isPage ? 'page_view' : { view: 'view_item', cart: 'add_to_cart', purchase: 'purchase' }[kind],
    event_params: [
      { key: 'ga_session_id', value: { int_value: `${1_600_000_000 + customer}` } },
      { key: 'page_title', value: { string_value: 'Apparel | Google Merchandise Store' } },
      { key: 'page_location', value: { string_value: 'https://shop.example.com/apparel?a=1&b=2' } },
      { key: 'engaged_session_event', value: { int_value: '1' } }
    ],
    event_bundle_sequence_id: `${random.int(1e9)}`,
    ...(random.oneIn(3) ? { user_id: `u${customer}` } : {}),
    user_pseudo_id: `${1_000_000 + customer}.${hex(random)}`,
    privacy_info: { analytics_storage: 'Yes', ads_storage: 'Yes', uses_transient_token: 'No' },
    user_properties: [],
    user_first_touch_timestamp: `${ms - 864e5}000`,
    device: {
      category: 'desktop',
      operating_system: 'Macintosh',
      language: 'en-us',
      is_limited_ad_tracking: 'No',
      web_info: { browser: 'Chrome', browser_version: '120.0' }
    },
    geo: { city: 'San José', country: 'Costa Rica', continent: 'Americas', region: '', metro: '(not set)' },
    traffic_source: { name: '(direct)', medium: '(none)', source: '(direct)' },
    stream_id: '2100450278',
    platform: 'WEB',
    ...(kind === 'purchase' ? { ecommerce: { total_item_quantity: '2', transaction_id: hex(random) } } : {}),
    items: isPage
      ? []
      : Array.from({ length: countOf(shopItems(kind), random) }, () => ga4Item(random, kind, item()))
  }
}

function ga4Item(random: Random, kind: Kind, item: number): object {
  return {
    item_id: `GGOE${item}`,
    item_name: 'Google Cloud Tri-blend Crew Tee',
    item_brand: '(not set)',
    item_category: 'Apparel',
    price: cents(random),
    ...(kind === 'view' ? {} : { quantity: `${1 + random.int(3)}` })
  }
}

/** A track call by the V2 ecommerce spec, as it is delivered. */
function segmentCall({ random, ms, kind, customer, item }: Shop): object {
  const product = () => ({
    product_id: `${507_000_000 + item()}`,
    sku: 'G-32',
    name: 'Monopoly: 3rd Edition',
    price: cents(random),
    quantity: 1 + random.int(3),
    category: 'Games'
  })
  const time = new Date(ms).toISOString()
  return {
    anonymousId: `${hex(random)}-e89b-12d3-a456-426614174000`,
    context: {
      ip: '8.8.8.8',
      library: { name: 'analytics.js', version: '2.11.1' },
      page: { path: '/academy/', referrer: '', title: 'Analytics Academy', url: 'https://shop.example.com/' },
      userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_5) AppleWebKit/537.36 (KHTML, like Gecko)'
    },
    event: { view: 'Product Viewed', cart: 'Product Added', purchase: 'Order Completed' }[kind],
    integrations: {},
    messageId: `ajs-${hex(random)}`,
    originalTimestamp: time,
    properties:
      kind === 'purchase'
        ? {
            order_id: hex(random),
            total: 27.5,
            products: Array.from({ length: countOf(4, random) }, product)
          }
        : product(),
    receivedAt: time,
    sentAt: time,
    timestamp: time,
    type: 'track',
    userId: random.oneIn(2) ? `u${customer}` : null
  }
}

function shopItems(kind: Kind): number {
  return kind === 'purchase' ? 4 : 1
}

function countOf(most: number, random: Random): number {
  return 1 + random.int(most)
}

function cents(random: Random): number {
  return (100 + random.int(20_000)) / 100
}

function hex(random: Random): string {
  return random
    .int(2 ** 32)
    .toString(16)
    .padStart(8, '0')
}
