/** How a text is set off from what is around it. */
export type Tone = 'bold' | 'dim' | 'good' | 'warn' | 'bad'

/** Sets a text in a tone; null: as it is. */
export type Style = (tone: Tone | null, text: string) => string

/** Without colours. */
export const PLAIN: Style = (_, text) => text

/** With the colours that every terminal has; what they look like is up to it. */
export const COLOURED: Style = (tone, text) => {
  if (tone === null || text === '') return text
  const [on, off] = CODES[tone]
  return `\x1b[${on}m${text}\x1b[${off}m`
}

const CODES = { bold: [1, 22], dim: [2, 22], good: [32, 39], warn: [33, 39], bad: [31, 39] } as const

/** Colours on a terminal that has them, unless NO_COLOR or TERM=dumb say otherwise; none in a file or pipe. */
export function styleOf(stream: NodeJS.WriteStream): Style {
  return stream.isTTY && stream.hasColors() ? COLOURED : PLAIN
}

/** How many columns a line may have: as many as it likes in a file or pipe. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || DEFAULT_COLUMNS : Infinity
}

/** Where a terminal does not say how wide it is. */
export const DEFAULT_COLUMNS = 80

/** Whether what stands on a stream can be written over: on a terminal, unless it can only go on. */
export function canRewrite(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env['TERM'] !== 'dumb'
}
