import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { TopItems } from '../../src/query/shapes.js'
import { ClickHouseServer } from '../support/clickhouse.js'
import { footfall, startServe, type Served } from '../support/command.js'
import { openStream } from '../support/event-stream.js'

/** A line of a visit, at a minute past ten. */
export const visit = (item: string, minute = 0) =>
  `{"event_type":"page_visit","timestamp":"2026-11-20T10:${String(minute).padStart(2, '0')}:00Z","item_id":"${item}","customer_id":"c"}\n`

/** A server that has the tables. */
export async function initialised(t: Test): Promise<ClickHouseServer> {
  const server = await ClickHouseServer.start(t)
  const made = await footfall(['clickhouse', 'init', '--clickhouse', server.url])
  t.equal(made.code, 0, made.stderr)
  t.match(made.stdout, /^the tables are in ClickHouse at 127\.0\.0\.1:\d+: days of UTC, money in USD\n$/)
  return server
}

/** The arguments of a collector that has a file, a name and a data directory. */
export function shippingArgs(
  { url }: { readonly url: string },
  file: string,
  collector: string,
  dataDir: string
): readonly string[] {
  return [file, '--clickhouse', url, '--collector', collector, '--data-dir', dataDir]
}

/** Looks each time that the gateway has something new, until it is as wanted. */
export async function whenNews<T>(
  t: Test,
  { url }: Served,
  look: () => Promise<T>,
  isMet: (found: T) => boolean
): Promise<T> {
  const stream = (await openStream(t, url)).read()
  for (let count = 1; ; count++) {
    await stream.received(count)
    const found = await look()
    if (!isMet(found)) continue
    stream.close()
    return found
  }
}

/** Waits until the gateway's most viewed items are as wanted. */
export function topWhen(t: Test, gateway: Served, isMet: (answer: TopItems) => boolean): Promise<TopItems> {
  return whenNews(t, gateway, async () => (await gateway.get('/v1/items/most-viewed')) as TopItems, isMet)
}

export function startGateway(t: Test, { url }: { readonly url: string }): Promise<Served> {
  return startServe(t, ['--clickhouse', url], {}, 'gateway')
}

/** The items that a gateway has in the last hour, and their views. */
export async function viewsOf({ get }: Served): Promise<readonly unknown[]> {
  const { data } = (await get('/v1/items/most-viewed')) as TopItems
  return data.map(({ item_id: id, value }) => [id, value])
}

/** Asks a server until its answer is 0. */
export async function untilNone(server: ClickHouseServer, sql: string): Promise<void> {
  while (Number((await server.rows(sql))[0]?.[0]) > 0) await delay(50)
}
