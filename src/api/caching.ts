import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { MAX_TAGS_KEPT, SEALED_CACHE_SECONDS } from '../base/limits.js'
import { jsonText } from '../query/serialise.js'
import { plainTag } from './compression.js'
import { csvText, wantsCsv, type Table } from './csv.js'
import { jsonResponse } from './responses.js'

/** How an answer may be kept by who gets it. */
export interface Caching {
  /** Whether the answer stays as it is; one that does not is asked about each time. */
  readonly isLasting: boolean
  /** Whether it is for the holder of a token alone. */
  readonly isPrivate: boolean
}

/**
 * Sends JSON text with `Cache-Control` and a strong `ETag`, or a 304 where the
 * client has that text. Not `@fastify/etag`: it marks problems too and answers
 * them with a 304, and knows no lists and no `*` in `If-None-Match`.
 */
export function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
  caching: Caching,
  etag = tagOf(text)
): void {
  sendText(request, reply, { text, type: JSON_TYPE, etag }, caching)
}

/** Sends an answer as CSV to who likes that better, else as JSON; `json`: its text, where that is there already. */
export function sendTable<Answer extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  { answer, table, json }: { answer: Answer; table: Table<Answer>; json?: string },
  caching: Caching
): void {
  reply.header('vary', TABLE_VARY)
  if (!wantsCsv(request)) {
    sendCached(request, reply, json ?? jsonText(answer), caching)
    return
  }
  const text = csvText(table, answer)
  sendText(
    request,
    reply,
    { text, type: 'text/csv; charset=utf-8; header=present', etag: tagOf(text) },
    caching
  )
}

/** An answer as the schema of its route has it; throws where it does not fit. */
export function serialised(reply: FastifyReply, answer: object): string {
  // Typed as if it could be called with texts alone.
  const serialise = reply.getSerializationFunction('200', 'application/json') as
    ((answer: object) => string) | undefined
  if (serialise === undefined) throw new Error('the route has no schema of its answer')
  return serialise(answer)
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** What the answer of a route with `sendTable` depends on. */
export const TABLE_VARY = 'accept, accept-encoding'

export interface Text {
  readonly text: string
  readonly type: string
  readonly etag: string
}

/** Sends a text of any type with its tag, or a 304 where the client has it. */
export function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  { text, type, etag }: Text,
  { isLasting, isPrivate }: Caching
): void {
  reply.header('cache-control', isPrivate ? PRIVATE[isLasting ? 1 : 0] : PUBLIC[isLasting ? 1 : 0])
  if (!reply.hasHeader('vary')) reply.header('vary', 'accept-encoding')
  const known = knownTag(etag, request.headers['if-none-match'])
  if (known !== null) reply.code(304).header('etag', known).send()
  else reply.header('etag', etag).header('content-type', type).send(text)
}

const LASTING = `max-age=${SEALED_CACHE_SECONDS}, immutable`
const PUBLIC = ['no-cache', `public, ${LASTING}`] as const
const PRIVATE = ['private, no-cache', `private, ${LASTING}`] as const

/**
 * The tag of a text: a hash of it. So it is the same after a restart and from
 * another server with the same events, which the number of a board would not be.
 */
export function tagOf(text: string): string {
  // 128 bits: who asks for it has to send it back each time.
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
}

/** Tags of texts that are sent again and again: the headline answers of a board. */
export class TagKeeper {
  readonly #tags = new Map<string, string>()

  of(text: string): string {
    let tag = this.#tags.get(text)
    if (tag === undefined) {
      tag = tagOf(text)
      if (this.#tags.size >= MAX_TAGS_KEPT) this.#tags.clear()
      this.#tags.set(text, tag)
    }
    return tag
  }
}

/**
 * The tag by which the client has the text already, maybe of a compressed form;
 * null: it has not. RFC 9110, 13.1.2: weak comparison, so that what a proxy has
 * made weak counts too.
 */
function knownTag(etag: string, ifNoneMatch: string | undefined): string | null {
  if (ifNoneMatch === undefined) return null
  if (ifNoneMatch.trim() === '*') return etag
  const tags = (ifNoneMatch.match(/"[^"]*"/g) as string[] | null) ?? []
  return tags.find((tag) => plainTag(tag) === etag) ?? null
}

/** The documented answers of a route that uses `sendCached`; `schema` is the `$id` of the 200. */
export function cachedResponses(description: string, schema: string) {
  const { 200: ok } = jsonResponse(description, schema)
  return {
    200: { ...ok, headers: HEADERS },
    304: { description: 'The client has this very answer (`If-None-Match`).', type: 'null', headers: HEADERS }
  }
}

/** The documented answers of a route that uses `sendTable`. */
export function tableResponses(description: string, schema: string, columns: readonly string[]) {
  const responses = cachedResponses(description, schema)
  const csv = {
    type: 'string',
    description: `RFC 4180, a row a datum; what a spreadsheet would run has an apostrophe before it. Columns: ${columns.join(', ')}`
  } as const
  const { content } = responses[200]
  return { ...responses, 200: { ...responses[200], content: { ...content, 'text/csv': { schema: csv } } } }
}

const HEADERS = {
  'Cache-Control': {
    type: 'string',
    description: 'to be kept for ever when it is made of sealed buckets, else to be asked about each time'
  },
  ETag: { type: 'string', description: 'strong; for If-None-Match' }
} as const
