/**
 * `npm run fuzz -- [--lines N] [--seconds N] [--seed N]`: compares the scanner
 * with the reference parser for as long as one likes (default: 60 seconds).
 * Exit status 1 when they do not agree; the line is then on standard error.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Disagreement, ScanFuzz } from './scan-fuzz.js'

const PROGRESS_MS = 2000

const { values } = parseArgs({
  options: { lines: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } }
})
const seed = numberOf('seed', values.seed, randomInt(2 ** 31))
const lines = numberOf('lines', values.lines, Infinity)
const seconds = numberOf('seconds', values.seconds, lines === Infinity ? 60 : Infinity)

const fuzz = new ScanFuzz(seed)
const startMs = performance.now()
let shownMs = startMs
try {
  while (fuzz.tally.lines < lines && performance.now() < startMs + seconds * 1000) {
    fuzz.batch()
    if (performance.now() < shownMs + PROGRESS_MS) continue
    shownMs = performance.now()
    process.stderr.write(`${summary()}\n`)
  }
} catch (error) {
  if (!(error instanceof Disagreement)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
process.stdout.write(`${summary()}${process.exitCode === 1 ? ', MISMATCH' : ', no mismatch'}\n`)

function summary(): string {
  const { tally } = fuzz
  const counts = [
    `${tally.lines} lines`,
    `${tally.bytes} bytes`,
    `${tally.accepted} accepted`,
    `${tally.rejected} rejected`,
    `${tally.blank} blank`,
    `${tally.declined} declined (${tally.declinedAccepted} of the accepted)`
  ]
  return `seed ${seed}: ${counts.join(', ')} in ${((performance.now() - startMs) / 1000).toFixed(1)} s`
}

function numberOf(name: string, given: string | undefined, preset: number): number {
  if (given === undefined) return preset
  const number = Number(given)
  if (given !== '' && Number.isFinite(number) && number >= 0) return number
  process.stderr.write(`fuzz: --${name} must be a number, not "${given}"\n`)
  process.exit(2)
}
