import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { SEALED_CACHE_SECONDS } from '../base/limits.js'
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
  { isLasting, isPrivate }: Caching
): void {
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  const lasting = `${isPrivate ? 'private' : 'public'}, max-age=${SEALED_CACHE_SECONDS}, immutable`
  reply.headers({ etag, 'cache-control': isLasting ? lasting : 'no-cache' })
  if (isKnown(etag, request.headers['if-none-match'])) reply.code(304).send()
  else reply.type('application/json; charset=utf-8').send(text)
}

/** RFC 9110, 13.1.2: weak comparison, so that what a proxy has made weak counts too. */
function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  return (
    ifNoneMatch.trim() === '*' || (ifNoneMatch.match(/"[^"]*"/g) as string[] | null)?.includes(etag) === true
  )
}

/** The documented answers of a route that uses `sendCached`; `schema` is the `$id` of the 200. */
export function cachedResponses(description: string, schema: string) {
  const { 200: ok } = jsonResponse(description, schema)
  return {
    200: { ...ok, headers: HEADERS },
    304: { description: 'The client has this very answer (`If-None-Match`).', type: 'null', headers: HEADERS }
  }
}

const HEADERS = {
  'Cache-Control': {
    type: 'string',
    description: 'to be kept for ever when it is made of sealed buckets, else to be asked about each time'
  },
  ETag: { type: 'string', description: 'strong; for If-None-Match' }
} as const
