import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance } from 'fastify'
import { FootfallError } from '../base/errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers without a token: the health checks alone. */
    open?: boolean
  }
}

/**
 * Makes every route that is not marked `open` want `Authorization: Bearer
 * <token>` (RFC 6750), unknown paths and documentation included; anything else
 * is a 401 with `WWW-Authenticate`. The token is compared in constant time and
 * only ever read from the header. Rejects with a `FootfallError` (`usage`) when
 * the token is empty.
 */
export async function requireToken(app: FastifyInstance, token: string): Promise<void> {
  if (token === '') throw new FootfallError('usage', 'the token is empty')
  await app.register(bearerAuth, {
    addHook: false,
    keys: new Set([token]),
    // The scheme's name in any case, as RFC 9110 has it.
    specCompliance: 'rfc6749'
  })
  const verify = app.verifyBearerAuth
  if (verify === undefined) throw new Error('@fastify/bearer-auth decorates no verifyBearerAuth')
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.open === true) {
      done()
      return
    }
    verify(request, reply, (error) => {
      if (error !== undefined) reply.header('www-authenticate', challenge(request.headers.authorization))
      done(error)
    })
  })
}

/** RFC 6750, section 3: no error code where no credentials came. */
function challenge(authorization: string | undefined): string {
  const realm = 'Bearer realm="footfall"'
  return authorization === undefined ? realm : `${realm}, error="invalid_token"`
}
