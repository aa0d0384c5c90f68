import fastJson from 'fast-json-stringify'
import Type, { type Static, type TSchema } from 'typebox'
import type { EventType } from '../event/event.js'
import type { Line } from '../event/line-schema.js'
import { ANONYMOUS, NO_ITEM, type Session, type Shop, type Step } from './session.js'

/** Text that needs no escapes, as all of this shop's does: the serialiser copies it. */
const Plain = Type.String({ format: 'unsafe' })

/** A field that a line may be without. It is there as `undefined`, so that all lines have one shape. */
const May = <T extends TSchema>(schema: T) => Type.Optional(Type.Unsafe<Static<T> | undefined>(schema))

/**
 * The fields of `LineSchema` as this shop writes them, one type each instead of
 * several, which is what makes the compiled serialiser fast. `session_id` is
 * what else a shop would log; footfall ignores it.
 */
const ShopLineSchema = Type.Object({
  event_type: Type.Unsafe<EventType>(Plain),
  timestamp: Plain,
  customer_id: May(Plain),
  item_id: May(Plain),
  price: May(Type.Number()),
  quantity: May(Type.Integer()),
  session_id: May(Plain)
} satisfies Record<keyof Line | 'session_id', TSchema>)

/** A line that the generator writes. Its JSON satisfies `LineSchema`. */
export type ShopLine = Static<typeof ShopLineSchema>

const stringify = fastJson(ShopLineSchema)

/** The line's JSON, without a line feed; 100 to 190 bytes. */
export function lineText(line: ShopLine): string {
  return stringify(line)
}

/** Makes the writer of a shop's lines. Cart adds and purchases have a quantity, purchases a price. */
export function createLineWriter(
  shop: Shop
): (session: Session, step: Step, timestampMs: number) => ShopLine {
  const timestampText = createTimestampWriter()
  return (session, step, timestampMs) => {
    const isPurchase = step.type === 'purchase'
    return {
      event_type: step.type,
      timestamp: timestampText(timestampMs),
      customer_id: session.customer === ANONYMOUS ? undefined : `c_${session.customer}`,
      item_id: step.item === NO_ITEM ? undefined : `sku_${step.item}`,
      price: isPurchase ? (shop.prices[step.item] ?? 0) / 100 : undefined,
      quantity: step.type === 'page_visit' ? undefined : step.quantity,
      session_id: session.id
    }
  }
}

/** RFC 3339 in UTC with milliseconds; what stands before them is made once a second. */
function createTimestampWriter(): (timestampMs: number) => string {
  let current = -1
  let prefix = ''
  return (timestampMs) => {
    const second = Math.floor(timestampMs / 1000)
    if (second !== current) {
      current = second
      prefix = new Date(second * 1000).toISOString().slice(0, -'000Z'.length)
    }
    return `${prefix}${String(timestampMs - second * 1000).padStart(3, '0')}Z`
  }
}
