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
  await app.register(underPressure, {
    maxEventLoopDelay: options.maxDelayMs ?? MAX_EVENT_LOOP_DELAY_MS,
    sampleInterval: options.sampleMs ?? 1000,
    pressureHandler: (request) => {
      if (request.routeOptions.config.open === true) return
      return Promise.reject(
        new ProblemError(503, 'The server has too much to do; try again shortly.', { 'retry-after': '2' })
      )
    }
  })
}
