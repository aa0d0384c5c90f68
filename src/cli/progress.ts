import type { Pipeline } from '../ingest/pipeline.js'

const INTERVAL_MS = 200

/**
 * Shows how far a pipeline is, in one line that is written over again; on a
 * terminal only. Returns what ends it and clears the line.
 */
export function showProgress(pipeline: Pipeline, stream: NodeJS.WriteStream = process.stderr): () => void {
  if (!stream.isTTY) return () => undefined
  let shownAt = performance.now()
  let shownLines = 0
  const timer = setInterval(() => {
    const board = pipeline.boards.read()
    if (board === null || pipeline.state !== 'catching_up') return
    const now = performance.now()
    const lines = board.counts.lines
    const rate = Math.round(((lines - shownLines) / (now - shownAt)) * 1000)
    shownAt = now
    shownLines = lines
    const size = pipeline.sizeBytes
    const share =
      size === null || size === 0
        ? ''
        : ` of ${megabytes(size)} (${Math.floor((board.offset / size) * 100)} %)`
    stream.write(`\r\x1b[K${megabytes(board.offset)}${share}, ${rate.toLocaleString('en')} lines/s`)
  }, INTERVAL_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    stream.write('\r\x1b[K')
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
