import { Counter, Gauge, Registry, type Metric } from 'prom-client'
import type { Status } from '../../query/shapes.js'
import { FAMILIES, type Family } from './families.js'
import type { LatencyHistogram } from './latency.js'

/** The metrics of a server as Prometheus reads them; their values are those of the status at that time. */
export class Metrics {
  readonly #registry = new Registry()
  /** What is being told. */
  #status: Status | null = null

  constructor(version: string, latency: LatencyHistogram) {
    for (const family of FAMILIES) this.#add(family)
    new Gauge({
      name: 'footfall_build_info',
      help: 'What is running: 1.',
      labelNames: ['version', 'node'],
      registers: [this.#registry]
    }).set({ version, node: process.version }, 1)
    // A registry asks for no more of a metric than this.
    this.#registry.registerMetric(latency as unknown as Metric)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(status: Status): Promise<string> {
    this.#status = status
    return this.#registry.metrics()
  }

  #add({ name, help, type, label, read }: Family): void {
    const options = {
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry]
    }
    const samples = () => {
      const values = this.#status === null ? null : read(this.#status)
      if (values === null) return []
      if (typeof values === 'number') return [{ labels: {}, value: values }]
      return Object.entries(values).map(([key, value]) => ({ labels: { [label ?? '']: key }, value }))
    }
    if (type === 'gauge') {
      const metric = new Gauge({
        ...options,
        collect: () => {
          metric.reset()
          // What has no value now is not told: `reset` makes it 0.
          if (samples().length === 0 && label === undefined) metric.remove()
          for (const { labels, value } of samples()) metric.set(labels, value)
        }
      })
    } else {
      const metric = new Counter({
        ...options,
        collect: () => {
          metric.reset()
          if (samples().length === 0 && label === undefined) metric.remove()
          for (const { labels, value } of samples()) metric.inc(labels, value)
        }
      })
    }
  }
}
