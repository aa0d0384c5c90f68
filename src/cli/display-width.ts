import stringWidth from 'string-width'
import { printable } from '../base/printable.js'

const graphemes = new Intl.Segmenter()

/** How many columns of a terminal a text takes: a wide character takes two. */
export function widthOf(text: string): number {
  return stringWidth(text)
}

/** The same of a text that is not printable yet. */
export function printableWidth(text: string): number {
  return widthOf(printable(text))
}

/**
 * A text as a terminal may see it, in exactly `width` columns: padded with
 * blanks at its end (or at its beginning where it is aligned to the right), or
 * cut, which an ellipsis shows.
 */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(printable(text), width)
  const blanks = ' '.repeat(width - widthOf(shown))
  return align === 'left' ? shown + blanks : blanks + shown
}

/** A text of at most `width` columns; what it is cut to has an ellipsis at its end. */
function cut(text: string, width: number): string {
  // Nothing is wider than two columns a unit; so a short text is not looked at twice.
  if (text.length * 2 <= width || widthOf(text) <= width) return text
  if (width < 1) return ''
  let shown = ''
  let left = width - 1
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment)
    if (left < 0) break
    shown += segment
  }
  return `${shown}…`
}

/**
 * Rows as lines whose columns stand below each other, two blanks between them.
 * Where that would be more than `most` columns, the widest gives way.
 */
export function alignedRows(
  rows: readonly (readonly string[])[],
  aligns: readonly ('left' | 'right')[],
  most = Infinity
): readonly string[] {
  const shown = rows.map((row) => row.map(printable))
  const widths = aligns.map((_, column) => Math.max(0, ...shown.map((row) => widthOf(row[column] ?? ''))))
  const all = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length)
  const widest = widths.indexOf(Math.max(...widths))
  const kept = widths.map((width, column) =>
    column === widest ? Math.max(1, width - Math.max(0, all - most)) : width
  )
  return shown.map((row) =>
    aligns
      .map((align, column) => fit(row[column] ?? '', kept[column] ?? 0, align))
      .join(GAP)
      .trimEnd()
  )
}

const GAP = '  '
