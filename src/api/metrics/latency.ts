import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { MetricObjectWithValues, MetricType, MetricValueWithName } from 'prom-client'
import type { Guard } from '../guards.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** When its headers had come in; ms of `performance.now()`. */
    startedAt: number
  }
}

/** Upper bounds; s. A headline answer takes far less than the first, a question to the history up to the middle. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const

const NAME = 'footfall_http_request_duration_seconds'

/** Requests of a route and class of status: how many by bucket, the one without a bound last, and their time. */
interface Series {
  readonly counts: number[]
  sum: number
}

/**
 * How long requests take, by route (as it is declared, never what a client has
 * made up: of unknown paths nothing is counted) and class of status, from their
 * headers to the answer that is handed to the socket. Counted in plain arrays:
 * prom-client’s own histogram makes a key of the labels at each observation. Not
 * by Fastify’s `onResponse`, for which it listens to the end of each answer.
 */
export class LatencyHistogram {
  readonly name = NAME
  readonly help = 'From the headers of a request to its answer, which may still have to be sent.'
  readonly #byRoute = new Map<string, (Series | undefined)[]>()

  observe(route: string, status: number, seconds: number): void {
    let classes = this.#byRoute.get(route)
    if (classes === undefined) this.#byRoute.set(route, (classes = []))
    const series = (classes[Math.trunc(status / 100)] ??= { counts: BOUNDS.map(() => 0).concat(0), sum: 0 })
    let bucket = 0
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket++
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += seconds
  }

  /** As a registry asks for it. */
  get(): Promise<Omit<MetricObjectWithValues<MetricValueWithName<string>>, 'collect'>> {
    const values = [...this.#byRoute].flatMap(([route, classes]) =>
      classes.flatMap((series, status) =>
        series === undefined ? [] : valuesOf({ route, status: `${status}xx` }, series)
      )
    )
    const { name, help } = this
    // An enumeration without a value where types are stripped.
    return Promise.resolve({
      name,
      help,
      type: 'histogram' as unknown as MetricType,
      aggregator: 'sum',
      values
    })
  }
}

function valuesOf(labels: Record<string, string>, { counts, sum }: Series): MetricValueWithName<string>[] {
  let below = 0
  const buckets = counts.map((count, bucket) => {
    below += count
    return { metricName: `${NAME}_bucket`, labels: { le: BOUNDS[bucket] ?? '+Inf', ...labels }, value: below }
  })
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels, value: sum },
    { metricName: `${NAME}_count`, labels, value: below }
  ]
}

/** The first of the guards. */
export const startLatency: Guard = (request) => {
  request.startedAt = performance.now()
  return undefined
}

/** Measures every request of a route that is registered from now on. */
export function measureLatency(app: FastifyInstance): LatencyHistogram {
  const latency = new LatencyHistogram()
  app.decorateRequest('startedAt', 0)
  const observe =
    (route: string) =>
    (request: FastifyRequest, reply: FastifyReply, _payload: unknown, done: () => void) => {
      latency.observe(route, reply.statusCode, (performance.now() - request.startedAt) / 1000)
      done()
    }
  // A hook a route: Fastify makes a route's options anew for whoever asks a request for them.
  app.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), observe(route.url)]
  })
  return latency
}
