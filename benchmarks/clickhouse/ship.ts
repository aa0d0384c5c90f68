import { replay } from '../children/footfall.js'
import { checkViews, insertedRows, optimise, stored, textBytesPerRow, type Stored } from './cells.js'
import { keepingOptions, type Keeping } from './far.js'
import type { Inputs } from './inputs.js'
import type { ClickHouseOptions } from './options.js'
import { processorMs, processorMsSince } from './processor-time.js'
import type { ClickHouseServer } from './server.js'

export interface ShippingResult {
  readonly collectors: number
  readonly events: number
  readonly items: number
  /** Rows that were sent, the same cell once for each commit that has changed it. */
  readonly rows: number
  /** Of the replays, from their start to their exit. */
  readonly processMs: number
  readonly collectorCpuMs: number
  readonly clickhouseCpuMs: number | null
  readonly textBytesPerRow: number
  readonly asShipped: Stored
  /** After OPTIMIZE FINAL: a row a cell. */
  readonly merged: Stored
  readonly optimiseMs: number
}

/**
 * Collectors replay their parts of a day, one after the other, until all of it is
 * in ClickHouse. Rejects when a line was not accepted, or ClickHouse has not all
 * views and items.
 */
export async function ship(
  server: ClickHouseServer,
  { whole, parts }: Inputs,
  keepings: readonly Keeping[],
  { items, workers, tell }: ClickHouseOptions
): Promise<ShippingResult> {
  const before = await insertedRows(server)
  const cpuBefore = processorMs(server.pid)
  let [processMs, collectorCpuMs] = [0, 0]
  for (const [number, part] of parts.entries()) {
    tell(`shipping: collector ${number + 1} of ${parts.length}`)
    const { result, ...used } = await replay(part.path, workers, keepingOptions(keepings[number]!))
    const { accepted, lines } = result.accounting
    if (accepted !== part.lines || lines !== part.lines) {
      throw new Error(`${accepted} of ${part.lines} lines of ${part.path} were accepted`)
    }
    processMs += used.processMs
    collectorCpuMs += used.cpuMs
  }
  const rows = (await insertedRows(server)) - before
  const clickhouseCpuMs = processorMsSince(server.pid, cpuBefore)
  await checkViews(server, whole)
  await checkItems(server, items)
  const asShipped = await stored(server)
  tell('shipping: OPTIMIZE FINAL')
  const begun = performance.now()
  await optimise(server)
  const optimiseMs = performance.now() - begun
  return {
    ...{ collectors: parts.length, events: whole.lines, items, rows, processMs, collectorCpuMs },
    ...{ clickhouseCpuMs, optimiseMs, asShipped },
    textBytesPerRow: await textBytesPerRow(server),
    merged: await stored(server)
  }
}

async function checkItems(server: ClickHouseServer, items: number): Promise<void> {
  const [found] = await server.numbers(
    'SELECT uniqExact(item) FROM footfall_cells WHERE tier = 0 AND kind = 0'
  )
  if (found !== items) throw new Error(`ClickHouse has ${String(found)} items, not ${items}`)
}
