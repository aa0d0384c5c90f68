import bearerAuth from '@fastify/bearer-auth'
import type { FastifyInstance } from 'fastify'
import { FootfallError } from '../base/errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers without a token: the health checks alone. */
    open?: boolean
    /** What a browser opens by itself: it may ask its user for the token. */
    page?: boolean
  }
}

/**
 * Makes every route that is not marked `open` want `Authorization: Bearer
 * <token>` (RFC 6750), unknown paths and documentation included; anything else
 * is a 401 with `WWW-Authenticate`. Browsers send no such header by themselves:
 * the token is taken as the password of any user of HTTP Basic (RFC 7617) too,
 * which pages make them ask for, and which they then send with all that the
 * page asks. It is compared in constant time and only ever read from the
 * header. Rejects with a `FootfallError` (`usage`) when
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
    const { headers } = request.raw
    const given = headers.authorization
    const password = given === undefined ? null : passwordIn(given)
    if (password !== null) headers.authorization = `Bearer ${password}`
    verify(request, reply, (error) => {
      const { page = false } = request.routeOptions.config
      // A header each: Chromium does not look for a second one behind a comma.
      const bearer = challenge(given)
      if (error !== undefined) reply.header('www-authenticate', page ? [bearer, BASIC] : bearer)
      done(error)
    })
  })
}

const BASIC = 'Basic realm="footfall", charset="UTF-8"'

/** The password in credentials of HTTP Basic; null where they are of another scheme. */
function passwordIn(authorization: string): string | null {
  const [, encoded] = /^basic +([\w+/]+=*)$/i.exec(authorization) ?? []
  if (encoded === undefined) return null
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? []
  return password
}

/** RFC 6750, section 3: no error code where no credentials came. */
function challenge(authorization: string | undefined): string {
  const realm = 'Bearer realm="footfall"'
  return authorization === undefined ? realm : `${realm}, error="invalid_token"`
}
