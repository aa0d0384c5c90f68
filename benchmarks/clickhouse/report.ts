import { megabytes, percent, seconds, whole } from '../report/figures-text.js'
import { table, type Cell } from '../report/table.js'
import { latenciesOf, median, type Latencies } from '../statistics.js'
import type { BesideShippingResult, Compared, Counted } from './beside-shipping.js'
import type { GatewayResult } from './gateway-load.js'
import type { ClickHouseResult } from './run.js'
import type { ShippingResult } from './ship.js'
import type { Steady } from './steady.js'

export function clickHouseText({
  beside,
  shipping,
  gateway,
  freshness,
  agreement
}: ClickHouseResult): string {
  return [
    shippingTable(shipping),
    ...(beside === null ? [] : besideTables(beside)),
    ...gatewayTables(gateway),
    table(
      'from the append at a collector to the headline of the gateway (wanted: below 3,000 ms)',
      LATENCY_HEAD,
      [['top-grossing', ...latencyCells(freshness.visible)]]
    ),
    `${agreement.answers} answers of the gateway are those of a single server; all ${whole(agreement.lines)} lines counted`
  ].join('\n\n')
}

function shippingTable(shipping: ShippingResult): string {
  const { collectors, events, items, rows, processMs, textBytesPerRow, asShipped, merged } = shipping
  const perSecond = (amount: number) => amount / (processMs / 1000)
  const perCell = (bytes: number, cells: number) => (bytes / cells).toFixed(1)
  const cpu = shipping.clickhouseCpuMs
  return table(
    `shipping: ${collectors} collectors, ${whole(events)} events of ${whole(items)} items, by replay one after the other`,
    ['', 'figure'],
    [
      ['rows sent', whole(rows)],
      ['rows/s, from start to exit', whole(perSecond(rows))],
      ['MB/s of text', megabytes(perSecond(rows * textBytesPerRow))],
      ['seconds in all', seconds(processMs)],
      ['processor s of collectors', seconds(shipping.collectorCpuMs)],
      ['processor s of ClickHouse', cpu === null ? '-' : seconds(cpu)],
      ['bytes a row, as text', textBytesPerRow.toFixed(1)],
      [
        'rows, bytes a row on disk, as shipped',
        `${whole(asShipped.rows)}, ${perCell(asShipped.bytes, asShipped.rows)}`
      ],
      ['cells, bytes a cell on disk, merged', `${whole(merged.rows)}, ${perCell(merged.bytes, merged.rows)}`],
      ['OPTIMIZE FINAL, s', seconds(shipping.optimiseMs)]
    ]
  )
}

function besideTables({ day, rush, steady, replay }: BesideShippingResult): string[] {
  const contests = [
    ['serve, a day at once', day],
    ['serve, events of minutes', rush]
  ] as const
  const perSecond = (events: number, ms: readonly number[]) => whole(events / (median(ms) / 1000))
  const rows = contests.map(([name, { events, without, shipping, ratio }]) => [
    name,
    perSecond(
      events,
      without.map(({ countedMs }) => countedMs)
    ),
    perSecond(
      events,
      shipping.map(({ countedMs }) => countedMs)
    ),
    ratio.toFixed(2)
  ])
  rows.push([
    'replay, to its exit',
    perSecond(replay.events, replay.without),
    perSecond(replay.events, replay.shipping),
    replay.ratio.toFixed(2)
  ])
  return [
    table(
      `events/s counted, medians of ${day.without.length} rounds (wanted of serve: 0.8)`,
      ['', 'without', 'shipping', 'ratio'],
      rows
    ),
    table(
      'the same, medians',
      ['', 'counted s', 'committed s', 'shipped s', 'rows/s', 'MB/s', 'cpu s', 'ClickHouse cpu s'],
      contests.flatMap(([name, contest]) => countedRows(name, contest))
    ),
    steadyTable(steady)
  ]
}

