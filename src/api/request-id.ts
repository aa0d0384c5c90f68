import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Guard } from './guards.js'

/** What a client may call its request: nothing that a log or a header could take for something else. */
const SANE = /^[\w.-]{1,64}$/

/** Of this process; a UUID for each request would cost as much as all of its headers. */
const PREFIX = randomBytes(9).toString('base64url')
let requests = 0

/** The request’s `x-request-id` where it is sane, else a new one: 12 random characters of the process, and a number. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && SANE.test(given) ? given : `${PREFIX}-${++requests}`
}

/** Names the request in every answer, as the log does. A problem does not repeat it: the same question has the same one. */
export const nameRequest: Guard = (request, reply) => {
  reply.header('x-request-id', request.id)
  return undefined
}
