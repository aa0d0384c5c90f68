import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import Value from 'typebox/value'
import { schemaValidators } from '../support/documented-app.js'
import { RANKINGS, build } from './build.js'

interface Operation {
  operationId: string
  summary: string
  security?: unknown[]
  parameters?: {
    name: string
    in: string
    required: boolean
    description: string
    example: unknown
    schema: object
  }[]
  responses: Record<
    string,
    { description: string; headers?: object; content?: Record<string, { schema: { $ref?: string } }> }
  >
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { examples?: unknown[] }>; securitySchemes?: object }
  security?: unknown[]
}

const HISTORY = ['/v1/history', '/v1/history/items']
const INSIGHTS = [
  '/v1/top-items',
  '/v1/trends',
  '/v1/items',
  '/v1/items/{item_id}',
  '/v1/summary',
  '/v1/timeseries'
]
/** Lists and series, which are told as CSV too. */
const TABLES = [
  ...RANKINGS.map(({ url }) => url),
  ...[...HISTORY, '/v1/top-items', '/v1/trends', '/v1/timeseries', '/v1/rejects']
]
/** Parameters that have no default. */
const REQUIRED = ['metric', 'bucket', 'granularity', 'item_id']
const documented = [
  ...INSIGHTS,
  '/v1/stream',
  '/v1/status',
  '/metrics',
  '/v1/rejects',
  ...HISTORY,
  '/healthz',
  '/readyz',
  ...RANKINGS.map((ranking) => ranking.url)
]

t.test('the document lists every route of the contract', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject('/openapi.json')
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  const document = answer.json<Document>()
  t.match(document.openapi, /^3\.1\.\d+$/)
  t.match(document.info, { title: 'footfall', version: '1.2.3' })
  t.same(Object.keys(document.paths).sort(), [...documented, '/openapi.json'].sort())
  t.equal(document.security, undefined)
})

t.test('schemas are named, and every reference leads to one', async (t) => {
  const { app } = await build(t)
  const { body } = await app.inject('/openapi.json')
  const { schemas } = (JSON.parse(body) as Document).components
  t.same(Object.keys(schemas).sort(), [
    ...['Accounting', 'Figure', 'HistoryBucket', 'HistoryItemRow', 'HistoryItems', 'HistorySeries'],
    ...['HistoryStatus', 'Item', 'ItemRow', 'ItemWindow', 'Problem', 'RankedRow', 'RatioFigure', 'Reject'],
    ...[
      'Rejects',
      'Snapshot',
      'Status',
      'Summary',
      'Timeseries',
      'TimeseriesPoint',
      'TopItems',
      'TopItemsOf'
    ],
    ...['TrendRow', 'Trends']
  ])
  t.notMatch(body, /def-\d|schema-\d|\$id/)
  const references = Array.from(body.matchAll(/"\$ref":"([^"]*)"/g), (match) => match[1] ?? '')
  t.ok(references.length > 0)
  for (const reference of references) {
    t.ok(Object.hasOwn(schemas, reference.replace('#/components/schemas/', '')), reference)
  }
})

t.test('operations, parameters and responses are described', async (t) => {
  const { app } = await build(t)
  const { paths } = (await app.inject('/openapi.json')).json<Document>()
  const ids = Object.values(paths).map((path) => path['get']!.operationId)
  t.equal(new Set(ids).size, ids.length)
  for (const [path, operations] of Object.entries(paths)) {
    t.same(Object.keys(operations), ['get'], path)
    const { summary, parameters = [], responses } = operations['get']!
    t.not(summary, '')
    t.ok('200' in responses && '400' in responses, path)
    for (const parameter of parameters) {
      const isHeader = parameter.name === 'last-event-id'
      const where = isHeader ? 'header' : path.includes(`{${parameter.name}}`) ? 'path' : 'query'
      t.match(parameter, { in: where, description: /\w/ })
      t.ok('example' in parameter, `${path} ${parameter.name}`)
      const isAsked = INSIGHTS.includes(path) || HISTORY.includes(path)
      if (!isAsked) t.equal(parameter.required, false, `${path} ${parameter.name}`)
      t.ok(
        !parameter.required || REQUIRED.includes(parameter.name),
        `${path} ${parameter.name} has to be given`
      )
      t.ok(isHeader || isAsked || 'default' in parameter.schema, `${path} ${parameter.name}`)
    }
    for (const [status, response] of Object.entries(responses)) {
      t.not(response.description, 'Default Response', `${path} ${status}`)
      const answers =
        { '/v1/stream': 'text/event-stream', '/metrics': 'text/plain' }[path] ?? 'application/json'
      const found = [answers, ...(TABLES.includes(path) ? ['text/csv'] : [])]
      const types = status === '200' ? found : status === '304' ? [] : ['application/problem+json']
      t.same(Object.keys(response.content ?? {}), types, `${path} ${status}`)
    }
  }
  for (const path of [...HISTORY, ...INSIGHTS]) {
    const { responses } = paths[path]!['get']!
    const known = ['200', '304', '400', '401', ...(path.startsWith('/v1/items') ? ['404'] : [])]
    t.same(Object.keys(responses), [...known, '414', '421', '429', '500', '503'])
    for (const status of ['200', '304']) {
      t.same(Object.keys(responses[status]!.headers ?? {}), ['Cache-Control', 'ETag'], `${path} ${status}`)
    }
  }
  for (const { url, defaultWindow } of RANKINGS) {
    const { parameters = [] } = paths[url]!['get']!
    t.same(
      parameters.map((parameter) => parameter.name),
      ['limit', 'window']
    )
    t.match(parameters[0]!.schema, { type: 'integer', minimum: 1, maximum: 100, default: 10 })
    t.match(parameters[1]!.schema, { type: 'string', default: defaultWindow })
  }
})

