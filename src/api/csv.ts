import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { harmlessCell } from '../base/spreadsheet.js'
import { preferred } from './negotiate.js'

/** How an answer is told as a table: a row a datum, which objects in it widen. */
export interface Table<Answer> {
  /** Also the header: `previous.rank` is the column `previous_rank`. */
  readonly columns: readonly string[]
  readonly rowsOf: (answer: Answer) => readonly object[]
}

/** Whether a client likes CSV better than JSON, which it gets in all other cases. */
export function wantsCsv(request: FastifyRequest): boolean {
  const { accept } = request.headers
  // Whoever names no text at all, as nearly everybody, is known at a glance.
  if (accept === undefined || !/text\/(?:csv|\*)/i.test(accept)) return false
  return preferred(accept, ['application/json', 'text/csv']) === 'text/csv'
}

/** The table of an answer whose `data` is a list. */
export function tableOf(rowSchema: TSchema): Table<{ readonly data: readonly object[] }> {
  return { columns: columnsOf(rowSchema), rowsOf: ({ data }) => data }
}

/** The columns of a row’s schema. */
export function columnsOf(schema: TSchema, prefix = ''): string[] {
  const { properties = {} } = schema as { properties?: Record<string, TSchema> }
  return Object.entries(properties).flatMap(([name, property]) =>
    'properties' in property ? columnsOf(property, `${prefix}${name}_`) : [`${prefix}${name}`]
  )
}

/** CSV as RFC 4180 has it: a header, CRLF, quotes where they are needed; null is an empty cell. */
export function csvText<Answer>({ columns, rowsOf }: Table<Answer>, answer: Answer): string {
  const lines = rowsOf(answer).map((row) => {
    const cells = new Map(cellsOf(row))
    return columns.map((column) => cellText(column, cells.get(column))).join(',')
  })
  return [columns.join(','), ...lines, ''].join('\r\n')
}

function cellsOf(row: object, prefix = ''): [string, unknown][] {
  return Object.entries(row).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? cellsOf(value as object, `${prefix}${name}_`)
      : [[`${prefix}${name}`, value]]
  )
}

/** What anybody may have written into the source: no spreadsheet shall run it. Others are numbers, dates, words of ours. */
const FOREIGN: ReadonlySet<string> = new Set(['item_id', 'source', 'detail', 'excerpt'])

function cellText(column: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value)
  if (typeof value !== 'string') return ''
  const text = FOREIGN.has(column) ? harmlessCell(value) : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
