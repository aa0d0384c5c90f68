import Table from 'cli-table3'
import { printable } from '../base/printable.js'
import { HEADLINE_METRICS } from '../metrics/metrics.js'
import type { Accounting, ReplayResult, TopItems } from '../query/shapes.js'

/** A replay's result for people. */
export function replayTables(file: string, result: ReplayResult): string {
  const answers: Readonly<Record<string, TopItems>> = { ...pickAnswers(result) }
  const rankings = HEADLINE_METRICS.map(({ headline }) => {
    const answer = answers[headline.member]
    return answer === undefined ? '' : rankingTable(headline.title, answer)
  })
  const rate = Math.round((result.accounting.lines / Math.max(1, result.elapsed_ms)) * 1000)
  const summary =
    `${printable(file)}: ${result.bytes.toLocaleString('en')} bytes in ${(result.elapsed_ms / 1000).toFixed(2)} s ` +
    `(${rate.toLocaleString('en')} lines/s, ${result.workers} workers)`
  return `${[...rankings, accountingTable(result.accounting), summary].join('\n\n')}\n`
}

function pickAnswers({ most_viewed, most_carted, top_grossing }: ReplayResult): Record<string, TopItems> {
  return { most_viewed, most_carted, top_grossing }
}

function rankingTable(title: string, { data, meta }: TopItems): string {
  const span = meta.interval === null ? 'no events' : `${meta.interval.start} to ${meta.interval.end}`
  const note = meta.inexact === null ? '' : `\n  not exact: ${meta.inexact}`
  const heading = `${title}, last ${meta.window} (${span})${note}`
  if (data.length === 0) return `${heading}\n  none`
  const table = new Table({ ...PLAIN, head: ['', 'item', meta.unit], colAligns: ['right', 'left', 'right'] })
  table.push(...data.map((row) => [row.rank, printable(row.item_id), row.formatted]))
  return `${heading}\n${table.toString()}`
}

function accountingTable(accounting: Accounting): string {
  const { rejected_by_reason: byReason, ...totals } = accounting
  const reasons = Object.entries(byReason).filter(([, count]) => count > 0)
  const table = new Table({ ...PLAIN, colAligns: ['left', 'right'] })
  table.push(...Object.entries(totals).map(([name, count]) => [name, count.toLocaleString('en')]))
  table.push(...reasons.map(([reason, count]) => [`  ${reason}`, count.toLocaleString('en')]))
  return `Accounting\n${table.toString()}`
}

/** Columns without lines and colours: as readable in a log as on a terminal. */
const PLAIN = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: ' ',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: ' '
  },
  style: { head: [], border: [], compact: true }
}
