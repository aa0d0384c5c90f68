import { HEADLINE_METRICS } from '../metrics/metrics.js'
import type { Snapshot } from '../query/snapshot-shape.js'
import type { TopItems } from '../query/shapes.js'
import { printableWidth } from './display-width.js'
import { grouped } from './figures.js'
import { rankingTables } from './ranking-table.js'
import { fitLine, flow, paint, span, spread, type Line } from './spans.js'
import type { Style } from './style.js'
import type { TopState } from './top-state.js'
import { complaintOf, pipelineFigures, stateOf, summaryFigures } from './top-words.js'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** Columns of a ranking from which on the three stand side by side. */
const LEAST_BLOCK_COLUMNS = 26
const BLOCK_GAP = 3

/**
 * What `top` shows: `rows` lines, each in exactly `columns` columns.
 *
 * ```
 * footfall top  http://127.0.0.1:3000, events.jsonl                          live
 * clock …   events/s …   read …   lag …   rejected …
 * what is wrong, if anything
 *
 * Last 24h, against the day before
 * visits …   cart adds …   purchases …   revenue …   view to purchase …   customers …
 *
 * Most viewed items, 1h      Items most added to cart, …  Top grossing items, 24h  USD
 * 1  sku_1              16   1  sku_1               3    1  sku_1           1,520.50
 *
 * q ends it
 * ```
 */
export function topScreen(state: TopState, { columns, rows }: ScreenSize, style: Style): readonly string[] {
  const head = headOf(state, columns)
  const room = rows - head.length - FOOT.length
  const body = state.snapshot === null ? [] : rankings(state.snapshot, columns, room)
  const blank = Array.from({ length: Math.max(0, room - body.length) }, () => [])
  const lines = [...head, ...body, ...blank].slice(0, Math.max(0, rows - FOOT.length))
  return [...lines, ...FOOT].slice(0, rows).map((line) => paint(fitLine(line, columns), style))
}

/** The same once, as text that stays: the rankings in full, one below the other. */
export function topText(state: TopState, columns: number, style: Style): string {
  const width = Math.min(columns, PAGE_COLUMNS)
  const head = headOf(state, width).map((line) => paint(fitLine(line, width), style).trimEnd())
  const { snapshot } = state
  return `${[...head, snapshot === null ? '' : rankingTables(snapshot, { style, columns })].join('\n')}\n`
}

/** How wide the head is in a file or pipe, where nothing says how wide it may be. */
const PAGE_COLUMNS = 120

const FOOT: readonly Line[] = [[span('q ends it', 'dim')]]

function headOf(state: TopState, columns: number): readonly Line[] {
  const { server, snapshot, status } = state
  const complaint = complaintOf(state)
  const source = status === null ? [] : [span(`, ${status.source.name}`, 'dim')]
  const summary = snapshot?.summary
  return [
    spread([span('footfall top', 'bold'), span(`  ${server}`), ...source], [stateOf(state)], columns),
    ...flow(pipelineFigures(state), columns),
    ...(complaint === null ? [] : [[complaint]]),
    [],
    ...(summary === undefined
      ? []
      : [
          [span(`Last ${summary.meta.window}`, 'bold'), span(', against the day before', 'dim')],
          ...flow(summaryFigures(summary), columns),
          []
        ])
  ]
}

/** The rankings in `room` lines, side by side or one below the other. */
function rankings(snapshot: Snapshot, columns: number, room: number): readonly Line[] {
  const answers = answersOf(snapshot)
  const width = Math.floor((columns - BLOCK_GAP * (answers.length - 1)) / answers.length)
  if (width >= LEAST_BLOCK_COLUMNS) {
    const blocks = answers.map(([title, answer]) => block(title, answer, width, room - 1))
    const height = Math.max(...blocks.map(({ length }) => length))
    return Array.from({ length: height }, (_, row) =>
      blocks.flatMap((lines, place) => [
        ...(place === 0 ? [] : [span(' '.repeat(BLOCK_GAP))]),
        ...fitLine(lines[row] ?? [], width)
      ])
    )
  }
  // Of each its title, a row at least, and what there is room for; what does not fit is cut off below.
  const most = Math.max(1, Math.floor((room - (answers.length - 1)) / answers.length) - 1)
  return answers.flatMap(([title, answer], place) => [
    ...(place === 0 ? [] : [[]]),
    ...block(title, answer, columns, most)
  ])
}

function answersOf(snapshot: Snapshot): readonly (readonly [string, TopItems])[] {
  const members: Readonly<Record<string, unknown>> = snapshot
  return HEADLINE_METRICS.map(({ headline }) => [headline.title, members[headline.member] as TopItems])
}

/** A ranking of at most `most` rows below its title. */
function block(title: string, { data, meta }: TopItems, width: number, most: number): readonly Line[] {
  const rows = data.slice(0, Math.max(0, most))
  const values = rows.map(({ formatted }) => grouped(formatted))
  const ranks = String(rows.length).length
  const heading: Line = [span(title, 'bold'), span(`, ${meta.window}`, 'dim')]
  const lines = rows.map(({ rank, item_id: id }, place) => {
    const value = values[place] ?? ''
    const left = Math.max(1, width - printableWidth(value) - 1)
    const name: Line = [span(`${String(rank).padStart(ranks)}  `, 'dim'), span(id)]
    return fitLine([...fitLine(name, left), span(' '), span(value)], width)
  })
  const empty: readonly Line[] = data.length === 0 ? [[span('none', 'dim')]] : []
  const currency = meta.unit === meta.metric ? '' : meta.unit
  return [spread(heading, [span(currency, 'dim')], width), ...lines, ...empty]
}
