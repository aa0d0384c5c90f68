import type { Pipeline } from '../ingest/pipeline.js'
import { SMOOTHED_MS, progressText, type Look } from './progress-text.js'
import { showStatusLine } from './status-line.js'
import { canRewrite, columnsOf, styleOf } from './style.js'

const INTERVAL_MS = 200

/**
 * Shows how far a pipeline is, in one line of standard error that is written over
 * again; on a terminal only. What follows its source is shown until it has caught
 * up. Returns what ends it and takes the line away.
 */
export function showProgress(pipeline: Pipeline): () => void {
  const { stderr } = process
  if (!canRewrite(stderr)) return () => undefined
  const { speed } = pipeline.options.source
  const style = styleOf(stderr)
  let looks: readonly Look[] = []
  const timer = setInterval(() => {
    const look = lookAt(pipeline)
    if (look === null) return
    if (hasCaughtUp(pipeline, look)) {
      end()
      return
    }
    looks = [...looks.filter(({ atMs }) => look.atMs - atMs <= SMOOTHED_MS), look]
    // In its last column a terminal may go on in the next line.
    const width = columnsOf(stderr) - 1
    showStatusLine(progressText(looks, { width, speed, style }))
  }, INTERVAL_MS)
  timer.unref()
  function end() {
    clearInterval(timer)
    showStatusLine('')
  }
  return end
}

/** Whether what follows its source is at its end; at a speed what was read waits to be played. */
function hasCaughtUp({ options: { source }, state }: Pipeline, { bytes, sizeBytes }: Look): boolean {
  if (!source.follow || (state !== 'live' && state !== 'ended')) return false
  return source.speed === null || sizeBytes === null || bytes >= sizeBytes
}

function lookAt(pipeline: Pipeline): Look | null {
  const board = pipeline.boards.read()
  if (board === null) return null
  const { offset, counts, nowMs } = board
  const { sizeBytes } = pipeline
  return { atMs: performance.now(), bytes: offset, sizeBytes, events: counts.accepted, clockMs: nowMs }
}
