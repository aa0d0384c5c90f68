import { EVENT_TYPES, type EventType } from './event.js'

/** The six fields that are read from a line, in the order in which they are checked. */
export const FIELDS = ['event_type', 'timestamp', 'item_id', 'customer_id', 'price', 'quantity'] as const

export type Field = (typeof FIELDS)[number]

/** The fields that each of a line's items has of its own. */
export const ITEM_FIELDS = ['item_id', 'price', 'quantity'] as const

export type ItemField = (typeof ITEM_FIELDS)[number]

/** Keys from an object inwards: `['properties', 'price']` is the member `price` of the member `properties`. */
export type Place = readonly string[]

/**
 * Which timestamps there are besides those of CONTRACT:
 *
 * - `standard`: none.
 * - `utc`: a time that ends in ` UTC` instead of an offset.
 * - `microseconds`: no others but epoch microseconds, as an integer or a string of its digits.
 */
export type TimeForm = 'standard' | 'utc' | 'microseconds'

/**
 * How a shop's own lines name what footfall reads. No place has two fields, and
 * none lies within another.
 */
export interface FieldMapping {
  /** Where the line carries each field, the preferred place first. */
  readonly places: Readonly<Record<Field, readonly Place[]>>
  /** The values of `event_type` that mean each event type; no two are equal. */
  readonly types: Readonly<Record<EventType, readonly string[]>>
  /** The array of a line's items, and where each of them carries its fields; null: a line has no items. */
  readonly items: ItemMapping | null
  readonly times: TimeForm
}

export interface ItemMapping {
  /** Where the line carries the array. */
  readonly place: Place
  /** Places within an item, the preferred one first; there is one of `item_id`. */
  readonly places: Readonly<Record<ItemField, readonly Place[]>>
}

/** Lines as CONTRACT names them. */
export const IDENTITY_MAPPING: FieldMapping = {
  places: {
    event_type: [['event_type']],
    timestamp: [['timestamp']],
    item_id: [['item_id']],
    customer_id: [['customer_id']],
    price: [['price']],
    quantity: [['quantity']]
  },
  types: { page_visit: ['page_visit'], add_to_cart: ['add_to_cart'], purchase: ['purchase'] },
  items: null,
  times: 'standard'
}

/** A mapping that cannot be; its message names the pair. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
}

/** Bounds of a mapping: the scanner numbers places and objects in a byte and in the bits of a word. */
const MAX_PLACES = 200
const MAX_OBJECTS = 32

/**
 * Reads the pairs of repeated `--map` options: `price=amount` (the field is
 * under that key), `purchase=order` (the event type is written so). A left side
 * that is given more than once has several names: of a field's, the first that a
 * line has a value under counts. What no pair names stays as in `base`, the
 * mapping of a preset for example.
 *
 * The name of a field is taken from the first `=` to the end:
 *
 * - `amount` is a key of the line;
 * - `order.amount` is that key of the line, or else the key `amount` of the object under `order`;
 * - `order\.amount` is that key of the line alone, written with its dot;
 * - `lines[].amount` is the key `amount` of each object in the array under `lines`;
 * - `lines\[\]` is that key, written with its brackets.
 *
 * @throws MappingError that names the pair: without `=` or a name, with an
 *   unknown left side, given twice, or in conflict with another
 */
export function parseMapping(pairs: readonly string[], base: FieldMapping = IDENTITY_MAPPING): FieldMapping {
  const given = pairs.map(splitPair)
  const owners = new Map<string, string>()
  for (const { pair } of given) {
    if (owners.has(pair)) refuse(pair, 'it is given twice')
    owners.set(pair, pair)
  }
  const types = { ...base.types }
  const places = { ...base.places }
  const itemPlaces: Record<ItemField, readonly Place[]> = base.items?.places ?? {
    item_id: [],
    price: [],
    quantity: []
  }
  const ofItems = { ...itemPlaces }
  let array: Place | null = null
  for (const left of new Set(given.map(({ left: one }) => one))) {
    const named = given.filter((one) => one.left === left)
    if (!isField(left)) {
      types[left] = named.map(({ name }) => name)
      continue
    }
    const read = named.map(({ pair, name }) => ({ pair, ...readName(name, pair) }))
    places[left] = read.flatMap(({ line }) => line)
    for (const { pair, item } of read) {
      if (item !== null) array = sameArray(array, item.array, left, pair)
    }
    if (isItemField(left)) ofItems[left] = read.flatMap(({ item }) => (item === null ? [] : [item.place]))
  }
  const place = array ?? base.items?.place ?? null
  const items =
    place === null || ITEM_FIELDS.every((field) => ofItems[field].length === 0)
      ? null
      : { place, places: ofItems }
  const mapping = { places, types, items, times: base.times }
  check(mapping, (left) => given.findLast((one) => one.left === left)?.pair)
  return mapping
}

interface Pair {
  readonly pair: string
  readonly left: Field | EventType
  readonly name: string
}

