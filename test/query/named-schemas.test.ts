import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import t from 'tap'
import Type from 'typebox'
import { namedSchemas } from '../../src/query/named-schemas.js'
import { ReplaySchema, TopItemsSchema } from '../../src/query/shapes.js'

t.test('named schemas are taken out, each once, at any depth', (t) => {
  const Inner = Type.Object({ n: Type.Integer() }, { $id: 'Inner' })
  const Outer = Type.Object({ rows: Type.Array(Inner), one: Inner }, { $id: 'Outer' })
  const { schema, definitions } = namedSchemas(Type.Object({ a: Outer, b: Outer, c: Inner }))
  t.match(schema, { properties: { a: { $ref: 'Outer' }, b: { $ref: 'Outer' }, c: { $ref: 'Inner' } } })
  t.same([...definitions.keys()].sort(), ['Inner', 'Outer'])
  t.match(definitions.get('Outer'), {
    $id: 'Outer',
    properties: { rows: { items: { $ref: 'Inner' } }, one: { $ref: 'Inner' } }
  })
  t.match(definitions.get('Inner'), { $id: 'Inner', properties: { n: { type: 'integer' } } })
  t.end()
})

t.test('the schema itself keeps its name and is left as it was', (t) => {
  const before = JSON.stringify(TopItemsSchema)
  const { schema, definitions } = namedSchemas(TopItemsSchema)
  t.match(schema, { $id: 'TopItems' })
  t.same([...definitions.keys()], ['ItemRow'])
  t.equal(JSON.stringify(TopItemsSchema), before)
  t.end()
})

t.test('a schema that holds a named one several times can be compiled to a serialiser', (t) => {
  t.throws(() => fastJsonStringify(ReplaySchema), /more than one schema/)
  const { schema, definitions } = namedSchemas(ReplaySchema)
  t.doesNotThrow(() =>
    fastJsonStringify(schema as Schema, { schema: Object.fromEntries(definitions) as Record<string, Schema> })
  )
  t.end()
})
