import fastJson from 'fast-json-stringify'
import type { TSchema } from 'typebox'
import { namedSchemas } from './named-schemas.js'
import { ReplaySchema, TopItemsSchema, type ReplayResult, type TopItems } from './shapes.js'

/** Answers as JSON text, by serialisers compiled from their schemas. */
export const topItemsJson: (answer: TopItems) => string = compile(TopItemsSchema)
export const replayJson: (answer: ReplayResult) => string = compile(ReplaySchema)

function compile(nested: TSchema): (answer: unknown) => string {
  const { schema, definitions } = namedSchemas(nested)
  // The two libraries type JSON Schema each in its own words.
  return fastJson(schema as fastJson.Schema, {
    schema: Object.fromEntries(definitions) as Record<string, fastJson.Schema>
  })
}
