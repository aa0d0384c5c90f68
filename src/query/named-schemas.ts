import Type, { type TSchema } from 'typebox'

/** A schema in which others are referred to by their `$id`, and those others, each once, by `$id`. */
export interface NamedSchemas {
  readonly schema: TSchema
  readonly definitions: ReadonlyMap<string, TSchema>
}

/**
 * Takes the schemas that have an `$id` out of a schema that contains them and
 * refers to them instead: serialisers refuse a name that is defined twice, and
 * the OpenAPI document shall define each once. A nested schema that shares its
 * `$id` with another is taken to be the same.
 */
export function namedSchemas(schema: TSchema): NamedSchemas {
  const definitions = new Map<string, TSchema>()
  const members = (value: object): object =>
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaced(member)]))
  const replaced = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replaced)
    if (typeof value !== 'object' || value === null) return value
    if (!('$id' in value) || typeof value.$id !== 'string') return members(value)
    if (!definitions.has(value.$id)) definitions.set(value.$id, members(value))
    return Type.Ref(value.$id)
  }
  return { schema: members(schema), definitions }
}
