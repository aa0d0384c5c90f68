import { IDENTITY_MAPPING, type FieldMapping } from './mapping.js'

/**
 * Formats that people have, by name: how their lines name what footfall reads.
 * Only formats whose lines differ in names alone; nested ones need more.
 */
export const PRESETS = {
  /** The Retailrocket data set's events, an object a line: timestamps in epoch ms, no prices. */
  retailrocket: {
    keys: { ...IDENTITY_MAPPING.keys, event_type: 'event', item_id: 'itemid', customer_id: 'visitorid' },
    types: { page_visit: 'view', add_to_cart: 'addtocart', purchase: 'transaction' }
  }
} as const satisfies Readonly<Record<string, FieldMapping>>

export type PresetName = keyof typeof PRESETS
