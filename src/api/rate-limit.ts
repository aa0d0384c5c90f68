import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { DEFAULT_RATE_LIMIT } from '../base/limits.js'
import { isLoopback } from '../base/loopback.js'
import { ProblemError } from './problem.js'

/**
 * Lets each address ask so many times a minute (of IPv6 each /64), by default
 * `DEFAULT_RATE_LIMIT` and this machine as often as it likes; `perMinute` holds
 * for all, 0 for none. More is a 429 with `Retry-After`. The health checks are
 * free. To be called before the token is asked for, so that guesses count.
 */
export async function limitRates(app: FastifyInstance, perMinute: number | undefined): Promise<void> {
  if (perMinute === 0) return
  await app.register(rateLimit, {
    global: false,
    max: perMinute ?? DEFAULT_RATE_LIMIT,
    timeWindow: '1 minute',
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { after }) =>
      new ProblemError(429, `Too many requests from this address; try again in ${after}.`)
  })
  const limit = app.rateLimit()
  // The address that has been found free last.
  let free: string | undefined
  const isFree = (ip: string): boolean => {
    if (ip === free) return true
    if (perMinute !== undefined || !isLoopback(ip)) return false
    free = ip
    return true
  }
  app.addHook('onRequest', (request, reply, done) => {
    // The plugin’s own exemptions cost a promise each.
    if (isFree(request.ip) || request.routeOptions.config.open === true) {
      done()
      return
    }
    limit.call(app, request, reply).then(() => {
      done()
    }, done)
  })
}
