import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import { EVENT_LOOP_SAMPLE_MS, MAX_EVENT_LOOP_DELAY_MS } from '../base/limits.js'
import type { Guard } from './guards.js'
import { ProblemError } from './problem.js'

/** When a server has too much to do. */
export interface PressureOptions {
  /** How late the event loop may be, on average over `sampleMs`; ms, 0: as late as it likes. */
  readonly maxDelayMs?: number | undefined
  readonly sampleMs?: number | undefined
}

const RESOLUTION_MS = 10

/**
 * Answers 503 while the main thread cannot keep up with its clients, so that
 * those whom it answers do not wait for ever. The health checks are answered:
 * the process is alive, and to end it would help nobody.
 *
 * How late the event loop is, is looked at from when the server listens. Not
 * `@fastify/under-pressure`: it looks from when it is registered, so on a busy
 * machine the start itself is too much; one block as long as its sample leaves
 * it without a figure, which it takes for endless; and for each request it has
 * Fastify make the route’s options.
 */
export function pressureGuard(app: FastifyInstance, options: PressureOptions): Guard {
  const { maxDelayMs = MAX_EVENT_LOOP_DELAY_MS, sampleMs = EVENT_LOOP_SAMPLE_MS } = options
  if (maxDelayMs === 0) return () => undefined
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  let isPressed = false
  let timer: NodeJS.Timeout | undefined
  app.addHook('onListen', (done) => {
    delays.enable()
    timer = setInterval(() => {
      // Nanoseconds; NaN, which is no more than anything, where there was no time to look.
      isPressed = delays.mean / 1e6 - RESOLUTION_MS > maxDelayMs
      delays.reset()
    }, sampleMs).unref()
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer)
    delays.disable()
    done()
  })
  return (request) => {
    if (!isPressed || request.routeOptions.config.open === true) return undefined
    const headers = { 'retry-after': '2' }
    return new ProblemError(503, 'The server has too much to do; try again shortly.', headers)
  }
}
