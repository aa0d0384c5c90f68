import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve, type Serving } from './children/footfall.js'
import { countingBeside, type BesideResult } from './counting-beside.js'
import { apiFile } from './inputs/shop-file.js'
import { Connection } from './load/connection.js'
import { Dashboard } from './load/dashboard.js'
import { steadyLoad } from './load/steady-load.js'
import { StreamClient } from './load/stream-client.js'
import { until } from './load/until.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, type Latencies } from './statistics.js'

export interface ClientsResult {
  readonly streams: StreamsResult
  readonly connections: ConnectionsResult
  readonly ingest: IngestResult
  readonly dashboards: DashboardsResult
}

export interface StreamsResult {
  readonly clients: number
  readonly silent: number
  readonly seconds: number
  /** Snapshots that the reading clients were sent, and the least that one of them was. */
  readonly snapshots: number
  readonly leastSnapshots: number
  /** Resident memory of the server when all were connected, and at the end; bytes. */
  readonly beforeBytes: number
  readonly afterBytes: number
}

export interface ConnectionsResult {
  readonly connections: number
  /** Headline answers beside them, and without them. */
  readonly beside: Latencies
  readonly alone: Latencies
}

export interface IngestResult extends BesideResult {
  /** Requests a second. */
  readonly rate: number
  readonly latencies: Latencies
}

export interface DashboardsResult extends BesideResult {
  /** How many were open. */
  readonly count: number
}

const PATH = '/v1/items/most-viewed'
const APPEND_EVERY_MS = 200
/** Streams are sent a snapshot so often at the most. */
const TICK_MS = 1000
const SILENT_PART = 10
const LOAD_CONNECTIONS = 8
/** Asked beside what is open. */
const HEADLINE_RATE = 100

/** What many clients cost: streams of which some never read, idle connections, requests and dashboards beside ingest. */
export async function clients(options: BenchmarkOptions): Promise<ClientsResult> {
  return {
    streams: await streams(options),
    connections: await connections(options),
    ingest: await ingest(options),
    dashboards: await dashboards(options)
  }
}

/** Rejects when a reading client has not been sent the newest snapshot at the end. */
async function streams(options: BenchmarkOptions): Promise<StreamsResult> {
  const { streamClients, streamSeconds, workers, tell } = options
  const folder = mkdtempSync(join(options.folder, 'streams-'))
  const file = join(folder, 'events.jsonl')
  copyFileSync(apiFile(options).path, file)
  const server = await serve(file, workers)
  const connection = new Connection(server.url)
  const open: StreamClient[] = []
  try {
    await waitUntilLive(connection)
    tell(`clients: ${streamClients} streams for ${streamSeconds} s`)
    for (let number = 0; number < streamClients; number++) {
      open.push(await StreamClient.open(server.url, number % SILENT_PART !== 0))
    }
    const reading = open.filter(({ reads }) => reads)
    await until(() => reading.every(({ snapshots }) => snapshots > 0))
    const line = lastLine(file)
    const begun = performance.now()
    let beforeBytes = 0
    while (performance.now() - begun < streamSeconds * 1000) {
      appendFileSync(file, line)
      await sleep(APPEND_EVERY_MS)
      // Buffers of sockets and of the heap have taken what they take.
      if (beforeBytes === 0 && performance.now() - begun > streamSeconds * 300) beforeBytes = rssOf(server)
    }
    await waitUntilLive(connection)
    const afterBytes = rssOf(server)
    // Nothing is appended any more: whoever comes now is sent the last one.
    await sleep(2 * TICK_MS)
    const late = await StreamClient.open(server.url, true)
    open.push(late)
    await until(() => late.lastId !== null && reading.every(({ lastId }) => lastId === late.lastId))
    if (reading.some(({ isClosed }) => isClosed)) throw new Error('a stream that was read has been closed')
    const counts = reading.map(({ snapshots }) => snapshots)
    return {
      clients: streamClients,
      silent: streamClients - reading.length,
      seconds: streamSeconds,
      snapshots: counts.reduce((sum, count) => sum + count, 0),
      leastSnapshots: Math.min(...counts),
      beforeBytes,
      afterBytes
    }
  } finally {
    for (const client of open) client.close()
    connection.close()
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rejects when one of the connections is refused or closed meanwhile. */
async function connections(options: BenchmarkOptions): Promise<ConnectionsResult> {
  const { idleConnections, loadSeconds, workers, tell } = options
  const server = await serve(apiFile(options).path, workers)
  const connection = new Connection(server.url)
  const idle: Socket[] = []
  try {
    await waitUntilLive(connection)
    const alone = await headlines(server, loadSeconds)
    tell(`clients: ${idleConnections} idle connections`)
    const { hostname, port } = new URL(server.url)
    let closed = 0
    for (let number = 0; number < idleConnections; number++) {
      const socket = connect(Number(port), hostname)
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve).once('error', reject)
      })
      socket.once('close', () => closed++)
      idle.push(socket)
    }
    const beside = await headlines(server, loadSeconds)
    if (closed > 0) throw new Error(`${closed} of ${idleConnections} connections were closed`)
    return { connections: idleConnections, beside, alone }
  } finally {
    for (const socket of idle) socket.destroy()
    connection.close()
    await server.end()
  }
}

async function headlines({ url }: Serving, forSeconds: number): Promise<Latencies> {
  const found: number[] = []
  const begun = performance.now()
  await steadyLoad({
    url,
    path: PATH,
    rate: HEADLINE_RATE,
    connections: 1,
    isOver: () => performance.now() - begun > forSeconds * 1000,
    take: (_body, latencyMs) => found.push(latencyMs)
  })
  return latenciesOf(found)
}

/** Requests for headline answers while a whole file is counted. */
async function ingest(options: BenchmarkOptions): Promise<IngestResult> {
  const { ingestRate: rate } = options
  const found: number[] = []
  const beside = await countingBeside(options, `${rate} requests/s`, (url) => {
    let isOver = false
    const take = (_body: string, latencyMs: number) => found.push(latencyMs)
    const asking = steadyLoad({
      url,
      path: PATH,
      rate,
      connections: LOAD_CONNECTIONS,
      isOver: () => isOver,
      take
    })
    return {
      end: async () => {
        isOver = true
        await asking
      }
    }
  })
  return { ...beside, rate, latencies: latenciesOf(found) }
}

/** Open dashboards while a whole file is counted. */
async function dashboards(options: BenchmarkOptions): Promise<DashboardsResult> {
  const { dashboards: count } = options
  const beside = await countingBeside(options, `${count} dashboards`, (url) => {
    const open = Array.from({ length: count }, () => new Dashboard(url))
    return {
      begun: Promise.all(open.map((dashboard) => dashboard.shown)),
      end: async () => {
        await Promise.all(open.map((dashboard) => dashboard.end()))
      }
    }
  })
  return { ...beside, count }
}

function lastLine(file: string): string {
  return `${readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''}\n`
}

function rssOf({ pid }: Serving): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1024
}
