import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { namedSchemas } from '../query/named-schemas.js'

/**
 * Makes a schema known to the routes by its `$id`, and each schema with an
 * `$id` in it too; one that is known already stays as it is.
 */
export function addNamedSchemas(app: FastifyInstance, named: TSchema): void {
  const { schema, definitions } = namedSchemas(named)
  for (const one of [...definitions.values(), schema]) {
    if (app.getSchema(String((one as { $id?: string }).$id)) === undefined) app.addSchema(one)
  }
}
