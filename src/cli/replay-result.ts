import { DEFAULT_ROWS } from '../base/limits.js'
import type { Pipeline } from '../ingest/pipeline.js'
import { HEADLINE_METRICS } from '../metrics/metrics.js'
import { BoardQueries } from '../query/board-queries.js'
import { jsonText } from '../query/serialise.js'
import type { ReplayResult } from '../query/shapes.js'
import type { ProcessingOptions } from './options.js'
import type { HeadlineAnswers } from './ranking-table.js'
import { columnsOf, styleOf } from './style.js'

/** What a pipeline that has ended came to. */
export function replayResult(
  pipeline: Pipeline,
  options: ProcessingOptions,
  elapsedMs: number
): ReplayResult {
  const queries = new BoardQueries(pipeline, options.currency)
  const answers = HEADLINE_METRICS.map(
    (metric) => [metric.headline.member, queries.headline(metric, DEFAULT_ROWS)] as const
  )
  return {
    ...(Object.fromEntries(answers) as HeadlineAnswers),
    accounting: queries.accounting(),
    clock: queries.clock(),
    bytes: queries.offset(),
    workers: options.workers,
    elapsed_ms: elapsedMs
  }
}

/** The result as one JSON object, or as tables for people. */
export async function resultText(file: string, result: ReplayResult, asJson: boolean): Promise<string> {
  if (asJson) return `${jsonText(result)}\n`
  const { replayTables } = await import('./replay-tables.js')
  const { stdout } = process
  return replayTables(file, result, { style: styleOf(stdout), columns: columnsOf(stdout) })
}