function splitPair(pair: string): Pair {
  const at = pair.indexOf('=')
  if (at === -1) refuse(pair, 'it must have the form field=name')
  const left = pair.slice(0, at)
  const name = pair.slice(at + 1)
  if (!isField(left) && !isEventType(left)) {
    const known = [...FIELDS, ...EVENT_TYPES].join(', ')
    refuse(pair, `"${left}" is none of ${known}`)
  }
  if (name === '') refuse(pair, 'the name after = is empty')
  return { pair, left, name }
}

/** What a name of a field means: places in the line, or one in each of its items. */
interface NamedPlace {
  readonly line: readonly Place[]
  readonly item: { readonly array: Place; readonly place: Place } | null
}

const ITEMS_SIGN = '[].'

function readName(name: string, pair: string): NamedPlace {
  const [before = '', inner, ...more] = name.split(ITEMS_SIGN)
  if (more.length > 0 || before.includes('[]') || inner?.includes('[]') === true) {
    refuse(pair, '[] stands once, behind the array of items and before a dot; in a key it is written \\[\\]')
  }
  if (inner !== undefined) {
    return { line: [], item: { array: keysOf(before, pair), place: keysOf(inner, pair) } }
  }
  const keys = name.split(SEPARATOR).map(unescaped)
  if (keys.length === 1) return { line: [keys], item: null }
  // A key may have been called so: what this meant before there were objects comes first, and goes on to mean it.
  return { line: keys.includes('') ? [[name]] : [[name], keys], item: null }
}

/** A dot that no backslash precedes. */
const SEPARATOR = /(?<!\\)\./

function keysOf(path: string, pair: string): Place {
  const keys = path.split(SEPARATOR).map(unescaped)
  if (keys.includes('')) refuse(pair, 'a key in it is empty')
  return keys
}

function unescaped(key: string): string {
  return key.replaceAll(/\\([.[\]])/g, '$1')
}

function sameArray(array: Place | null, other: Place, left: Field, pair: string): Place {
  if (!isItemField(left)) refuse(pair, `${left} is the line's, not one of its items'`)
  if (array !== null && textOf(array) !== textOf(other)) refuse(pair, 'a line has one array of items')
  return other
}

/** @param pairOf the pair that says what a left side is called, if one does */
function check(mapping: FieldMapping, pairOf: (left: string) => string | undefined): void {
  const { places, types, items } = mapping
  const blame = (left: string, other: string, name: string, why: string): never =>
    refuse(pairOf(left) ?? pairOf(other) ?? `${left}=${name}`, why)
  const names = new Map<string, string>()
  for (const type of EVENT_TYPES) {
    for (const name of types[type]) {
      const owner = names.get(name)
      if (owner !== undefined) blame(type, owner, name, `${owner} and ${type} would both be "${name}"`)
      names.set(name, type)
    }
  }
  const lines: (readonly [string, Place])[] = FIELDS.flatMap((field) =>
    places[field].map((place) => [field, place] as const)
  )
  checkPlaces(items === null ? lines : [...lines, ['item_id', items.place]], blame)
  if (items === null) return
  if (items.places.item_id.length === 0) {
    const left = ITEM_FIELDS.find((field) => items.places[field].length > 0) ?? 'price'
    blame(left, left, textOf(items.place), 'items need an item_id of their own')
  }
  checkPlaces(
    ITEM_FIELDS.flatMap((field) => items.places[field].map((place) => [field, place] as const)),
    blame
  )
}

function checkPlaces(
  owned: readonly (readonly [string, Place])[],
  blame: (left: string, other: string, name: string, why: string) => never
): void {
  const inner = new Set(
    owned.flatMap(([, place]) => place.slice(1).map((_, end) => textOf(place.slice(0, end + 1))))
  )
  const [last = ['', []]] = owned.slice(-1)
  if (owned.length > MAX_PLACES || inner.size >= MAX_OBJECTS) {
    blame(
      last[0],
      last[0],
      textOf(last[1]),
      `there are more than ${MAX_PLACES} names, or ${MAX_OBJECTS} objects`
    )
  }
  const owners = new Map<string, string>()
  for (const [left, place] of owned) {
    const text = textOf(place)
    const owner = owners.get(text)
    if (owner !== undefined) blame(left, owner, text, `${owner} and ${left} would both be "${text}"`)
    if (inner.has(text)) {
      blame(left, left, text, `"${text}" cannot be both a value and an object; a dot in a key is written \\.`)
    }
    owners.set(text, left)
  }
}

/** A place as its name would be written; what is equal is one place. */
export function textOf(place: Place): string {
  return place.map((key) => key.replaceAll('.', '\\.').replaceAll('[]', '\\[\\]')).join('.')
}

function isField(text: string): text is Field {
  return (FIELDS as readonly string[]).includes(text)
}

function isItemField(text: string): text is ItemField {
  return (ITEM_FIELDS as readonly string[]).includes(text)
}

function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text)
}

function refuse(pair: string, why: string): never {
  throw new MappingError(`bad mapping "${pair}": ${why}`)
}
