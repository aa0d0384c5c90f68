import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { LEAST_COMPRESSED_CHARS, MAX_COMPRESSED_KEPT } from '../base/limits.js'
import { preferred } from './negotiate.js'

/** In the order of what makes the least of JSON. */
const ENCODINGS = ['br', 'gzip', 'identity'] as const

const COMPRESSIBLE = /^(?:application\/(?:problem\+)?json|text\/(?:csv|plain|html|javascript|css))\b/

/**
 * Compresses what is sent as a text of some length, for clients that take it
 * (`Accept-Encoding`): brotli or gzip, on a thread of Node’s pool. Its `ETag`
 * gets the encoding behind it, as it is another representation. What has been
 * compressed lately is kept by that tag: a headline answer is asked for more
 * often than it changes.
 *
 * Streams are left alone, be they of events or of files. Not
 * `@fastify/compress`: it makes a stream of every answer, tells the same strong
 * `ETag` of all encodings, and keeps nothing.
 */
export function compressAnswers(app: FastifyInstance): void {
  const kept = new Map<string, Buffer>()
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < LEAST_COMPRESSED_CHARS || !isCompressible(reply)) {
      done(null, payload)
      return
    }
    addVary(reply)
    const accepted = request.headers['accept-encoding']
    const encoding = accepted === undefined ? null : preferred(accepted, ENCODINGS)
    if (encoding === null || encoding === 'identity') {
      done(null, payload)
      return
    }
    const tag = encodedTag(reply, encoding)
    const known = tag === null ? undefined : kept.get(tag)
    const send = (body: Buffer) => {
      reply.removeHeader('content-length').header('content-encoding', encoding)
      if (tag !== null) reply.header('etag', tag)
      done(null, body)
    }
    if (known !== undefined) {
      send(known)
      return
    }
    compress(encoding, payload, (error, body) => {
      // The text itself is as good an answer.
      if (error !== null) done(null, payload)
      else {
        if (tag !== null) keep(kept, tag, body)
        send(body)
      }
    })
  })
}

/** The tag of what a text becomes when it is encoded, from its own; null where it has none. */
function encodedTag(reply: FastifyReply, encoding: string): string | null {
  const tag = reply.getHeader('etag')
  return typeof tag === 'string' ? `${tag.slice(0, -1)}+${encoding}"` : null
}

/** A tag as it was before its text was encoded. */
export function plainTag(tag: string): string {
  return tag.replace(/\+(?:br|gzip)"$/, '"')
}

function isCompressible(reply: FastifyReply): boolean {
  const type = reply.getHeader('content-type')
  return typeof type === 'string' && COMPRESSIBLE.test(type) && !reply.hasHeader('content-encoding')
}

function addVary(reply: FastifyReply): void {
  const vary = reply.getHeader('vary')
  if (vary === undefined) reply.header('vary', 'accept-encoding')
  else if (!String(vary).includes('accept-encoding')) reply.header('vary', `${String(vary)}, accept-encoding`)
}

/** Quick rather than small: brotli's default would take a hundred times as long for a tenth less. */
function compress(
  encoding: 'br' | 'gzip',
  text: string,
  done: (error: Error | null, body: Buffer) => void
): void {
  if (encoding === 'gzip') gzip(text, done)
  else brotliCompress(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }, done)
}

function keep(kept: Map<string, Buffer>, tag: string, body: Buffer): void {
  const oldest = kept.keys().next().value
  if (kept.size >= MAX_COMPRESSED_KEPT && oldest !== undefined) kept.delete(oldest)
  kept.set(tag, body)
}
