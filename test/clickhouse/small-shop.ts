import type { Test } from 'tap'
import type { TopItems } from '../../src/query/shapes.js'
import { ClickHouseServer } from '../support/clickhouse.js'
import { footfall, type Served } from '../support/command.js'

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

/** Waits until the gateway says so. */
export async function topWhen(gateway: Served, isMet: (answer: TopItems) => boolean): Promise<TopItems> {
  for (;;) {
    const answer = (await gateway.get('/v1/items/most-viewed')) as TopItems
    if (isMet(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
