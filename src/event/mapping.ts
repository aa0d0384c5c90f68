import { EVENT_TYPES, type EventType } from './event.js'

/** The six fields that are read from a line, in the order in which they are checked. */
export const FIELDS = ['event_type', 'timestamp', 'item_id', 'customer_id', 'price', 'quantity'] as const

export type Field = (typeof FIELDS)[number]

/** How a shop's own lines name what footfall reads. */
export interface FieldMapping {
  /** The key of the line that carries each field; no two are equal. */
  readonly keys: Readonly<Record<Field, string>>
  /** The value of `event_type` that means each event type; no two are equal. */
  readonly types: Readonly<Record<EventType, string>>
}

/** Lines as CONTRACT names them. */
export const IDENTITY_MAPPING: FieldMapping = {
  keys: {
    event_type: 'event_type',
    timestamp: 'timestamp',
    item_id: 'item_id',
    customer_id: 'customer_id',
    price: 'price',
    quantity: 'quantity'
  },
  types: { page_visit: 'page_visit', add_to_cart: 'add_to_cart', purchase: 'purchase' }
}

/** A mapping that cannot be; its message names the pair. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
}

/**
 * Reads the pairs of repeated `--map` options: `price=amount` (the field is
 * under that key), `purchase=order` (the event type is written so). A name is
 * taken from the first `=` to the end, as it is. What no pair names stays as
 * in `base`, the mapping of a preset for example.
 *
 * @throws MappingError that names the pair: without `=` or a name,
 *   with an unknown left side, a left side given twice, or two left sides that
 *   end up with one name
 */
export function parseMapping(pairs: readonly string[], base: FieldMapping = IDENTITY_MAPPING): FieldMapping {
  const keys: Record<Field, string> = { ...base.keys }
  const types: Record<EventType, string> = { ...base.types }
  const given = new Map<string, string>()
  for (const pair of pairs) {
    const { left, name } = splitPair(pair)
    const earlier = given.get(left)
    if (earlier !== undefined) refuse(pair, `${left} is mapped already, by "${earlier}"`)
    given.set(left, pair)
    if (isField(left)) keys[left] = name
    else types[left] = name
  }
  refuseSharedNames(keys, given)
  refuseSharedNames(types, given)
  return { keys, types }
}

function splitPair(pair: string): { left: Field | EventType; name: string } {
  const at = pair.indexOf('=')
  if (at === -1) refuse(pair, 'it must have the form field=name')
  const left = pair.slice(0, at)
  const name = pair.slice(at + 1)
  if (!isField(left) && !isEventType(left)) {
    const known = [...FIELDS, ...EVENT_TYPES].join(', ')
    refuse(pair, `"${left}" is none of ${known}`)
  }
  if (name === '') refuse(pair, 'the name after = is empty')
  return { left, name }
}

function refuseSharedNames(
  names: Readonly<Record<string, string>>,
  given: ReadonlyMap<string, string>
): void {
  const owners = new Map<string, string>()
  for (const [left, name] of Object.entries(names)) {
    const owner = owners.get(name)
    if (owner === undefined) {
      owners.set(name, left)
      continue
    }
    const pair = given.get(left) ?? given.get(owner) ?? `${left}=${name}`
    refuse(pair, `${owner} and ${left} would both be "${name}"`)
  }
}

function isField(text: string): text is Field {
  return (FIELDS as readonly string[]).includes(text)
}

function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text)
}

function refuse(pair: string, why: string): never {
  throw new MappingError(`bad mapping "${pair}": ${why}`)
}