t.test('the examples are of the schemas that they are for', async (t) => {
  const { app } = await build(t)
  const document = (await app.inject('/openapi.json')).json<Document>()
  const validatorOf = schemaValidators(document)
  for (const [name, { examples = [] }] of Object.entries(document.components.schemas)) {
    const validate = validatorOf('components', 'schemas', name)
    for (const example of examples) t.ok(validate(example), `${name}: ${JSON.stringify(validate.errors)}`)
  }
  for (const [path, { get: operation }] of Object.entries(document.paths)) {
    for (const { name, example, schema } of operation?.parameters ?? []) {
      // Formats of parameters are their routes' own; the fuzzer has them.
      t.ok(Value.Check({ ...schema, format: undefined } as object, example), `${path} ${name}`)
    }
  }
})

t.test('a token is documented where it is wanted', async (t) => {
  const { app } = await build(t, { token: 'x' })
  const headers = { authorization: 'Bearer x' }
  const document = (await app.inject({ url: '/openapi.json', headers })).json<Document>()
  t.match(document.components.securitySchemes, { token: { type: 'http', scheme: 'bearer' } })
  t.same(document.security, [{ token: [] }])
  for (const path of ['/healthz', '/readyz']) t.same(document.paths[path]!['get']!.security, [])
})

t.test('the pages of the UI are served from here and load nothing from elsewhere', async (t) => {
  const { app } = await build(t)
  for (const [url, base] of [
    ['/docs', 'http://here/docs'],
    ['/docs/', 'http://here/docs/']
  ] as const) {
    const page = await app.inject(url)
    t.equal(page.statusCode, 200)
    t.match(page.headers['content-type'], 'text/html')
    t.notMatch(page.body, /(?:https?:)?\/\/[a-z]/i)
    const policy = String(page.headers['content-security-policy'])
    t.match(policy, "default-src 'none'")
    t.notMatch(policy, /https?:|\*/)
    const links = Array.from(page.body.matchAll(/(?:src|href)="([^"]*)"/g), (match) => match[1] ?? '')
    t.equal(links.length, 4)
    for (const link of links.filter((link) => link !== 'data:,')) {
      t.equal((await app.inject(new URL(link, base).pathname)).statusCode, 200, link)
    }
  }
  const { body } = await app.inject('/docs/start.js')
  t.match(body, 'validatorUrl: null')
  t.match(body, "url: '/openapi.json'")
})

t.test('the document is valid OpenAPI 3.1', async (t) => {
  for (const token of [undefined, 'x']) {
    const { app } = await build(t, { token })
    await app.ready()
    const validator = new Validator()
    const result = await validator.validate(
      (await app.inject({ url: '/openapi.json', headers: { authorization: 'Bearer x' } })).json<
        Record<string, unknown>
      >()
    )
    t.ok(result.valid, JSON.stringify(result.errors))
    t.equal(validator.version, '3.1')
  }
})

/** Where a schema has members without a description, its own or that of what it refers to. */
function undescribed(schema: unknown, at: string, schemas: Record<string, object>): string[] {
  if (Array.isArray(schema))
    return schema.flatMap((one, place) => undescribed(one, `${at}/${place}`, schemas))
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, ...rest } = schema as { properties?: Record<string, object> }
  const found = Object.entries(rest).flatMap(([key, member]) =>
    key === 'examples' || key === 'example' ? [] : undescribed(member, `${at}/${key}`, schemas)
  )
  return found.concat(
    Object.entries(properties).flatMap(([name, member]) => [
      ...(isDescribed(member, schemas) ? [] : [`${at}.${name}`]),
      ...undescribed(member, `${at}.${name}`, schemas)
    ])
  )
}

/** By words of its own or of what it refers to, or, of an object, by those of its members. */
function isDescribed(schema: object, schemas: Record<string, object>): boolean {
  if ('properties' in schema) return true
  const {
    description,
    $ref,
    anyOf = []
  } = schema as { description?: string; $ref?: string; anyOf?: object[] }
  if (description !== undefined && description !== '') return true
  if ($ref !== undefined)
    return isDescribed(schemas[$ref.replace('#/components/schemas/', '')] ?? {}, schemas)
  return anyOf.some((one) => isDescribed(one, schemas))
}

t.test(
  'every member of every answer is described, and every named schema of an answer has an example',
  async (t) => {
    const { app } = await build(t)
    const document = (await app.inject('/openapi.json')).json<Document>()
    const { schemas } = document.components
    t.same(undescribed(document.components, '', schemas), [])
    const answers = Object.values(document.paths).flatMap((path) =>
      Object.values(path['get']!.responses).flatMap(({ content = {} }) =>
        Object.values(content).map(({ schema }) => schema.$ref?.replace('#/components/schemas/', ''))
      )
    )
    for (const name of new Set(answers.filter((answer) => answer !== undefined))) {
      const { examples = [] } = schemas[name] ?? {}
      t.equal(examples.length, 1, name)
    }
  }
)
