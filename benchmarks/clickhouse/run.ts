import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Serving } from '../children/footfall.js'
import { Connection } from '../load/connection.js'
import { waitUntilLive } from '../load/wait-until-live.js'
import { checkAgreement, type AgreementResult } from './agreement.js'
import { besideShipping, type BesideShippingResult } from './beside-shipping.js'
import { initialise, startCollector, startGateway, type Keeping } from './far.js'
import { farFreshness, type FarFreshnessResult } from './freshness.js'
import { loadGateway, type GatewayResult } from './gateway-load.js'
import { writeInputs, writeRush, type Inputs } from './inputs.js'
import { LiveAppend } from './live-append.js'
import type { ClickHouseOptions } from './options.js'
import { ClickHouseServer } from './server.js'
import { ship, type ShippingResult } from './ship.js'

export interface ClickHouseResult {
  /** Null: it was left out. */
  readonly beside: BesideShippingResult | null
  readonly shipping: ShippingResult
  readonly gateway: GatewayResult
  readonly freshness: FarFreshnessResult
  readonly agreement: AgreementResult
}

/**
 * Collectors, one ClickHouse and a gateway on one machine. Rejects when something
 * is not as it was written, or the gateway answers otherwise than a single server.
 */
export async function runClickHouse(options: ClickHouseOptions): Promise<ClickHouseResult> {
  const folder = mkdtempSync(join(options.folder, 'footfall-clickhouse-'))
  try {
    const place = join(folder, 'clickhouse')
    mkdirSync(place)
    const server = await ClickHouseServer.start(place)
    try {
      return await measure(server, folder, options)
    } finally {
      await server.end()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(
  server: ClickHouseServer,
  folder: string,
  options: ClickHouseOptions
): Promise<ClickHouseResult> {
  options.tell(`writing ${options.events} events`)
  const inputs = writeInputs(folder, options)
  const beside = options.rounds === 0 ? null : await compareShipping(server, inputs, folder, options)
  await initialise(server.url)
  const keepings = inputs.parts.map((_, part) => ({ folder, name: `collector-${part}`, url: server.url }))
  const shipping = await ship(server, inputs, keepings, options)
  return { beside, shipping, ...(await askGateway(server, inputs, keepings, folder, options)) }
}

async function compareShipping(
  server: ClickHouseServer,
  { whole, parts }: Inputs,
  folder: string,
  options: ClickHouseOptions
): Promise<BesideShippingResult> {
  const rush = writeRush(join(folder, 'rush.jsonl'), options)
  try {
    return await besideShipping(server, { day: whole, rush, part: parts[0]! }, folder, options)
  } finally {
    rmSync(rush.path)
  }
}

/** The collectors go on with what they have shipped, and their files grow, while the gateway is asked. */
async function askGateway(
  server: ClickHouseServer,
  inputs: Inputs,
  keepings: readonly Keeping[],
  folder: string,
  options: ClickHouseOptions
): Promise<Pick<ClickHouseResult, 'gateway' | 'freshness' | 'agreement'>> {
  const servers: Serving[] = []
  let live: LiveAppend | null = null
  try {
    options.tell('gateway: starting collectors')
    for (const [part, { path }] of inputs.parts.entries()) {
      // One worker: a few events a second are not to be shared out.
      servers.push(await startCollector(path, 1, keepings[part]!))
    }
    for (const { url } of servers) await untilLive(url)
    const gateway = await startGateway(server.url)
    servers.push(gateway)
    live = new LiveAppend(inputs, options)
    const load = await loadGateway(gateway, server, options)
    const freshness = await farFreshness(gateway, live, options)
    live.end()
    const agreement = await checkAgreement(gateway, live, inputs.whole.path, folder, options)
    const exits = await Promise.all(servers.map((one) => one.end()))
    if (exits.some((status) => status !== 0)) throw new Error(`servers ended with ${exits.join(', ')}`)
    return { gateway: load, freshness, agreement }
  } catch (error) {
    const said = servers.map((one) => one.said()).filter((text) => text !== '')
    throw new Error(`${(error as Error).message}\nservers said: ${said.join('\n')}`, { cause: error })
  } finally {
    live?.end()
    await Promise.all(servers.map((one) => one.end()))
  }
}

async function untilLive(url: string): Promise<void> {
  const connection = new Connection(url)
  try {
    await waitUntilLive(connection)
  } finally {
    connection.close()
  }
}
