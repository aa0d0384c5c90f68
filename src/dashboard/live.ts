import { useEffect, useState } from 'preact/hooks'
import type { Snapshot } from '../query/snapshot-shape.js'
import type { Status } from '../query/shapes.js'

/** `stale`: connected, but what comes is of before a failure, or the last look at the state got no answer. */
export type Connection = 'connecting' | 'live' | 'stale' | 'disconnected'

export interface Live {
  readonly connection: Connection
  /** Null until the first has come; afterwards the last one, whatever the connection. */
  readonly snapshot: Snapshot | null
}

/** What the stream says; the browser connects anew by itself, and is helped where a server refuses it for a while. */
export function useLive(): Live {
  const [live, setLive] = useState<Live>({ connection: 'connecting', snapshot: null })
  useEffect(() => {
    let source: EventSource | null = null
    let again: ReturnType<typeof setTimeout> | undefined
    const set = (change: Partial<Live>) => {
      setLive((before) => ({ ...before, ...change }))
    }
    const connect = () => {
      source = new EventSource('/v1/stream')
      source.onopen = () => {
        set({ connection: 'live' })
      }
      source.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
        set({ connection: 'live', snapshot: JSON.parse(data) as Snapshot })
      })
      source.onerror = () => {
        set({ connection: 'disconnected' })
        // An answer that is no stream, such as a 503, ends it for good.
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(connect, RECONNECT_MS)
      }
    }
    connect()
    return () => {
      source?.close()
      clearTimeout(again)
    }
  }, [])
  return live
}

const RECONNECT_MS = 2000

/** An answer that is asked for again and again. */
export interface Answer<T> {
  /** The last good one; null until there is one. */
  readonly value: T | null
  /** Why there is no newer one; null where the last question was answered. */
  readonly error: string | null
}

/** Asks for `path` at once and every `everyMs`; another path begins anew. Null asks for nothing. */
export function useAnswer<T>(path: string | null, everyMs: number): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { readonly path: string | null }>(NOTHING)
  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      const asked = await ask<T>(path, abort.signal)
      if (abort.signal.aborted) return
      setAnswer((before) => ({
        path,
        value: asked.value ?? (before.path === path ? before.value : null),
        error: asked.error
      }))
      timer = setTimeout(() => void look(), everyMs)
    }
    void look()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [path, everyMs])
  return answer.path === path ? answer : NOTHING
}

const NOTHING = { path: null, value: null, error: null }

async function ask<T>(path: string, signal: AbortSignal): Promise<Answer<T>> {
  try {
    const response = await fetch(path, { signal, headers: { accept: 'application/json' } })
    const body = (await response.json()) as unknown
    if (response.ok) return { value: body as T, error: null }
    return { value: null, error: (body as { detail?: string }).detail ?? response.statusText }
  } catch {
    return { value: null, error: 'The server does not answer.' }
  }
}

/** Bytes and events a second between the last two states. */
export interface Throughput {
  readonly bytesPerSecond: number
  readonly linesPerSecond: number
}

/** How fast ingest has been since the state before; null until there are two. */
export function useThroughput(status: Status | null): Throughput | null {
  const [seen, setSeen] = useState<{ readonly status: Status; readonly found: Throughput | null } | null>(
    null
  )
  useEffect(() => {
    if (status === null) return
    setSeen((before) => ({
      status,
      found: before === null ? null : between(before.status, status, before.found)
    }))
  }, [status])
  return seen?.found ?? null
}

function between(before: Status, now: Status, found: Throughput | null): Throughput | null {
  const seconds = now.uptime_seconds - before.uptime_seconds
  // The server has begun anew.
  if (seconds < 0) return null
  if (seconds === 0) return found
  return {
    bytesPerSecond: Math.max(0, (now.source.bytes_read - before.source.bytes_read) / seconds),
    linesPerSecond: Math.max(0, (now.accounting.lines - before.accounting.lines) / seconds)
  }
}
