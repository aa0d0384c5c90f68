import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { MAX_EVENT_LOOP_DELAY_MS } from '../base/limits.js'
import { ProblemError } from './problem.js'

/** When a server has too much to do. */
export interface PressureOptions {
  /** How late the event loop may be, on average over `sampleMs`; ms. */
  readonly maxDelayMs?: number | undefined
  readonly sampleMs?: number | undefined
}

/**
 * Answers 503 while the main thread cannot keep up with its clients, so that
 * those whom it answers do not wait for ever. The health checks are answered:
 * the process is alive, and to end it would help nobody.
 */
export async function refuseUnderPressure(app: FastifyInstance, options: PressureOptions): Promise<void> {
  let isPressed = () => false
  // In a context without routes: the plugin's own hook looks up the route's options, which Fastify makes anew each time.
  await app.register(async (apart) => {
    await apart.register(underPressure, {
      maxEventLoopDelay: options.maxDelayMs ?? MAX_EVENT_LOOP_DELAY_MS,
      // Where nothing has run between two samples the plugin takes the delay for infinite: no less than the limit.
      sampleInterval: options.sampleMs ?? MAX_EVENT_LOOP_DELAY_MS
    })
    isPressed = () => apart.isUnderPressure()
  })
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isPressed() || request.routeOptions.config.open === true) done()
    else {
      const headers = { 'retry-after': '2' }
      done(new ProblemError(503, 'The server has too much to do; try again shortly.', headers))
    }
  })
}
