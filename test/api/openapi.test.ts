import t from 'tap'
import Value from 'typebox/value'
import { ProblemSchema } from '../../src/api/problem.js'
import { HistoryItemsSchema, HistorySeriesSchema } from '../../src/query/history-shapes.js'
import { StatusSchema, TopItemsSchema } from '../../src/query/shapes.js'
import { TopItemsOfSchema } from '../../src/query/insight-shapes.js'
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
  const { schemas } = (await app.inject('/openapi.json')).json<Document>().components
  for (const [name, schema] of Object.entries({
    TopItems: TopItemsSchema,
    TopItemsOf: TopItemsOfSchema,
    HistorySeries: HistorySeriesSchema,
    HistoryItems: HistoryItemsSchema,
    Status: StatusSchema,
    Problem: ProblemSchema
  })) {
    t.ok(Value.Check(schema, schemas[name]?.examples?.[0]), name)
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
    t.ok(links.length >= 5)
    for (const link of links) {
      t.equal((await app.inject(new URL(link, base).pathname)).statusCode, 200, link)
    }
  }
  const { body } = await app.inject('/docs/static/swagger-initializer.js')
  t.match(body, 'validatorUrl: null')
  t.match(body, '"validatorUrl":null')
  t.same((await app.inject('/docs/json')).json(), (await app.inject('/openapi.json')).json())
})
