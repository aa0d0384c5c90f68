import { fit, printableWidth, widthOf } from './display-width.js'
import type { Style, Tone } from './style.js'

/** A piece of a line, and how it is set off. */
export interface Span {
  readonly text: string
  readonly tone: Tone | null
}

/** A line of a screen. */
export type Line = readonly Span[]

export function span(text: string, tone: Tone | null = null): Span {
  return { text, tone }
}

/** A line in exactly `width` columns: cut, or padded with blanks. No control character is in it. */
export function fitLine(line: Line, width: number): Line {
  const fitted: Span[] = []
  let left = width
  for (const { text, tone } of line) {
    if (left <= 0) break
    const shown = fit(text, Math.min(left, printableWidth(text)))
    fitted.push({ text: shown, tone })
    left -= widthOf(shown)
  }
  return left > 0 ? [...fitted, span(' '.repeat(left))] : fitted
}

/** A line with one piece at its left and one at its right end, which is the one that is kept whole. */
export function spread(left: Line, right: Line, width: number): Line {
  const end = lineWidth(right)
  if (end + 1 >= width) return fitLine(right, width)
  return [...fitLine(left, width - end - 1), span(' '), ...fitLine(right, end)]
}

function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + printableWidth(text), 0)
}

/** Pieces one after the other with blanks between them, in as many lines as that takes. */
export function flow(pieces: readonly Line[], width: number): readonly Line[] {
  const lines: Line[] = []
  let line: Line = []
  for (const piece of pieces) {
    const longer = line.length === 0 ? piece : [...line, span(GAP), ...piece]
    if (line.length > 0 && lineWidth(longer) > width) {
      lines.push(line)
      line = piece
    } else line = longer
  }
  return line.length === 0 ? lines : [...lines, line]
}

const GAP = '   '

/** A line as it is written. */
export function paint(line: Line, style: Style): string {
  return line.map(({ text, tone }) => style(tone, text)).join('')
}
