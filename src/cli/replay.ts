import { FootfallError } from '../base/errors.js'
import type { ProcessingOptions } from './options.js'
import { showProgress } from './progress.js'
import { shippingOf } from './shipping.js'
import { startPipeline } from './start-pipeline.js'

export interface ReplayOptions extends ProcessingOptions {
  readonly json?: boolean
}

/** Processes a file to its end and prints what it came to. */
export async function replay(file: string, options: ReplayOptions): Promise<void> {
  const begun = performance.now()
  const { dataDir, ephemeral } = options
  const keeping = dataDir === undefined || ephemeral === true ? 'nothing' : { dataDir }
  const shipping = await shippingOf(keeping, options, Infinity)
  const pipeline = startPipeline(file, false, keeping, { ...options, shipping })
  const endProgress = showProgress(pipeline)
  // What the result is written with is loaded while the threads work.
  const writing = import('./replay-result.js')
  try {
    await pipeline.done
  } finally {
    endProgress()
  }
  const elapsedMs = Math.round(performance.now() - begun)
  const { replayResult, resultText } = await writing
  const result = replayResult(pipeline, options, elapsedMs)
  process.stdout.write(await resultText(file, result, options.json === true))
  const unshipped = pipeline.shipping
  if (unshipped === null || unshipped.waitingSinceMs === null) return
  throw new FootfallError(
    'server',
    `not all was shipped: ${unshipped.error ?? 'it was ended before'}; the next run goes on with it`
  )
}
