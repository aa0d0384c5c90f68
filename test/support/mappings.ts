import { EVENT_TYPES, type EventType } from '../../src/event/event.js'
import { FIELDS, IDENTITY_MAPPING, type Field, type FieldMapping } from '../../src/event/mapping.js'

/** A mapping of one name each, all of them keys of the line. */
export function flat(
  keys: Partial<Record<Field, string>>,
  types: Partial<Record<EventType, string>> = {}
): FieldMapping {
  const named = <Left extends string>(lefts: readonly Left[], names: Partial<Record<Left, string>>) =>
    lefts.map((left) => [left, names[left] ?? left] as const)
  return {
    ...IDENTITY_MAPPING,
    places: Object.fromEntries(
      named(FIELDS, keys).map(([field, key]) => [field, [[key]]])
    ) as unknown as FieldMapping['places'],
    types: Object.fromEntries(
      named(EVENT_TYPES, types).map(([type, name]) => [type, [name]])
    ) as unknown as FieldMapping['types']
  }
}
