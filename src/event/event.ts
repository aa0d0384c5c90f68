/** The kinds of event, in the order of their numbers in a record. */
export const EVENT_TYPES = ['page_visit', 'add_to_cart', 'purchase'] as const

export type EventType = (typeof EVENT_TYPES)[number]

/**
 * Why a line is rejected, in the order in which reasons are looked for: a line
 * has the first that applies. The position is the reason's number in the
 * accounting. `quarantined` is no rule of a line: such a one is not looked at,
 * for it made the threads fail that did.
 */
export const REJECTION_REASONS = [
  'oversized_line',
  'invalid_utf8',
  'invalid_json',
  'not_an_object',
  'missing_field',
  'invalid_event_type',
  'invalid_timestamp',
  'invalid_item_id',
  'invalid_customer_id',
  'invalid_price',
  'invalid_quantity',
  'future_timestamp',
  'quarantined'
] as const

export type RejectionReason = (typeof REJECTION_REASONS)[number]

/** What an accepted line says, in the units that the store counts in. */
export interface ShopEvent {
  readonly type: EventType
  /** Epoch milliseconds, 0 to 9999-12-31T23:59:59.999Z. */
  readonly timestampMs: number
  /** Decoded id, 1 to 256 bytes of UTF-8; null for a visit of no item. */
  readonly itemId: string | null
  /** Decoded id, 1 to 256 bytes of UTF-8; null for an anonymous event. */
  readonly customerId: string | null
  /** Unit price in minor units; null for an event without one, and for everything but a purchase. */
  readonly priceMinor: number | null
  /** 1 to 100,000; 1 for a page visit. */
  readonly quantity: number
}

/** What becomes of one line. */
export type Verdict =
  | { readonly outcome: 'blank' }
  | {
      readonly outcome: 'accepted'
      readonly event: ShopEvent
      /** The events of a line's second item and the ones behind it; absent where it has one or none. */
      readonly others?: readonly ShopEvent[]
    }
  | { readonly outcome: 'rejected'; readonly reason: RejectionReason; readonly detail: string }

/** What an accepted line counts as, an event an item; none of any other line. */
export function eventsOf(verdict: Verdict): readonly ShopEvent[] {
  return verdict.outcome === 'accepted' ? [verdict.event, ...(verdict.others ?? [])] : []
}
