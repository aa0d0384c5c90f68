import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { footfall, isAtItsEnd, statusWhen } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { Terminal, footfallCommand, onTerminal, shownLines } from '../support/terminal.js'

const SAMPLE = fileURLToPath(new URL('../../../samples/events.jsonl', import.meta.url))

/** Three days in a bit over a second, or in far more than a test needs to look. */
const PLAYED = `replay '${SAMPLE}' --speed 200000x`
const PLAYING = `replay '${SAMPLE}' --speed 2000x`

/** What moves the cursor or sets a colour; a terminal adds a CR to each line feed. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/

const hasRate = ({ output }: Terminal) => output.includes(' events/s')

onTerminal(t, 'on a terminal replay shows how far it is in one line', async (t) => {
  const terminal = new Terminal(t, footfallCommand(PLAYING), { columns: 120 })
  await terminal.until(hasRate)
  const [line = '', ...others] = shownLines(terminal.output)
  t.match(line, / \d+ % {2}[\d.]+ [KM]?B of 2\.6 MB {2}[\d,]+ events\/s {2}2026-11-17 [\d:]+ UTC at 2000x$/)
  t.strictSame(others, [])
  t.match(terminal.output, '\x1b[2m[', 'with colours')
  t.notMatch(terminal.output, / left/, 'nobody knows what is to come at a speed')
})

onTerminal(t, 'on a narrow terminal the line stays one', async (t) => {
  const terminal = new Terminal(t, footfallCommand(PLAYING), { columns: 30 })
  await terminal.until(hasRate)
  const [line = '', ...others] = shownLines(terminal.output)
  t.ok(line.length < 30, line)
  t.strictSame(others, [])
})

onTerminal(t, 'nothing of the line is left at the end', async (t) => {
  const terminal = new Terminal(t, footfallCommand(PLAYED))
  t.equal(await terminal.ended, 0)
  const lines = shownLines(terminal.output)
  t.match(lines[0], /^Most viewed items/)
  t.match(lines.at(-2), /events\.jsonl: 20,000 lines/)
})

onTerminal(t, 'of a stream there is no share', async (t) => {
  // The shell holds the pipe open, so the stream has no end.
  const command = `mkfifo fifo; exec 3<>fifo; cat '${SAMPLE}' - <fifo | ${footfallCommand('replay -')}`
  const terminal = new Terminal(t, command, { cwd: temporaryFolder(t) })
  await terminal.until(hasRate)
  t.match(terminal.output, /2\.6 MB {2}[\d,]+ events\/s {2}2026-11-19 23:55:50 UTC/)
  t.notMatch(terminal.output, / %| left/)
})

onTerminal(t, 'NO_COLOR leaves the line without colours', async (t) => {
  const terminal = new Terminal(t, footfallCommand(PLAYING), { env: { NO_COLOR: '1' } })
  await terminal.until(hasRate)
  t.match(terminal.output, '\r\x1b[K[')
  t.notOk(terminal.output.includes('\x1b[2m'))
})

onTerminal(t, 'a terminal that can only go on has no line, and no control characters', async (t) => {
  const terminal = new Terminal(t, footfallCommand(PLAYED), { env: { TERM: 'dumb' } })
  t.equal(await terminal.ended, 0)
  t.match(terminal.output, /^Most viewed items/)
  t.notMatch(terminal.output, CONTROLS)
})

t.test('in a pipe there is no line', async (t) => {
  const { stdout, stderr } = await footfall(['replay', SAMPLE, '--speed', '200000x'])
  t.equal(stderr, '')
  t.match(stdout, /^Most viewed items/)
  t.notMatch(stdout, CONTROLS)
})

/** The sample, with lines after the first ten that are no events. */
function doubtful(t: Test): string {
  const file = join(temporaryFolder(t), 'events.jsonl')
  const lines = readFileSync(SAMPLE, 'utf8').split('\n')
  const rejected = Array.from({ length: 1000 }, () => '{}')
  writeFileSync(file, [...lines.slice(0, 10), ...rejected, ...lines.slice(10, 1500), ''].join('\n'))
  return file
}

/** What stands on the terminal when the line has gone; what is told first is up to chance. */
function hasToldAlone(t: Test, shown: readonly string[]): void {
  const [url, notice] = shown.slice(0, 2).sort()
  t.match(url, /^footfall serves \S+ at http:\S+$/)
  t.match(notice, /^footfall: .* were rejected/)
  t.strictSame(shown.slice(2), [''])
}

async function untilLive(terminal: Terminal): Promise<void> {
  await terminal.until(({ output }) => output.includes('footfall serves'))
  const url = /footfall serves .+ at (\S+)/.exec(terminal.output)?.[1] ?? ''
  await statusWhen({ get: async (path) => (await fetch(url + path)).json() }, isAtItsEnd)
}

onTerminal(t, 'what serve tells while it catches up stands above the line', async (t) => {
  const serving = footfallCommand(`serve '${doubtful(t)}' --ephemeral --port 0 --speed 600x`)
  const terminal = new Terminal(t, serving, { columns: 120 })
  await terminal.until(({ output }) => /(?=[^]*footfall serves)[^]*were rejected[^]* events\/s/.test(output))
  await terminal.until(({ output }) => shownLines(output)[2] !== '')
  const told = shownLines(terminal.output)
  t.match(told[2], /^\[#*\.*\] .* events\/s .* at 600x$/)
  t.equal(told.length, 3)
  terminal.type('\x03')
  t.equal(await terminal.ended, 0)
  hasToldAlone(t, shownLines(terminal.output))
})

onTerminal(t, 'the line of serve goes away once it is live', async (t) => {
  const serving = footfallCommand(`serve '${doubtful(t)}' --ephemeral --port 0 --speed 30000x`)
  const terminal = new Terminal(t, serving, { columns: 120 })
  await terminal.until(({ output }) => output.includes('were rejected'))
  await untilLive(terminal)
  await terminal.until(({ output }) => shownLines(output)[2] === '')
  hasToldAlone(t, shownLines(terminal.output))
})

onTerminal(t, 'with a log of JSON there is no line', async (t) => {
  const args = `serve '${SAMPLE}' --ephemeral --port 0 --log-format json --speed 100000x`
  const terminal = new Terminal(t, footfallCommand(args))
  await untilLive(terminal)
  terminal.type('\x03')
  t.equal(await terminal.ended, 0)
  t.notMatch(terminal.output.replace('^C', ''), CONTROLS)
})
