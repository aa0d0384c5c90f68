import { IDENTITY_MAPPING, type FieldMapping, type Place } from './mapping.js'

/** Keys of the line itself. */
const keys = (...names: readonly string[]): Place[] => names.map((name) => [name])

/**
 * Formats that people have, by name: how their lines name what footfall reads.
 * Each is JSON Lines; of data sets that come as CSV, an object a row.
 */
export const PRESETS = {
  /** footfall's own, CONTRACT's. */
  footfall: IDENTITY_MAPPING,

  /**
   * Google Analytics 4 as exported to BigQuery, a row of `events_*` an object. An
   * item is counted by its name where it has no id, as GA4 demands one of the two.
   */
  ga4: {
    places: {
      event_type: keys('event_name'),
      timestamp: keys('event_timestamp'),
      item_id: [],
      customer_id: keys('user_id', 'user_pseudo_id'),
      price: [],
      quantity: []
    },
    types: {
      page_visit: ['view_item', 'page_view'],
      add_to_cart: ['add_to_cart'],
      purchase: ['purchase']
    },
    items: {
      place: ['items'],
      places: { item_id: keys('item_id', 'item_name'), price: keys('price'), quantity: keys('quantity') }
    },
    times: 'microseconds'
  },

  /** Track calls of Segment by its V2 ecommerce spec; a product is counted by its SKU where it has no id. */
  segment: {
    places: {
      event_type: keys('event'),
      timestamp: keys('timestamp'),
      item_id: [
        ['properties', 'product_id'],
        ['properties', 'sku']
      ],
      customer_id: keys('userId', 'anonymousId'),
      price: [['properties', 'price']],
      quantity: [['properties', 'quantity']]
    },
    types: {
      page_visit: ['Product Viewed'],
      add_to_cart: ['Product Added'],
      purchase: ['Order Completed']
    },
    items: {
      place: ['properties', 'products'],
      places: { item_id: keys('product_id', 'sku'), price: keys('price'), quantity: keys('quantity') }
    },
    times: 'standard'
  },

  /** The Retailrocket data set's events: timestamps in epoch ms, no prices. */
  retailrocket: {
    ...IDENTITY_MAPPING,
    places: {
      ...IDENTITY_MAPPING.places,
      event_type: keys('event'),
      item_id: keys('itemid'),
      customer_id: keys('visitorid')
    },
    types: { page_visit: ['view'], add_to_cart: ['addtocart'], purchase: ['transaction'] }
  },

  /** The REES46 data sets' events: times as `2019-10-01 00:00:00 UTC`. */
  rees46: {
    ...IDENTITY_MAPPING,
    places: {
      ...IDENTITY_MAPPING.places,
      timestamp: keys('event_time'),
      item_id: keys('product_id'),
      customer_id: keys('user_id')
    },
    types: { page_visit: ['view'], add_to_cart: ['cart'], purchase: ['purchase'] },
    times: 'utc'
  },

  /** Names that are common: the first of a field's that a line has a value under counts. */
  aliases: {
    places: {
      event_type: keys(
        ...['event_type', 'eventType', 'event_name', 'eventName', 'event', 'type', 'action', 'activity']
      ),
      timestamp: keys(
        ...[
          'timestamp',
          'event_time',
          'eventTime',
          'event_timestamp',
          'occurred_at',
          'occurredAt',
          'created_at'
        ],
        ...['createdAt', 'datetime', 'time', 'ts', '@timestamp']
      ),
      item_id: keys(
        ...[
          'item_id',
          'itemId',
          'itemid',
          'product_id',
          'productId',
          'productid',
          'sku',
          'article_id',
          'articleId'
        ],
        ...['variant_id', 'variantId', 'item', 'product']
      ),
      customer_id: keys(
        ...[
          'customer_id',
          'customerId',
          'customerid',
          'user_id',
          'userId',
          'userid',
          'visitor_id',
          'visitorId'
        ],
        ...[
          'visitorid',
          'client_id',
          'clientId',
          'anonymous_id',
          'anonymousId',
          'session_id',
          'sessionId',
          'session'
        ],
        ...['user', 'customer', 'visitor']
      ),
      price: keys('price', 'unit_price', 'unitPrice', 'item_price', 'itemPrice'),
      quantity: keys('quantity', 'qty', 'units')
    },
    types: {
      page_visit: [
        ...[
          'page_visit',
          'pageVisit',
          'page_view',
          'pageView',
          'pageview',
          'view',
          'view_item',
          'visit',
          'product_view'
        ],
        ...['product_viewed', 'productView', 'detail', 'Product Viewed']
      ],
      add_to_cart: [
        ...[
          'add_to_cart',
          'addToCart',
          'addtocart',
          'cart',
          'cart_add',
          'cartAdd',
          'basket',
          'add',
          'product_added'
        ],
        ...['Product Added']
      ],
      purchase: [
        ...['purchase', 'purchased', 'order', 'checkout', 'buy', 'sale', 'transaction', 'order_completed'],
        ...['Order Completed']
      ]
    },
    items: null,
    times: 'standard'
  }
} as const satisfies Readonly<Record<string, FieldMapping>>

export type PresetName = keyof typeof PRESETS
