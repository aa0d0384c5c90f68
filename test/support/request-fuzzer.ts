import fc, { type Arbitrary } from 'fast-check'
import type { OpenApiDocument, Operation } from './documented-app.js'
import { brokenPairs, validPairs, type Known, type Pair } from './parameter-fuzzer.js'

/** A request as it goes onto the wire. */
export interface FuzzedRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[]>>
  /** The path in the document that it is for; null: any. */
  readonly path: string | null
  /** What must come of it: a rule of parameters is broken (400), none is, or who knows. */
  readonly outcome: 'bad' | 'valid' | 'any'
  /** Whether the answer's own tag is sent in a second request. */
  readonly again: boolean
}

/** Requests that an OpenAPI document describes, and those that it does not. */
export function fuzzedRequests(document: OpenApiDocument, known: Known): Arbitrary<FuzzedRequest> {
  const operations = Object.entries(document.paths).map(
    ([path, { get }]) => [path, get as Operation] as const
  )
  const ofOperation = fc.constantFrom(...operations).chain(([path, operation]) => {
    const valid = validPairs(operation.parameters ?? [], known)
    const bad = valid.chain((pairs) => brokenPairs(pairs, operation.parameters ?? []))
    return fc.oneof(
      { weight: 5, arbitrary: requestOf(path, valid, 'valid', known) },
      { weight: 3, arbitrary: requestOf(path, bad, 'bad', known) },
      { weight: 2, arbitrary: requestOf(path, fc.oneof(valid, bad), 'any', known) }
    )
  })
  return fc.oneof(
    { weight: 9, arbitrary: ofOperation },
    { weight: 1, arbitrary: oddPaths(operations, known) }
  )
}

/** A request for a path of the document: an ordinary GET, or, of any outcome, one of an odd method, form or head. */
function requestOf(
  path: string,
  pairs: Arbitrary<readonly Pair[]>,
  outcome: FuzzedRequest['outcome'],
  known: Known
): Arbitrary<FuzzedRequest> {
  const isOdd = outcome === 'any'
  return fc
    .record({
      pairs,
      method: isOdd ? METHODS : fc.constant('GET'),
      tail: isOdd
        ? fc.oneof(fc.constant(''), fc.constantFrom('&', '&&=', '&%', '&limit', '#f', ';a=1'))
        : fc.constant(''),
      headers: isOdd ? oddHeaders(known) : plainHeaders(known),
      again: fc.boolean()
    })
    .map(({ pairs: all, method, tail, headers, again }) => {
      const { target, query } = filledIn(path, all)
      return {
        ...{ method, path, headers, again },
        target: `${target}${query === '' && tail === '' ? '' : `?${query}${tail}`}`,
        // Whether it is too long is looked at before what it says.
        outcome: target.length + query.length > 8000 ? 'any' : outcome
      }
    })
}

/** Values of parameters in the path and in the query. */
function filledIn(path: string, pairs: readonly Pair[]): { target: string; query: string } {
  const inPath = pairs.filter(([name]) => path.includes(`{${name}}`))
  const target = inPath.reduce((at, [name, value]) => at.replace(`{${name}}`, () => encoded(value)), path)
  const inQuery = pairs.filter((pair) => !inPath.includes(pair))
  return { target, query: inQuery.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&') }
}

function encoded(text: string): string {
  // What `URL` would take for the folder itself or the one above goes as an id by the query alone.
  return encodeURIComponent(text).replace(/\./g, '%2E')
}

const METHODS: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('GET', 'HEAD') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'POST',
      'PUT',
      'DELETE',
      'PATCH',
      'OPTIONS',
      'TRACE',
      'PROPFIND',
      'QUERY',
      'FOO'
    )
  }
)

const ACCEPTS = [
  '*/*',
  'text/csv',
  'text/*;q=0.5, application/json;q=0.1',
  'text/csv;q=0',
  'image/png',
  'text/event-stream'
]
const ODD_ACCEPTS = [
  '',
  ',',
  ';;q=',
  'text/csv;q=2',
  'text/csv;q=NaN',
  'a/b, '.repeat(200),
  'text/csv\t;\tq=1'
]
const ENCODINGS = ['gzip', 'br', 'gzip, br', 'identity', '*', 'br;q=0, gzip;q=0.5']

