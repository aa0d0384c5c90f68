import type { Contestant } from '../children/contestants.js'

export function whole(count: number): string {
  return Math.round(count).toLocaleString('en')
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`
}

export function times(ratio: number): string {
  return ratio >= 1 ? `${ratio.toFixed(2)} x faster` : `${(1 / ratio).toFixed(2)} x slower`
}

export function contestantText({ program, threads }: Contestant): string {
  switch (program) {
    case 'footfall':
      return `footfall, ${threads} ${threads === 1 ? 'worker' : 'workers'}`
    case 'duckdb':
      return `DuckDB, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
    case 'readline':
      return 'readline + JSON.parse'
  }
}
