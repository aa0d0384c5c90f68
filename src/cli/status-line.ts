import { printable } from '../base/printable.js'

/** What stands in the last line of standard error; empty: nothing does. */
let shown = ''

/** Writes the line over with another one; empty text takes it away. For terminals alone. */
export function showStatusLine(text: string): void {
  if (text === shown) return
  if (shown === '') process.once('exit', clear)
  process.stderr.write(CLEAR + text)
  shown = text
  if (text === '') process.off('exit', clear)
}

/** Writes something to the terminal while the line is away, which then comes back below it. */
export function besideStatusLine(write: () => void): void {
  if (shown === '') {
    write()
    return
  }
  process.stderr.write(CLEAR)
  write()
  process.stderr.write(shown)
}

/** Tells something on standard error, in a line. */
export function tell(message: string): void {
  besideStatusLine(() => {
    process.stderr.write(`footfall: ${printable(message)}\n`)
  })
}

function clear(): void {
  process.stderr.write(CLEAR)
}

const CLEAR = '\r\x1b[K'