/** What ordinary clients send: the answer is told, and packed, as they like it. */
function plainHeaders(known: Known): Arbitrary<FuzzedRequest['headers']> {
  return fc.record(
    {
      accept: fc.constantFrom(...ACCEPTS),
      'accept-encoding': fc.constantFrom(...ENCODINGS),
      'if-none-match': fc.constantFrom('"x"', 'W/"x"', '"a", "b"'),
      'last-event-id': fc.constantFrom(known.revision, 'another-1'),
      'x-request-id': fc.constantFrom('r-1', 'a'.repeat(64))
    },
    { requiredKeys: [] }
  )
}

/** Of what a field may consist on the wire: no controls but the tab, and no character beyond a byte. */
const FIELD_TEXT: Arbitrary<string> = fc
  .array(
    fc.integer({ min: 32, max: 255 }).filter((byte) => byte !== 127),
    { maxLength: 30 }
  )
  .map((bytes) => String.fromCharCode(...bytes))

function oddHeaders(known: Known): Arbitrary<FuzzedRequest['headers']> {
  const any = (...texts: string[]) => fc.oneof(fc.constantFrom(...texts), FIELD_TEXT)
  return fc.record(
    {
      accept: any(...ACCEPTS, ...ODD_ACCEPTS),
      'accept-encoding': any(...ENCODINGS, '', ';', 'gzip;q=x'),
      'if-none-match': any('*', '"', '""', 'W/', '"x', 'x'.repeat(3000)),
      'last-event-id': any(known.revision, '', 'x'.repeat(3000)),
      'x-request-id': any('r-1', '', '../..', 'a'.repeat(65)),
      authorization: any('Bearer', 'Bearer x', 'Basic e30='),
      origin: any('null', 'http://elsewhere.example'),
      range: any('bytes=0-1', 'bytes=-'),
      host: fc.constantFrom(
        'localhost',
        '127.0.0.1:1',
        'elsewhere.example',
        '[::1]',
        'a b',
        '',
        'x@localhost'
      ),
      'content-type': any('application/json', 'text/csv'),
      'if-match': any('*', '"x"'),
      cookie: fc.array(FIELD_TEXT, { minLength: 2, maxLength: 3 })
    },
    { requiredKeys: [] }
  )
}

/** Paths that are nearly those of the document, and any others. */
function oddPaths(
  operations: readonly (readonly [string, Operation])[],
  known: Known
): Arbitrary<FuzzedRequest> {
  const path = fc.constantFrom(...operations.map(([one]) => one))
  const visible = fc
    .array(fc.integer({ min: 33, max: 126 }), { maxLength: 30 })
    .map((bytes) => String.fromCharCode(...bytes))
  const target = fc.oneof(
    path.map((one) => `${one}/`),
    path.map((one) => one.toUpperCase()),
    path.map((one) => `/${one}`),
    path.map((one) => one.replaceAll('/', '%2f')),
    path.map((one) => `http://elsewhere.example${one}`),
    fc
      .tuple(
        path,
        fc.constantFrom(
          '%',
          '%zz',
          '%00',
          '%ff',
          '/..',
          '/../..',
          '/%2e%2e',
          '/.',
          '//',
          '?',
          '#',
          '\\',
          '/{}'
        )
      )
      .map(([one, end]) => one + end),
    fc.constantFrom(
      '/',
      '//',
      '/v1',
      '/v1/',
      '*',
      '/docs/static/../../package.json',
      '/docs/static/%2e%2e%2fx',
      '/__proto__',
      '/v1/items/'
    ),
    fc.constantFrom(
      '/v1/items/..',
      '/v1/items/.',
      `/v1/items/${'x'.repeat(2000)}`,
      `/${'x'.repeat(9000)}`,
      '/docs/nothing',
      '/dashboard.js?x'
    ),
    visible.map((text) => `/${text}`)
  )
  return fc
    .record({ target, method: METHODS, headers: oddHeaders(known) })
    .map(({ target, method, headers }) => ({
      ...{ target, headers, path: null, outcome: 'any', again: false },
      // That it is a HEAD nobody knows of a request that cannot be read.
      method: method === 'HEAD' && !target.startsWith('/') ? 'GET' : method
    }))
}
