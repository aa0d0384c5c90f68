import { join } from 'node:path'
import { runChild, startServer } from '../children/child.js'
import { serve, type Serving } from '../children/footfall.js'
import { FOOTFALL } from '../children/project.js'

/** Makes the tables in a database of the server. */
export async function initialise(url: string): Promise<void> {
  await runChild(FOOTFALL, ['clickhouse', 'init', '--clickhouse', url])
}

/** Where a collector keeps its history, and where it ships to; url null: nowhere. */
export interface Keeping {
  readonly folder: string
  readonly name: string
  readonly url: string | null
}

/** The options of a command that counts. Commits are as frequent without shipping: the wires are what is compared. */
export function keepingOptions({ folder, name, url }: Keeping): readonly string[] {
  const kept = ['--data-dir', join(folder, name), '--commit-interval', '1']
  return url === null ? kept : [...kept, '--clickhouse', url, '--collector', name]
}

export function startCollector(file: string, workers: number, keeping: Keeping): Promise<Serving> {
  return serve(file, workers, keepingOptions(keeping))
}

/** Starts `footfall gateway` on a free port of loopback. */
export async function startGateway(url: string): Promise<Serving> {
  const server = await startServer(FOOTFALL, [
    ...['gateway', '--clickhouse', url],
    ...['--host', '127.0.0.1', '--port', '0']
  ])
  const address = /http:\S+$/.exec(server.greeting)?.[0]
  if (address !== undefined) return { ...server, url: address }
  await server.end()
  throw new Error(`footfall gateway gave no address: ${server.greeting}`)
}
