/**
 * The terminal's other screen, which is given back when this is closed or the
 * process ends, however that comes. Lines are never broken: who is wrong about the
 * width of a character shifts no other line.
 */
export class FullScreen {
  readonly #resized: () => void
  readonly #close = () => {
    process.stdout.write(LEAVE)
    if (process.stdin.isTTY) process.stdin.setRawMode(false)
  }

  /** `pressed` is called with each key, also Ctrl-C; `resized` when the terminal has another size. */
  constructor(pressed: (key: string) => void, resized: () => void) {
    const { stdin, stdout } = process
    this.#resized = resized
    process.once('exit', this.#close)
    stdout.write(ENTER)
    stdout.on('resize', resized)
    if (!stdin.isTTY) return
    stdin.setRawMode(true)
    stdin.setEncoding('utf8').on('data', (keys: string) => {
      pressed(keys)
    })
  }

  /** Writes all lines over, as many as the terminal has. */
  draw(lines: readonly string[]): void {
    // A line is cleared before it is written: behind a full one the cursor stands on its last character.
    process.stdout.write(HOME + lines.map((line) => CLEAR_LINE + line).join('\r\n'))
  }

  close(): void {
    process.off('exit', this.#close)
    process.stdout.off('resize', this.#resized)
    process.stdin.pause()
    this.#close()
  }
}

const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
/** The other screen, no cursor, no lines that go on in the next one. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l'
