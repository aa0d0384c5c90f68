import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import type { HistorySettings } from '../../src/ingest/pipeline.js'
import { BoardQueries } from '../../src/query/board-queries.js'
import { buildDocumentedApp, schemaValidators, type OpenApiDocument } from '../support/documented-app.js'
import { historyIn } from '../support/history.js'
import { startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { rawClient, type RawAnswer } from '../support/raw-request.js'
import { fuzzedRequests, type FuzzedRequest } from '../support/request-fuzzer.js'
import { itemName, type StreamShape } from '../support/shop.js'
import { randomStream } from '../support/streams.js'
import { applied } from './history-app.js'

/** How many requests are made in all; FOOTFALL_TEST_REQUESTS asks for others. */
const REQUESTS = Number(process.env['FOOTFALL_TEST_REQUESTS'] ?? 2000)
/** Requests that are under way at a time: half of the questions that are let in. */
const AT_A_TIME = 8

/** Some five days. */
const SHAPE: StreamShape = {
  startMs: Date.UTC(2023, 9, 28, 20),
  items: 60,
  customers: 80,
  stepMs: 300_000,
  disorderMs: 30 * 3_600_000
}

/** An application that listens, over a pipeline with events, and what its answers had wrong. */
async function serve(t: Test, text: string, history: HistorySettings | null) {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, text)
  const pipeline = startTestPipeline(t, { file, follow: true, history })
  const queries = new BoardQueries(pipeline, { code: 'USD', minorDigits: 2 })
  const wrong: string[] = []
  const app = await buildDocumentedApp(
    t,
    {
      queries,
      version: '1',
      logger: { error: ({ err }, message) => void wrong.push(`${message}: ${String(err)}`) }
    },
    (found) => void wrong.push(found)
  )
  t.teardown(() => app.close())
  await applied(pipeline, Buffer.byteLength(text))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, queries, wrong, url }
}

/** Sends random requests, and throws at the first whose answer is wrong, made as small as it goes. */
async function fuzz(t: Test, { requests, history }: { requests: number; history: HistorySettings | null }) {
  const random = seeded(t)
  const served = await serve(t, randomStream(random, 3000, SHAPE).text, history)
  const { app, queries, wrong, url } = served
  const document = app.swagger() as unknown as OpenApiDocument
  const { clock } = await queries.status()
  const known = {
    nowMs: Date.parse(clock.now ?? ''),
    itemIds: Array.from({ length: SHAPE.items }, (_, number) => itemName(number)),
    revision: queries.revision()
  }
  const send = rawClient(t, url)
  const statuses = new Map<string, Map<number, number>>()
  const isProblem = schemaValidators(document)('components', 'schemas', 'Problem')

  const answerTo = async (request: FuzzedRequest): Promise<void> => {
    const answer = await send(request)
    const found = wrongIn(request, answer, history !== null, isProblem)
    if (found !== null) throw new Error(`${request.method} ${request.target}: ${found}`)
    const { etag } = answer.headers
    if (request.again && etag !== undefined) {
      const again = await send({ ...request, headers: { ...request.headers, 'if-none-match': etag } })
      if (again.status !== 304 && again.headers.etag === etag)
        throw new Error(`${again.status} where ${etag} is known`)
    }
    const counts = statuses.get(request.path ?? 'odd') ?? new Map<number, number>()
    statuses.set(request.path ?? 'odd', counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1))
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(fuzzedRequests(document, known), { minLength: 1, maxLength: AT_A_TIME, size: 'max' }),
      async (together) => {
        await Promise.all(together.map(answerTo))
        const [first] = wrong.splice(0)
        if (first !== undefined) throw new Error(first)
      }
    ),
    { seed: random.int(2 ** 31), numRuns: Math.ceil((requests * 2) / (AT_A_TIME + 1)) }
  )
  return { document, statuses }
}

/** What is wrong with an answer besides what the document says of it; null: nothing. */
function wrongIn(
  { method, path, outcome }: FuzzedRequest,
  { status, headers, body }: RawAnswer,
  keepsHistory: boolean,
  isProblem: (problem: unknown) => boolean
): string | null {
  if (status >= 500 && !(status === 503 && !keepsHistory && isOfHistory(method, body))) {
    return `${status}: ${body}`
  }
  if (headers['x-content-type-options'] !== 'nosniff') return 'no security headers'
  if (method === 'HEAD' || status === 304) return body === '' ? null : `a body with ${status}`
  if (status >= 400) {
    if (!/^application\/problem\+json(?:;|$)/.test(headers['content-type'] ?? ''))
      return `${headers['content-type'] ?? 'nothing'} with ${status}`
    const problem = JSON.parse(body) as { status: number }
    if (!isProblem(problem) || problem.status !== status) return `no problem of ${status}: ${body}`
  }
  if (outcome === 'bad' && status !== 400) return `${status} for a bad parameter`
  // Of parameters that are right each for itself, some do not go together, and some ids are none's.
  if (outcome === 'valid' && status === 400 && FREE.has(path ?? '')) return `400: ${body}`
  if (outcome === 'valid' && ![200, 304, 400, 404, 503].includes(status)) return `${status}: ${body}`
  return null
}

function isOfHistory(method: string, body: string): boolean {
  return method === 'HEAD' || body.includes('No history is kept')
}

/** Paths whose parameters do not depend on one another. */
const FREE = new Set([
  ...['most-viewed', 'most-carted', 'top-grossing'].map((name) => `/v1/items/${name}`),
  ...['/v1/summary', '/v1/rejects', '/v1/items', '/v1/items/{item_id}'],
  ...['/v1/status', '/v1/stream', '/metrics', '/healthz', '/readyz', '/openapi.json']
])

t.test('whatever is asked, the answer is as documented, and never a failure', async (t) => {
  const { document, statuses } = await fuzz(t, { requests: REQUESTS * 0.75, history: historyIn(null) })
  for (const path of Object.keys(document.paths)) {
    t.ok(statuses.get(path)?.get(200), `${path} was answered`)
    t.ok(statuses.get(path)?.get(400), `${path} was asked wrongly`)
  }
  t.comment(JSON.stringify([...statuses].map(([path, counts]) => [path, Object.fromEntries(counts)])))
})

t.test('so it is without a history, which is a documented 503', async (t) => {
  const { statuses } = await fuzz(t, { requests: REQUESTS * 0.25, history: null })
  for (const path of ['/v1/history', '/v1/history/items']) t.ok(statuses.get(path)?.get(503), path)
})
