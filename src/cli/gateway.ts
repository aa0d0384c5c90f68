import type { FastifyInstance } from 'fastify'
import { buildApp } from '../api/app.js'
import { FootfallError } from '../base/errors.js'
import { parseCurrency } from '../base/currency.js'
import { Connection } from '../clickhouse/connection.js'
import { FarShop } from '../clickhouse/far-shop.js'
import { readShared } from '../clickhouse/init.js'
import { GatewayQueries } from '../query/gateway-queries.js'
import { tokenOf } from './access.js'
import { closeApp, closeOnSignal, listen } from './listening.js'
import { logged, type Log } from './log.js'
import type { ServingOptions } from './serving-options.js'
import { serverOf } from './shipping.js'
import { version } from './version.js'

/** A look that takes longer has failed, and answers are those of before; ms. */
const LOOK_TIMEOUT_MS = 12_000

export interface GatewayOptions extends ServingOptions {
  readonly clickhouse: string
}

/** Serves the API and the dashboard over all collectors of a ClickHouse until a signal comes. */
export async function gateway(options: GatewayOptions): Promise<void> {
  await logged(options.logFormat, (log) => serveUntilDone(options, log))
}

async function serveUntilDone(options: GatewayOptions, log: Log): Promise<void> {
  const { host, port, allowHost, rateLimit } = options
  const token = tokenOf(options)
  const connection = new Connection(serverOf(options.clickhouse))
  const looking = new Connection({
    ...serverOf(options.clickhouse),
    timeoutMs: LOOK_TIMEOUT_MS
  })
  let app: FastifyInstance | null = null
  let queries: GatewayQueries | null = null
  let isClosed: () => void = () => undefined
  const closed = new Promise<void>((resolve) => (isClosed = resolve))
  const close = async () => {
    if (app !== null) await closeApp(app)
    const looked = queries?.close()
    await Promise.all([connection.close(), looking.close()])
    await looked
    isClosed()
  }
  const ignoreSignals = closeOnSignal(() => Promise.resolve(), close, log)
  try {
    const { timeZone, currency: code } = await readShared(connection)
    const currency = parseCurrency(code)
    if (currency === null) throw new FootfallError('server', `the currency in ClickHouse is ${code}`)
    queries = new GatewayQueries(new FarShop(connection, timeZone), new FarShop(looking, timeZone), {
      currency,
      timeZone,
      source: connection.name,
      noticed: log.notice
    })
    await queries.start()
    const hosts = { bound: host, allowed: allowHost }
    app = await buildApp({ queries, version, token, rateLimit, hosts, logger: log.requests })
    const url = await listen(app, host, port)
    process.stdout.write(`footfall serves the collectors of ClickHouse at ${connection.name} at ${url}\n`)
    await closed
  } finally {
    ignoreSignals()
    await close()
  }
}
