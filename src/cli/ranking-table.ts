import { printable } from '../base/printable.js'
import { HEADLINE_METRICS } from '../metrics/metrics.js'
import type { TopItems } from '../query/shapes.js'
import { alignedRows } from './display-width.js'
import { grouped, intervalText } from './figures.js'
import type { Style } from './style.js'

/** The headline answers by their members, as a replay and a snapshot have them. */
export type HeadlineAnswers = Readonly<Record<'most_viewed' | 'most_carted' | 'top_grossing', TopItems>>

/** How tables are shown: in lines of at most `columns`. */
export interface TableLook {
  readonly style: Style
  readonly columns: number
}

/** The headline answers as tables, one below the other. */
export function rankingTables(answers: HeadlineAnswers, look: TableLook): string {
  const byMember: Readonly<Record<string, TopItems>> = { ...answers }
  const tables = HEADLINE_METRICS.map(({ headline }) => {
    const answer = byMember[headline.member]
    return answer === undefined ? '' : rankingTable(headline.title, answer, look)
  })
  return tables.join('\n\n')
}

function rankingTable(title: string, { data, meta }: TopItems, { style, columns }: TableLook): string {
  const span = meta.interval === null ? 'no events' : intervalText(meta.interval)
  const heading = `${style('bold', title)}, last ${printable(meta.window)} (${span})`
  const note = meta.inexact === null ? [] : [`  not exact: ${printable(meta.inexact)}`]
  if (data.length === 0) return [heading, ...note, '  none'].join('\n')
  const rows = data.map(({ rank, item_id, formatted }) => [`${rank}`, item_id, grouped(formatted)])
  const all = [['', 'item', unitOf(meta)], ...rows]
  const table = alignedRows(all, ['right', 'left', 'right'], columns - 1)
  return [heading, ...note, ...table.map((line) => ` ${line}`)].join('\n')
}

/** Money says its currency. */
function unitOf({ metric, unit }: TopItems['meta']): string {
  const words = metric.replaceAll('_', ' ')
  return unit === metric ? words : `${words}, ${unit}`
}
