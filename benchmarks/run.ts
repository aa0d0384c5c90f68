import { api, type ApiResult } from './api.js'
import { clients, type ClientsResult } from './clients.js'
import { freshness, type FreshnessResult } from './freshness.js'
import { history, type HistoryResult } from './history.js'
import { insights, type InsightsResult } from './insights.js'
import { memory, type MemoryResult } from './memory.js'
import type { BenchmarkName, BenchmarkOptions } from './options.js'
import {
  apiTables,
  clientsTable,
  freshnessTable,
  historyTable,
  insightsTable,
  memoryTable,
  shapesTable,
  stagesTables,
  throughputTables
} from './report/tables.js'
import { shapes, type ShapesResult } from './shapes.js'
import { stages, type StagesResult } from './stages.js'
import { throughput, type ThroughputResult } from './throughput.js'

/** What was run, by name. */
export interface Results {
  throughput?: ThroughputResult
  shapes?: ShapesResult
  stages?: StagesResult
  memory?: MemoryResult
  freshness?: FreshnessResult
  api?: ApiResult
  insights?: InsightsResult
  clients?: ClientsResult
  history?: HistoryResult
}

/** Runs one benchmark, puts its result with the others, and gives its tables. */
export async function run(name: BenchmarkName, options: BenchmarkOptions, results: Results): Promise<string> {
  // Ten times a file for throughput would fill a disk.
  const stream = { ...options, events: options.streamEvents }
  switch (name) {
    case 'throughput':
      return throughputTables((results.throughput = await throughput(options)))
    case 'shapes':
      return shapesTable((results.shapes = await shapes(options)))
    case 'stages':
      return stagesTables((results.stages = await stages(options)))
    case 'memory':
      return memoryTable((results.memory = await memory(stream)))
    case 'freshness':
      return freshnessTable((results.freshness = await freshness(stream)))
    case 'api':
      return apiTables((results.api = await api(stream)))
    case 'insights':
      return insightsTable((results.insights = await insights(options)))
    case 'clients':
      return clientsTable((results.clients = await clients(stream)))
    case 'history':
      return historyTable((results.history = await history(options)))
  }
}
