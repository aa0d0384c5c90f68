/**
 * A process that appends events to a file at a rate, and rotates the file by
 * renaming it: `append-events.js FILE RATE SECONDS ROTATE_SECONDS SEED`. Tells on
 * standard output, a line of JSON each, how far it has come.
 */
import { closeSync, openSync, renameSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../src/generator/random.js'
import { TalliedLines, type Tally } from './tally.js'

/** What it tells. */
export type Told =
  /** As of `at` (monotonic, of the machine; ns as text) a marker, the one of this number, counted from 1, is in the file. */
  | { readonly kind: 'marked'; readonly markers: number; readonly at: string }
  /** Nothing more comes to `path`, whose last line is the one of this number, counted from 1. */
  | { readonly kind: 'rotated'; readonly path: string; readonly lines: number }
  | { readonly kind: 'ended'; readonly tally: Tally }

const TICK_MS = 10
const MARK_EVERY_MS = 500

const [file = '', ...numbers] = process.argv.slice(2)
const [rate = 0, seconds = 0, rotateSeconds = 0, seed = 0] = numbers.map(Number)
const lines = new TalliedLines(seed)
const random = createRandom(seed + 1)
let descriptor = openSync(file, 'a')
/** The half line that is still to come to the file. */
let rest = ''
let rotations = 0
let markers = 0

const begun = performance.now()
for (let markedMs = begun, elapsedMs = 0; elapsedMs < seconds * 1000;) {
  await sleep(TICK_MS)
  elapsedMs = Math.min(performance.now() - begun, seconds * 1000)
  write(Math.floor((elapsedMs / 1000) * rate))
  // The last rotation is left time to be followed.
  if (elapsedMs >= (rotations + 1) * rotateSeconds * 1000) rotate()
  if (rest !== '' || performance.now() < markedMs + MARK_EVERY_MS) continue
  markedMs = performance.now()
  mark()
}
writeAll(rest)
closeSync(descriptor)
tell({ kind: 'ended', tally: lines.tally })

/** Brings the file to so many lines; half of the times the last one is cut in two. */
function write(count: number): void {
  let text = rest
  const now = Date.now()
  while (lines.tally.lines < count) text += lines.next(now)
  const kept = random.chance(0.5) ? random.below(Math.min(text.length, 60) + 1) : 0
  writeAll(text.slice(0, text.length - kept))
  rest = text.slice(text.length - kept)
}

/** Between whole lines. */
function mark(): void {
  const at = String(process.hrtime.bigint())
  writeAll(lines.marker(Date.now()))
  tell({ kind: 'marked', markers: ++markers, at })
}

/** As a logger does: what it has in hand still goes to the old file, under its new name. */
function rotate(): void {
  const old = `${file}.${++rotations}`
  renameSync(file, old)
  writeAll(rest)
  rest = ''
  closeSync(descriptor)
  descriptor = openSync(file, 'a')
  tell({ kind: 'rotated', path: old, lines: lines.tally.lines })
}

function writeAll(text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done)
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
