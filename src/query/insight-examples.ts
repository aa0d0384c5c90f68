/** Examples of answers, as the OpenAPI document shows them. */

const INSTANT = { now: '2026-11-20T10:00:00.123Z', clock: 'event', offset: 885303964 } as const
const EXACT = { exact: true, inexact: null } as const
const HOUR = { start: '2026-11-20T09:01:00.000Z', end: '2026-11-20T10:01:00.000Z' }
const DAY = { start: '2026-11-19T10:01:00.000Z', end: '2026-11-20T10:01:00.000Z' }

export const TRENDS_EXAMPLE = {
  data: {
    rising: [
      { rank: 1, item_id: 'sku_7', value: 90, formatted: '90', previous: 60, difference: 30, change: 0.5 }
    ],
    falling: [
      { rank: 1, item_id: 'sku_0', value: 30, formatted: '30', previous: 40, difference: -10, change: -0.25 }
    ]
  },
  meta: {
    metric: 'views',
    unit: 'views',
    minor_units: 0,
    window: '1h',
    interval: HOUR,
    previous_interval: { start: '2026-11-20T08:01:00.000Z', end: HOUR.start },
    floor: 10,
    considered: 312,
    ...INSTANT,
    ...EXACT
  }
}

const ITEM_HOUR = {
  interval: HOUR,
  views: 30,
  cart_adds: 6,
  purchases: 3,
  units: 4,
  revenue: 9900,
  revenue_formatted: '99.00',
  view_to_cart: 0.2,
  cart_to_purchase: 0.5,
  view_to_purchase: 0.1
}

export const ITEM_EXAMPLE = {
  data: {
    item_id: 'sku_0',
    windows: {
      '1h': ITEM_HOUR,
      '24h': {
        ...ITEM_HOUR,
        interval: DAY,
        views: 600,
        cart_adds: 120,
        purchases: 60,
        units: 80,
        revenue: 152050,
        revenue_formatted: '1520.50'
      }
    },
    ranks: [
      { metric: 'views', window: '1h', rank: 4 },
      { metric: 'cart_adds', window: '24h', rank: 2 },
      { metric: 'revenue', window: '24h', rank: 1 }
    ],
    sparkline: {
      interval: HOUR,
      views: [1, 0, 2],
      cart_adds: [0, 0, 1],
      purchases: [0, 0, 1],
      units: [0, 0, 2],
      revenue: [0, 0, 4950]
    }
  },
  meta: { currency: 'USD', minor_units: 2, ...INSTANT, ...EXACT }
}

const FIGURE = { value: 120, previous: 96, change: 0.25 }
const RATE = { value: 0.2, previous: 0.25 }

export const SUMMARY_EXAMPLE = {
  data: {
    visits: { value: 600, previous: 480, change: 0.25 },
    cart_adds: FIGURE,
    purchases: { value: 60, previous: 0, change: null },
    units: { value: 80, previous: 0, change: null },
    revenue: { value: 152050, previous: 0, change: null, formatted: '1520.50' },
    average_order_value: { value: 2534, formatted: '25.34', previous: null },
    conversion: {
      view_to_cart: RATE,
      cart_to_purchase: { value: 0.5, previous: 0 },
      view_to_purchase: { value: 0.1, previous: 0 }
    },
    active_customers: { '5m': { value: 12, previous: 12, change: 0 }, '1h': FIGURE, '24h': FIGURE }
  },
  meta: {
    currency: 'USD',
    minor_units: 2,
    window: '24h',
    interval: DAY,
    previous_interval: { start: '2026-11-18T10:01:00.000Z', end: DAY.start },
    ...INSTANT,
    ...EXACT
  }
}

export const TIMESERIES_EXAMPLE = {
  data: [
    { start: '2026-11-20T08:00:00.000Z', end: '2026-11-20T09:00:00.000Z', value: 40, status: 'open' },
    { start: '2026-11-20T09:00:00.000Z', end: '2026-11-20T10:00:00.000Z', value: 0, status: 'open' }
  ],
  meta: {
    metric: 'views',
    unit: 'views',
    minor_units: 0,
    granularity: 'hour',
    time_zone: 'UTC',
    item_id: null,
    from: '2026-11-20T08:00:00.000Z',
    to: '2026-11-20T10:00:00.000Z',
    offset: 885303964,
    ...EXACT
  }
}
