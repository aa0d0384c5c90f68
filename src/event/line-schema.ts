import Type, { type Static } from 'typebox'
import { EVENT_TYPES } from './event.js'

const Id = (description: string) =>
  Type.Union([Type.String({ minLength: 1 }), Type.Integer()], { description })

const Decimal = (description: string) => Type.Union([Type.Number(), Type.String()], { description })

/**
 * A line of the input as JSON Schema, for documentation and for writing lines.
 * The rules that a schema cannot say (bytes of UTF-8, decimal text, the order
 * of reasons) are `parseLine`'s.
 */
export const LineSchema = Type.Object(
  {
    event_type: Type.Union(
      EVENT_TYPES.map((name) => Type.Literal(name)),
      { description: 'what happened' }
    ),
    timestamp: Type.Union([Type.String(), Type.Integer({ minimum: 0 })], {
      description: 'RFC 3339 with offset, or epoch seconds (below 10^11) or milliseconds'
    }),
    customer_id: Type.Optional(Id('who; without one the event is anonymous')),
    item_id: Type.Optional(Id('which item; required for add_to_cart and purchase')),
    price: Type.Optional(Decimal('unit price of a purchase in major units, 0 to 10,000,000')),
    quantity: Type.Optional(Decimal('units of a purchase or cart add, 1 to 100,000; default 1'))
  },
  { $id: 'EventLine', additionalProperties: true }
)

export type Line = Static<typeof LineSchema>
