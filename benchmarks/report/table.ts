import Table from 'cli-table3'

export type Cell = string | number

/** A titled table of text: the first column to the left, the others to the right. */
export function table(title: string, head: string[], rows: readonly Cell[][]): string {
  const colAligns = head.map((_, column) => (column === 0 ? ('left' as const) : ('right' as const)))
  const made = new Table({ chars: PLAIN, style: { head: [], border: [], compact: true }, head, colAligns })
  made.push(...rows)
  return `${title}\n${made.toString().replace(/ +$/gm, '')}`
}

const EDGES = ['top', 'bottom', 'left', 'mid', 'right', 'middle']
const CORNERS = EDGES.flatMap((edge) => [edge, `${edge}-mid`, `${edge}-left`, `${edge}-right`])

/** Columns without lines: as readable in a file as on a terminal. */
const PLAIN = { ...Object.fromEntries(CORNERS.map((edge) => [edge, ''])), left: ' ', middle: '  ' }