function steadyTable({ events, without, shipping, ratio }: Compared<Steady>): string {
  const cells = (runs: readonly Steady[]) => [
    seconds(median(runs.map(({ cpuMs }) => cpuMs ?? 0))),
    ...latencyCells(runs[0]!.commits),
    ...latencyCells(runs[0]!.shippingLag ?? latenciesOf([])),
    megabytes(Math.max(...runs.map(({ mostLagBytes }) => mostLagBytes)))
  ]
  return table(
    `serve, a file that grows steadily by ${whole(events)} events; cpu without / shipping: ${ratio.toFixed(2)}; ` +
      'commits and lag of the first round',
    [
      ...['', 'cpu s', 'commits', 'p50 ms', 'p99 ms', 'max ms'],
      ...['lag of shipping', 'p50 ms', 'p99 ms', 'max ms', 'most lag of answers, MB']
    ],
    [
      ['without', ...cells(without)],
      ['shipping', ...cells(shipping)]
    ]
  )
}

function countedRows(name: string, { without, shipping }: Compared<Counted>): Cell[][] {
  return [
    [`${name}, without`, ...countedCells(without)],
    [`${name}, shipping`, ...countedCells(shipping)]
  ]
}

function countedCells(runs: readonly Counted[]): Cell[] {
  const cell = (valueOf: (run: Counted) => number | null, text: (value: number) => string) => {
    const values = runs.map(valueOf).filter((value) => value !== null)
    return values.length === 0 ? '-' : text(median(values))
  }
  const rate = (amount: number | null, ms: number | null) =>
    amount === null || ms === null ? null : amount / (ms / 1000)
  return [
    cell(({ countedMs }) => countedMs, seconds),
    cell(({ committedMs }) => committedMs, seconds),
    cell(({ shippedMs }) => shippedMs, seconds),
    cell(({ rows, shippedMs }) => rate(rows, shippedMs), whole),
    cell(({ bytes, shippedMs }) => rate(bytes, shippedMs), megabytes),
    cell(({ cpuMs }) => cpuMs, seconds),
    cell(({ clickhouseCpuMs }) => clickhouseCpuMs, seconds)
  ]
}

const LATENCY_HEAD = ['', 'count', 'p50 ms', 'p99 ms', 'max ms']

function latencyCells({ count, p50Ms, p99Ms, maxMs }: Latencies): Cell[] {
  return [count, ...[p50Ms, p99Ms, maxMs].map((ms) => ms?.toFixed(1) ?? '-')]
}

function gatewayTables(gateway: GatewayResult): string[] {
  const { rate, liveRate, seconds: loadSeconds, headlines, renewed, others, statements } = gateway
  const share = (ms: number | null) => (ms === null ? '-' : percent(ms / 1000 / loadSeconds))
  return [
    table(
      `gateway: ${rate} requests/s for ${loadSeconds} s, beside ${liveRate} events/s of its collectors ` +
        `(wanted: p99 below 100 ms); of a core the gateway took ${share(gateway.gatewayCpuMs)}, ` +
        `ClickHouse ${share(gateway.clickhouseCpuMs)}`,
      LATENCY_HEAD,
      [
        ...headlines.map(({ path, latencies }) => [path, ...latencyCells(latencies)]),
        ['from one headline to the next', ...latencyCells(renewed)]
      ]
    ),
    table(
      'meanwhile in ClickHouse',
      ['', 'count', 'p50 ms', 'max ms', 'in all s', 'rows read'],
      statements.map(({ kind, count, p50Ms, maxMs, totalMs, rows }) => [
        kind,
        count,
        p50Ms,
        maxMs,
        seconds(totalMs),
        whole(rows)
      ])
    ),
    table(
      'gateway: other questions, one after the other, beside the same',
      LATENCY_HEAD,
      others.map(({ path, latencies }) => [path, ...latencyCells(latencies)])
    )
  ]
}
