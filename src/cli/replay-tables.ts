import { printable } from '../base/printable.js'
import type { Accounting, ReplayResult } from '../query/shapes.js'
import { alignedRows } from './display-width.js'
import { bytesText, counted, grouped, instantText } from './figures.js'
import { rankingTables, type TableLook } from './ranking-table.js'
import type { Style } from './style.js'

/** A replay's result for people. */
export function replayTables(file: string, result: ReplayResult, look: TableLook): string {
  const accounting = accountingTable(result.accounting, look.style)
  const parts = [rankingTables(result, look), accounting, summary(file, result)]
  return `${parts.join('\n\n')}\n`
}

/** Parts are indented below their whole, and left out where there are none. */
function accountingTable(accounting: Accounting, style: Style): string {
  const { lines, blank, accepted, late, unpriced, anonymous, rejected, fallback } = accounting
  const part = (name: string, count: number): [string, number][] =>
    count === 0 ? [] : [[`  ${name}`, count]]
  const rows: readonly [string, number][] = [
    ['lines', lines],
    ...part('by the reference parser', fallback),
    ['blank', blank],
    ['accepted', accepted],
    ...part('late', late),
    ...part('unpriced', unpriced),
    ...part('anonymous', anonymous),
    ['rejected', rejected],
    ...Object.entries(accounting.rejected_by_reason).flatMap(([reason, count]) => part(reason, count))
  ]
  const table = alignedRows(
    rows.map(([name, count]) => [name, grouped(count)]),
    ['left', 'right']
  )
  return [style('bold', 'Accounting'), ...table.map((line) => ` ${line}`)].join('\n')
}

function summary(file: string, { accounting, clock, bytes, workers, elapsed_ms: ms }: ReplayResult): string {
  const rate = (count: number) => (count / Math.max(1, ms)) * 1000
  const speed = `${grouped(Math.round(rate(accounting.lines)))} lines/s, ${bytesText(Math.round(rate(bytes)))}/s`
  const now = clock.now === null ? '' : `; clock ${instantText(clock.now)}`
  return (
    `${printable(file)}: ${counted(accounting.lines, 'line')}, ${bytesText(bytes)} in ` +
    `${(ms / 1000).toFixed(2)} s (${speed}, ${counted(workers, 'worker')})${now}`
  )
}
