import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Status } from '../src/query/shapes.js'
import { serve, type Serving } from './children/footfall.js'
import { LARGE_SCALE, apiFile, shopFile } from './inputs/shop-file.js'
import { Connection } from './load/connection.js'
import { steadyLoad } from './load/steady-load.js'
import { StreamClient } from './load/stream-client.js'
import { waitUntilLive } from './load/wait-until-live.js'
import type { BenchmarkOptions } from './options.js'
import { latenciesOf, median, type Latencies } from './statistics.js'

export interface ClientsResult {
  readonly streams: StreamsResult
  readonly connections: ConnectionsResult
  readonly ingest: IngestResult
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

export interface IngestResult {
  /** Requests a second. */
  readonly rate: number
  /** Bytes a second until all is counted, with the requests and without, by round. */
  readonly loaded: readonly number[]
  readonly alone: readonly number[]
  /** Median of loaded / alone of each round. */
  readonly ratio: number
  readonly latencies: Latencies
}

const PATH = '/v1/items/most-viewed'
const APPEND_EVERY_MS = 200
/** Streams are sent a snapshot so often at the most. */
const TICK_MS = 1000
const SILENT_PART = 10
const LOAD_CONNECTIONS = 8
/** Asked beside what is open. */
const HEADLINE_RATE = 100

/** What many clients cost: streams of which some never read, idle connections, requests beside ingest. */
export async function clients(options: BenchmarkOptions): Promise<ClientsResult> {
  return {
    streams: await streams(options),
    connections: await connections(options),
    ingest: await ingest(options)
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

/** Rounds of a whole file with requests and without, one after the other. Rejects when not all of it is counted. */
async function ingest(options: BenchmarkOptions): Promise<IngestResult> {
  const { loadRuns, ingestRate, workers, tell } = options
  const file = shopFile(options, LARGE_SCALE)
  const latencies: number[] = []
  const count = async (rate: number): Promise<number> => {
    const begun = performance.now()
    const server = await serve(file.path, workers)
    const connection = new Connection(server.url)
    try {
      let isOver = false
      const load = rate === 0 ? Promise.resolve() : askUntil(server.url, rate, () => isOver, latencies)
      const status = await waitUntilLive(connection)
      const tookMs = performance.now() - begun
      isOver = true
      await load
      checkAll(status, file.events)
      return (file.sizeBytes / tookMs) * 1000
    } finally {
      connection.close()
      await server.end()
    }
  }
  const [loaded, alone]: [number[], number[]] = [[], []]
  for (let round = 0; round < loadRuns; round++) {
    tell(`clients: ingest beside ${ingestRate} requests/s, round ${round + 1} of ${loadRuns}`)
    alone.push(await count(0))
    loaded.push(await count(ingestRate))
  }
  const ratio = median(loaded.map((rate, round) => rate / (alone[round] ?? 1)))
  return { rate: ingestRate, loaded, alone, ratio, latencies: latenciesOf(latencies) }
}

function askUntil(url: string, rate: number, isOver: () => boolean, latencies: number[]): Promise<void> {
  const take = (_body: string, latencyMs: number) => latencies.push(latencyMs)
  return steadyLoad({ url, path: PATH, rate, connections: LOAD_CONNECTIONS, isOver, take })
}

function checkAll({ accounting }: Status, events: number): void {
  if (accounting.accepted !== events)
    throw new Error(`${accounting.accepted} of ${events} events were accepted`)
}

function lastLine(file: string): string {
  return `${readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? ''}\n`
}

function rssOf({ pid }: Serving): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1024
}

const LIMIT_MS = 60_000

async function until(isMet: () => boolean): Promise<void> {
  const begun = performance.now()
  while (!isMet()) {
    if (performance.now() - begun > LIMIT_MS) throw new Error(`not met within ${LIMIT_MS} ms`)
    await sleep(50)
  }
}
